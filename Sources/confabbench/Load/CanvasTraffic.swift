// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import TestSupport

/// Cameras in a room whose members see its composed picture: sends for all of them, and notes when pictures come.
final class CanvasTraffic: PlannedLoad {
    let members: [VideoMember]
    var pace = Pace()
    /// ms between two pictures at a member, for all of them together.
    private(set) var intervals: [Double] = []
    private(set) var packets = 0
    private let beside: (descriptor: Int32, receive: () -> Void)
    /// Of what the last member sends, the share that is lost.
    private let loss: Double
    private var random = SeededGenerator(seed: 3)
    private var poll: EventPoll
    private let batch = DatagramBatch(capacity: 64)
    private var newest: [Int64?]
    private var next = 0

    private static let besideToken = UInt64.max
    private static let period = 1_000_000_000 / Int64(VideoScript.rate)

    init(
        _ members: [VideoMember], loss: Double, beside: (descriptor: Int32, receive: () -> Void)
    ) throws {
        self.members = members
        self.loss = loss
        self.beside = beside
        newest = Array(repeating: nil, count: members.count)
        poll = try EventPoll()
        for (index, member) in members.enumerated() { try poll.add(member.socket.descriptor, token: UInt64(index)) }
        try poll.add(beside.descriptor, token: Self.besideToken)
    }

    /// The members' pictures are spread evenly over each period.
    var due: Int64 { Int64(next) * Self.period / Int64(members.count) }

    func sendNext() {
        let index = next % members.count
        let picture = next / members.count
        next += 1
        guard let script = members[index].script else { return }
        let isBad = loss > 0 && index == members.count - 1
        members[index].send(
            script.ranges[picture % script.ranges.count], round: picture / script.ranges.count,
            isLost: { isBad && self.random.chance(self.loss) })
    }

    func receive(milliseconds: Int) {
        guard let count = try? poll.wait(milliseconds: milliseconds), count > 0 else { return }
        batch.begin(now: .now())
        for index in 0..<count {
            let token = poll.event(index).token
            if token == Self.besideToken {
                beside.receive()
                continue
            }
            guard let received = try? batch.receive(from: members[Int(token)].socket.descriptor) else { continue }
            for packet in 0..<received {
                batch.withDatagram(packet) { datagram, _, arrival in
                    guard DatagramKind(of: datagram) == .rtp, let header = try? RTPHeader(parsing: datagram) else {
                        return
                    }
                    packets += 1
                    guard header.marker else { return }
                    if let before = newest[Int(token)] {
                        intervals.append(Double(arrival.nanoseconds - before) / 1e6)
                    }
                    newest[Int(token)] = arrival.nanoseconds
                }
            }
        }
    }

    /// Forgets what was measured.
    func restart() {
        intervals = []
        packets = 0
        pace = Pace(began: pace.began)
    }
}
