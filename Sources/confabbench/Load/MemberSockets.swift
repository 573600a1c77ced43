// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// The sockets of all members, and what else is listened to beside them, such as SIP.
final class MemberSockets {
    typealias Beside = (descriptor: Int32, receive: () -> Void)

    private let descriptors: [Int32]
    private let beside: Beside?
    private var poll: EventPoll
    private let batch: DatagramBatch

    private static let besideToken = UInt64.max

    /// - Parameters:
    ///   - descriptors: of the members, in their order; open as long as this lives.
    ///   - batch: datagrams of one socket in a turn.
    init(_ descriptors: [Int32], batch: Int, beside: Beside?) throws {
        self.descriptors = descriptors
        self.beside = beside
        self.batch = DatagramBatch(capacity: batch)
        poll = try EventPoll()
        for (index, descriptor) in descriptors.enumerated() { try poll.add(descriptor, token: UInt64(index)) }
        if let beside { try poll.add(beside.descriptor, token: Self.besideToken) }
    }

    /// Waits so long for something to come, and shows it to `take`: number of the member, datagram, arrival in ns.
    func receive(milliseconds: Int, _ take: (Int, Span<UInt8>, Int64) -> Void) {
        guard let count = try? poll.wait(milliseconds: milliseconds), count > 0 else { return }
        batch.begin(now: .now())
        for index in 0..<count {
            let token = poll.event(index).token
            if token == Self.besideToken {
                beside?.receive()
                continue
            }
            guard let received = try? batch.receive(from: descriptors[Int(token)]) else { continue }
            for packet in 0..<received {
                batch.withDatagram(packet) { take(Int(token), $0, $2.nanoseconds) }
            }
        }
    }
}
