// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SDP
import Video

/// The video of one leg: its lines, and the ports that they use. Confined to its room's thread.
final class VideoLeg {
    let id: LegID
    /// In the order of the description.
    private(set) var lines: [VideoLine] = []
    private(set) var transports: [VideoTransport] = []
    /// The line of the leg's camera, and of the one picture that a phone sees.
    private(set) var main: VideoLine?
    private(set) var slides: VideoLine?
    /// The lines of other cameras that anything may be sent on now, by their number.
    private(set) var slots: [VideoLine] = []
    var assignment = SlotAssignment<VideoSourceID>()
    var isHeld = false
    /// When the mixer heard the leg talk.
    var talk = SlotCandidate<VideoSourceID>.Talk.never

    init(_ id: LegID) {
        self.id = id
    }

    var talks: Bool {
        if case .talking = talk { true } else { false }
    }

    /// How long what the leg says waits before it is mixed, nanoseconds.
    var soundDelay: Int64 = 0 {
        didSet {
            camera?.soundDelay = soundDelay
            screen?.soundDelay = soundDelay
        }
    }

    /// When the last of its sound came, where that flowed.
    var soundHeard: MediaInstant?

    /// When anything but its screen came last that flows by nature; nil where nothing did.
    var lastHeard: MediaInstant? { soundHeard.map { max($0, camera?.health.lastPacket ?? $0) } }

    /// What the leg sends.
    var camera: VideoSource? { main?.source }
    var screen: VideoSource? { slides?.source }

    func transport(_ number: UInt8) -> VideoTransport? { transports.first { $0.number == number } }

    /// Takes over lines and ports as `setup` has them. What stays goes on as it was; the others' last words are said.
    /// - Returns: the lines and the ports that are not in use any more.
    func apply(
        _ setup: VideoSetup, outgoing: OutgoingDatagrams, now: MediaInstant,
        report: @escaping (LegID, LegEvent) -> Void
    ) -> (lines: [VideoLine], transports: [VideoTransport]) {
        for (number, sockets) in setup.sockets {
            guard transport(number) == nil, let line = setup.lines.first(where: { $0.transport == number }) else {
                continue
            }
            transports.append(VideoTransport(number, sockets, line.settings, outgoing: outgoing))
        }
        var kept: [VideoLine] = []
        for wanted in setup.lines {
            // A line that moves to other ports begins anew.
            if let line = lines.first(where: { $0.role == wanted.role && $0.transport.number == wanted.transport }) {
                line.update(wanted.settings)
                kept.append(line)
            } else if let transport = transport(wanted.transport) {
                kept.append(VideoLine(wanted, of: id, over: transport, now: now, report: report))
            }
        }
        let gone = lines.filter { line in !kept.contains { $0 === line } }
        for line in gone {
            line.sayGoodbye()
            line.stop(now: now)
        }
        lines = kept
        for transport in transports { transport.carry(lines.filter { $0.transport === transport }) }
        let unused = transports.filter(\.lines.isEmpty)
        transports.removeAll(where: \.lines.isEmpty)
        main = lines.first { $0.role == .main }
        slides = lines.first { $0.role == .slides }
        slots = lines.filter { $0.role.slot != nil && $0.settings.sends }
            .sorted { ($0.role.slot ?? 0) < ($1.role.slot ?? 0) }
        // What is not among the slots, nobody will take anything away from.
        for line in lines where line.role.slot != nil && !line.settings.sends { line.stop(now: now) }
        return (gone, unused)
    }

    /// Ends all of it.
    func sayGoodbye() {
        for line in lines { line.sayGoodbye() }
    }
}

extension VideoRole {
    /// The number of a slot.
    var slot: Int? {
        if case .slot(let number) = self { number } else { nil }
    }
}
