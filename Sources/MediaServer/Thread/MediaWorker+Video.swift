// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

/// One of the two video ports of a leg, as a token of the worker's poll.
struct VideoPort {
    let leg: LegID
    let isControl: Bool

    init(_ leg: LegID, isControl: Bool) {
        self.leg = leg
        self.isControl = isControl
    }

    init(token: UInt64) {
        self.init(LegID(token >> 1), isControl: token & 1 == 1)
    }

    var token: UInt64 { leg.number << 1 | (isControl ? 1 : 0) }
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
            guard let place = legs[port.leg], let leg = place.member.video, let room = place.room.video else {
                continue
            }
            guard let descriptor = port.isControl ? leg.sockets.controlDescriptor : leg.sockets.mediaDescriptor else {
                continue
            }
            forward(from: descriptor, at: leg, in: room)
        }
    }

    private func forward(from descriptor: Int32, at leg: VideoLeg, in room: RoomVideo) {
        var taken = 0
        repeat {
            guard let received = try? batch.receive(from: descriptor) else { return }
            for index in 0..<received {
                batch.withDatagram(index) { datagram, address, arrival in
                    room.receive(datagram, at: leg, from: address, now: arrival)
                }
            }
            counters.packetsIn &+= UInt64(received)
            taken += received
            guard received == batch.capacity else { return }
        } while taken < Self.mostForOnePort
    }

    // MARK: Commands

    func carryOutVideo(_ command: MediaCommand, now: MediaInstant) {
        switch command {
        case .openVideo(let id, let sockets, let identity, let settings):
            openVideo(id, sockets, identity, settings, now: now)
        case .updateVideo(let id, let settings):
            guard let place = legs[id], let leg = place.member.video else { return }
            place.room.video?.update(leg, settings, isHeld: place.member.leg.settings.remoteHolds, now: now)
        case .closeVideo(let id): closeVideo(of: id, now: now)
        case .requestKeyframe(let id):
            guard let place = legs[id], let leg = place.member.video else { return }
            place.room.video?.requestKeyframe(.fastUpdate, for: leg, now: now)
        case .fastUpdateRefused(let id, let forGood):
            legs[id]?.member.video?.source.broker.fastUpdateRefused(forGood: forGood, now: now)
        case .openRoom, .closeRoom, .open, .update, .silence, .sendDigits, .close: break
        }
    }

    private func openVideo(
        _ id: LegID, _ sockets: LegSockets, _ identity: VideoIdentity, _ settings: VideoLegSettings, now: MediaInstant
    ) {
        guard let place = legs[id], place.member.video == nil else { return }
        do throws(SystemError) {
            try empty(sockets)
            try poll.add(sockets.mediaDescriptor, token: VideoPort(id, isControl: false).token)
            if let control = sockets.controlDescriptor {
                try poll.add(control, token: VideoPort(id, isControl: true).token)
            }
        } catch {
            // A descriptor that is closed leaves the poll by itself.
            counters.refusedLegs &+= 1
            return report(id, .videoFailed)
        }
        let room = place.room.video ?? RoomVideo(report: report)
        place.room.video = room
        place.member.video = room.open(
            id, sockets: sockets, identity: identity, settings: settings, outgoing: outgoingVideo,
            isHeld: place.member.leg.settings.remoteHolds, talks: place.member.isTalking, now: now)
    }

    func closeVideo(of id: LegID, now: MediaInstant) {
        guard let place = legs[id], let leg = place.member.video else { return }
        place.member.video = nil
        place.room.video?.close(leg, now: now)
        // Before the sockets close: what waits names their descriptors.
        outgoingVideo.flush()
        try? poll.remove(leg.sockets.mediaDescriptor)
        if let control = leg.sockets.controlDescriptor { try? poll.remove(control) }
    }

    func videoStatistics(of member: MediaRoom.Member) -> VideoStatistics? {
        guard let leg = member.video, let room = legs[member.leg.id]?.room.video else { return nil }
        return room.statistics(of: leg)
    }
}
