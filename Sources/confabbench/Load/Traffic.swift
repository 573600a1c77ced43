// SPDX-License-Identifier: GPL-3.0-or-later
import CFloor
import Glibc
import RTP

/// Sends for all members on one thread as the plan says, and receives what comes back, with the precision of a busy loop.
final class Traffic {
    let members: [LoadMember]
    private let plan: SendPlan
    private var poll: EventPoll
    private let batch = DatagramBatch(capacity: 16)
    private var scratch: [UInt8] = []
    private var next = 0
    private var cycle = 0
    /// When the plan began, ns; nil before the first run.
    private(set) var began: Int64?
    /// How late packets left, ns at worst, and how many over 2 ms: a generator that is overloaded proves nothing.
    private(set) var worstDelay: Int64 = 0
    private(set) var late = 0
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

    /// Goes on for `seconds`.
    func run(seconds: Double) {
        _ = confab_hurry(1)
        defer { _ = confab_hurry(0) }
        var rested: Int64 = 0
        var now = MediaInstant.now().nanoseconds
        let end = now + Int64(seconds * 1e9)
        let start = began ?? now
        began = start
        while now < end {
            var due = self.due(start)
            var row = 0
            while due <= now, row < 32 {
                worstDelay = max(worstDelay, now - due)
                if now - due > 2_000_000 { late += 1 }
                sendNext()
                due = self.due(start)
                row += 1
            }
            let spare = min(due, end) - now
            receive(milliseconds: spare > 2_000_000 ? Int(spare / 1_000_000) - 1 : 0)
            now = MediaInstant.now().nanoseconds
            // A thread of that rank that never sleeps is stopped by the kernel for 50 ms in each second.
            if spare > 0, now - rested > 1_000_000 {
                usleep(60)
                now = MediaInstant.now().nanoseconds
                rested = now
            }
        }
    }

    /// Forgets what was counted; streams go on.
    func restart(expecting packets: Int) {
        for member in members { member.heard.restart(expecting: member.keeps ? packets : 0) }
        worstDelay = 0
        late = 0
    }

    var heard: Int { members.reduce(0) { $0 + $1.heard.packets } }
    var sent: Int { members.reduce(0) { $0 + $1.sent } }

    private func due(_ start: Int64) -> Int64 {
        start + Int64(cycle) * plan.duration + plan.entries[next].due
    }

    private func sendNext() {
        let entry = plan.entries[next]
        members[entry.member].send(cycle * plan.ticks + entry.packet, into: &scratch)
        next += 1
        if next == plan.entries.count {
            next = 0
            cycle += 1
        }
    }

    private func receive(milliseconds: Int) {
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
