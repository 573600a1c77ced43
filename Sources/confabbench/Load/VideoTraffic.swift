// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// Sends the scripts of all cameras, and receives what their watchers are sent.
final class VideoTraffic: PlannedLoad {
    private struct Entry {
        /// ns from the beginning of a round.
        var due: Int64
        var member: Int
        var packets: Range<Int>
    }

    let members: [VideoMember]
    var pace = Pace()
    /// While true nobody sends.
    var isSilent = true {
        didSet { pace.began = nil }
    }
    /// From departure to arrival, one count for each µs; the last for all that took longer.
    private var delays = [Int](repeating: 0, count: 50_000)
    private let cameras: [VideoMember]
    private let scripts: [VideoScript]
    private var entries: [Entry] = []
    private let sockets: MemberSockets
    private var next = 0
    private var round = 0

    private static let roundLength = Int64(VideoScript.pictures) * 1_000_000_000 / Int64(VideoScript.rate)
    /// How much faster than the camera's bitrate a paced sender lets its packets go: that of browsers.
    private static let pacing = 2.5

    /// - Parameters:
    ///   - paced: a picture's packets leave one by one, as from a browser; else at once.
    ///   - bitrate: of each camera, bits a second.
    ///   - beside: what listens beside the members, such as SIP.
    init(
        _ members: [VideoMember], paced: Bool, bitrate: Int,
        beside: MemberSockets.Beside? = nil
    ) throws {
        self.members = members
        cameras = members.filter { $0.sender != nil }
        scripts = cameras.compactMap(\.script)
        sockets = try MemberSockets(members.map { $0.socket.descriptor }, batch: 64, beside: beside)
        let picture = 1_000_000_000 / Int64(VideoScript.rate)
        for (index, camera) in cameras.enumerated() {
            guard let script = camera.script else { continue }
            let phase = picture * Int64(index) / Int64(cameras.count)
            var due: Int64 = 0
            for (number, range) in script.ranges.enumerated() {
                due = max(due, Int64(number) * picture + phase)
                guard paced else {
                    entries.append(Entry(due: due, member: index, packets: range))
                    continue
                }
                for packet in range {
                    entries.append(Entry(due: due, member: index, packets: packet..<(packet + 1)))
                    let bits = Double(script.packets[packet].data.count * 8)
                    due += Int64(bits / (Self.pacing * Double(bitrate)) * 1e9)
                }
            }
        }
        entries.sort { ($0.due, $0.packets.lowerBound) < ($1.due, $1.packets.lowerBound) }
    }

    var due: Int64 {
        isSilent || entries.isEmpty ? .max : Int64(round) * Self.roundLength + entries[next].due
    }

    func sendNext() {
        let entry = entries[next]
        cameras[entry.member].send(entry.packets, round: round)
        next += 1
        if next == entries.count {
            next = 0
            round += 1
        }
    }

    func receive(milliseconds: Int) {
        sockets.receive(milliseconds: milliseconds) { index, datagram, arrival in
            guard let mark = members[index].seen.receive(datagram, scripts: scripts) else { return }
            let departures = cameras[Int(mark.sender)].departures
            let delay = arrival - departures[Int(mark.number) % departures.count]
            delays[min(max(0, Int(delay / 1000)), delays.count - 1)] += 1
        }
    }

    /// Forgets what was counted; streams go on.
    func restart() {
        for member in members { member.seen.restart() }
        pace = Pace(began: pace.began)
        delays = Array(repeating: 0, count: delays.count)
    }

    var seen: Int { members.reduce(0) { $0 + $1.seen.packets } }

    /// ms under which `fraction` of the packets arrived.
    func delay(_ fraction: Double) -> Double {
        let wanted = Int(Double(delays.reduce(0, +)) * fraction)
        var sum = 0
        for (microseconds, count) in delays.enumerated() {
            sum += count
            if sum > wanted { return Double(microseconds + 1) / 1000 }
        }
        return 0
    }
}
