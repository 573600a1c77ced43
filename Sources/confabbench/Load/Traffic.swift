// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// Sends for all members as the plan says, and receives what comes back.
final class Traffic: PlannedLoad {
    let members: [LoadMember]
    private let plan: SendPlan
    private var poll: EventPoll
    private let batch = DatagramBatch(capacity: 16)
    private var scratch: [UInt8] = []
    private var next = 0
    private var cycle = 0
    var pace = Pace()
    /// What listens beside the members, such as SIP.
    private let beside: (descriptor: Int32, receive: () -> Void)?

    private static let besideToken = UInt64.max

    init(_ members: [LoadMember], plan: SendPlan? = nil, beside: (descriptor: Int32, receive: () -> Void)? = nil) throws
    {
        self.members = members
        self.plan = plan ?? SendPlan(members: members.count)
        self.beside = beside
        poll = try EventPoll()
        scratch.reserveCapacity(2048)
        for (index, member) in members.enumerated() { try poll.add(member.socket.descriptor, token: UInt64(index)) }
        if let beside { try poll.add(beside.descriptor, token: Self.besideToken) }
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
        guard let count = try? poll.wait(milliseconds: milliseconds), count > 0 else { return }
        batch.begin(now: .now())
        for index in 0..<count {
            let token = poll.event(index).token
            if token == Self.besideToken {
                beside?.receive()
                continue
            }
            let member = members[Int(token)]
            guard let packets = try? batch.receive(from: member.socket.descriptor) else { continue }
            for packet in 0..<packets {
                batch.withDatagram(packet) { datagram, _, arrival in
                    member.heard.receive(
                        datagram, arrival: arrival.nanoseconds, keeping: member.keeps, ticks: member.ticks)
                }
            }
        }
    }
}
