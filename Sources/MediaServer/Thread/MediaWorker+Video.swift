// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP
import Video

/// One of the video ports of a leg, as a token of the worker's poll.
struct VideoPort {
    let leg: LegID
    /// Of the leg's pairs of ports, at most 128.
    let transport: UInt8
    let isControl: Bool

    init(_ leg: LegID, _ transport: UInt8, isControl: Bool) {
        self.leg = leg
        self.transport = transport
        self.isControl = isControl
    }

    init(token: UInt64) {
        self.init(LegID(token >> 8), UInt8(truncatingIfNeeded: token) >> 1, isControl: token & 1 == 1)
    }

    var token: UInt64 { leg.number << 8 | UInt64(transport & 0x7F) << 1 | (isControl ? 1 : 0) }
}

// Video on a media thread: its sockets wake the thread.
extension MediaWorker {
    /// Datagrams of one port that are looked at in one turn. The poll comes back to what is left, after the others had theirs.
    private static let mostForOnePort = 64

    /// Forwards what has come to the ports that the last `wait` named, of `count` events.
    func forwardVideo(events count: Int) {
        let now = MediaInstant.now()
        batch.begin(now: now)
        for index in 0..<count {
            let token = poll.event(index).token
            guard token != Self.timerToken, token != Self.wakeToken else { continue }
            let port = VideoPort(token: token)
            // Its leg may have been closed in this very turn.
            guard let place = legs[port.leg], let room = place.room.video,
                let transport = place.member.video?.transport(port.transport)
            else { continue }
            let sockets = transport.sockets
            let descriptor = port.isControl ? sockets.controlDescriptor : sockets.mediaDescriptor
            forward(from: descriptor, at: transport, in: room)
        }
    }

    private func forward(from descriptor: Int32, at transport: VideoTransport, in room: RoomVideo) {
        var taken = 0
        repeat {
            guard let received = try? batch.receive(from: descriptor) else { return }
            for index in 0..<received {
                batch.withDatagram(index) { datagram, address, arrival in
                    room.receive(datagram, at: transport, from: address, now: arrival)
                }
            }
            counters.packetsIn &+= UInt64(received)
            taken += received
            guard received == batch.capacity else { return }
        } while taken < Self.mostForOnePort
    }

    /// Sends on what canvases have sent.
    func takeCanvases(now: MediaInstant) {
        for room in rooms.values { room.video?.takeCanvases(now: now) }
    }

    /// The video of a room, made where it had none.
    func video(of room: MediaRoom) -> RoomVideo {
        if let video = room.video { return video }
        let grid = RoomGrid(RoomCanvases(gridWorker, configuration.grid) { [executor] in executor.wake() })
        let made = RoomVideo(room.videoRule, grid, report: report)
        room.video = made
        return made
    }

    // MARK: Commands

    func carryOutVideo(_ command: MediaCommand, now: MediaInstant) {
        switch command {
        case .setVideo(let id, let setup): setVideo(of: id, setup, now: now)
        case .setVideoRule(let id, let rule):
            guard let room = rooms[id] else { return }
            room.videoRule = rule
            room.video?.setRule(rule, now: now)
        case .requestKeyframe(let id):
            guard let place = legs[id], let leg = place.member.video else { return }
            place.room.video?.requestKeyframes(.fastUpdate, for: leg, now: now)
        case .fastUpdateRefused(let id, let forGood):
            for line in legs[id]?.member.video?.lines ?? [] {
                line.source?.broker.fastUpdateRefused(forGood: forGood, now: now)
            }
        case .openRoom, .closeRoom, .open, .update, .announce, .gain, .hearing, .record, .pauseRecording, .silence,
            .sendDigits, .close:
            break
        }
    }

    func setVideo(of id: LegID, _ setup: VideoSetup, now: MediaInstant) {
        guard let place = legs[id], place.member.video != nil || !setup.lines.isEmpty else { return }
        var setup = setup
        for (number, sockets) in setup.sockets {
            do throws(SystemError) {
                try empty(sockets)
                try poll.add(sockets.mediaDescriptor, token: VideoPort(id, number, isControl: false).token)
                try poll.add(sockets.controlDescriptor, token: VideoPort(id, number, isControl: true).token)
            } catch {
                // A descriptor that is closed leaves the poll by itself.
                setup.sockets[number] = nil
                counters.refusedLegs &+= 1
                report(id, .videoFailed)
            }
        }
        let room = video(of: place.room)
        let isHeld = place.member.leg.settings.remoteHolds
        let leg = place.member.video ?? room.open(id, isHeld: isHeld, talks: place.member.isTalking, now: now)
        place.member.video = setup.lines.isEmpty ? nil : leg
        let unused =
            setup.lines.isEmpty
            ? room.close(leg, outgoing: outgoingVideo, now: now)
            : room.apply(setup, to: leg, isHeld: isHeld, outgoing: outgoingVideo, now: now)
        guard !unused.isEmpty else { return }
        // Before the sockets close: what waits names their descriptors.
        outgoingVideo.flush()
        for transport in unused {
            try? poll.remove(transport.sockets.mediaDescriptor)
            try? poll.remove(transport.sockets.controlDescriptor)
        }
    }

    /// The latest RTCP of a leg's audio and video, oldest first.
    func controlMessages(of id: LegID) -> [ControlMessage] {
        guard let member = legs[id]?.member else { return [] }
        func read(_ history: ControlHistory, _ name: String, clockRate: Int) -> [ControlMessage] {
            history.entries.map { entry in
                let text = ControlText.describe(entry.bytes, clockRate: clockRate)
                return ControlMessage(at: entry.at, isSent: entry.isSent, text: "\(name): \(text)")
            }
        }
        let leg = member.leg
        var all = read(
            leg.session.controlHistory, "audio", clockRate: leg.settings.encoder.codec.rtpClockRate)
        for transport in member.video?.transports ?? [] {
            all += read(transport.controlHistory, "video", clockRate: PayloadFormat.clockRate)
        }
        return all.sorted { $0.at < $1.at }
    }

    func videoStatistics(of member: MediaRoom.Member) -> VideoStatistics? {
        guard let leg = member.video, let room = legs[member.leg.id]?.room.video else { return nil }
        return room.statistics(of: leg)
    }
}
