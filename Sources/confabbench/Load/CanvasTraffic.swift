// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import TestSupport

/// Cameras in a room where pictures are decoded: sends for all of them, and notes when pictures come.
final class CanvasTraffic: PlannedLoad {
    let members: [VideoMember]
    var pace = Pace()
    /// ms between two pictures at a member, for all of them together.
    private(set) var intervals: [Double] = []
    private(set) var packets = 0
    /// Pictures that came, over all members and lines.
    private(set) var pictures = 0
    /// Of what the last member sends, the share that is lost.
    private let loss: Double
    private var random = SeededGenerator(seed: 3)
    private let sockets: MemberSockets
    private var newest: [Int64?]
    private var next = 0

    private static let period = 1_000_000_000 / Int64(VideoScript.rate)

    init(
        _ members: [VideoMember], loss: Double, beside: MemberSockets.Beside
    ) throws {
        self.members = members
        self.loss = loss
        newest = Array(repeating: nil, count: members.count)
        sockets = try MemberSockets(members.map { $0.socket.descriptor }, batch: 64, beside: beside)
    }

    /// The members' pictures are spread evenly over each period.
    var due: Int64 { Int64(next) * Self.period / Int64(members.count) }

    func sendNext() {
        let index = next % members.count
        let picture = next / members.count
        next += 1
        guard let script = members[index].script, !script.ranges.isEmpty else { return }
        let isBad = loss > 0 && index == members.count - 1
        members[index].send(
            script.ranges[picture % script.ranges.count], round: picture / script.ranges.count,
            isLost: { isBad && self.random.chance(self.loss) })
    }

    func receive(milliseconds: Int) {
        sockets.receive(milliseconds: milliseconds) { index, datagram, arrival in
            guard DatagramKind(of: datagram) == .rtp, let header = try? RTPHeader(parsing: datagram) else { return }
            packets += 1
            guard header.marker else { return }
            pictures += 1
            if let before = newest[index] { intervals.append(Double(arrival - before) / 1e6) }
            newest[index] = arrival
        }
    }

    /// Forgets what was measured.
    func restart() {
        intervals = []
        (packets, pictures) = (0, 0)
        pace = Pace(began: pace.began)
    }
}
