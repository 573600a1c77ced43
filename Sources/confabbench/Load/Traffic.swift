// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// Sends for all members as the plan says, and receives what comes back.
final class Traffic: PlannedLoad {
    let members: [LoadMember]
    private let plan: SendPlan
    private let sockets: MemberSockets
    private var scratch: [UInt8] = []
    private var next = 0
    private var cycle = 0
    var pace = Pace()

    init(_ members: [LoadMember], plan: SendPlan? = nil, beside: MemberSockets.Beside? = nil) throws {
        self.members = members
        self.plan = plan ?? SendPlan(members: members.count)
        sockets = try MemberSockets(members.map { $0.socket.descriptor }, batch: 16, beside: beside)
        scratch.reserveCapacity(2048)
    }

    /// Forgets what was counted; streams go on.
    func restart(expecting packets: Int) {
        for member in members { member.heard.restart(expecting: member.keeps ? packets : 0) }
        pace = Pace(began: pace.began)
    }

    var heard: Int { members.reduce(0) { $0 + $1.heard.packets } }
    var sent: Int { members.reduce(0) { $0 + $1.sent } }

    var due: Int64 { Int64(cycle) * plan.duration + plan.entries[next].due }

    func sendNext() {
        let entry = plan.entries[next]
        members[entry.member].send(cycle * plan.ticks + entry.packet, into: &scratch)
        next += 1
        if next == plan.entries.count {
            next = 0
            cycle += 1
        }
    }

    func receive(milliseconds: Int) {
        sockets.receive(milliseconds: milliseconds) { index, datagram, arrival in
            let member = members[index]
            member.heard.receive(datagram, arrival: arrival, keeping: member.keeps, ticks: member.ticks)
        }
    }
}
