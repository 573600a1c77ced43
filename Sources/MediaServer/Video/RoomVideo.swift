// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

/// The video of one room: who sees whom. Each leg is shown one camera: of those that it can be shown without transcoding, who speaks or
/// spoke last, never its own. Confined to the room's thread.
///
///     camera's packet ──▶ forwarders of the legs that see it          in the turn in which it came (`RoomVideo+Packets`)
///     mixer's talkers ──▶ `SpeakerSwitch` ──▶ who is selected where   at each tick
final class RoomVideo {
    private(set) var legs: [VideoLeg] = []
    private var bySource: [VideoSourceID: VideoLeg] = [:]
    /// One for each `VideoClass`: a leg that speaks is no loss to those who cannot be shown it.
    private var speakers: [SpeakerSwitch<LegID>] = VideoClass.allCases.map { _ in SpeakerSwitch() }
    private var nextSource: UInt32 = 1
    /// Figures of legs that are gone.
    private(set) var counters = VideoCounters()
    private(set) var drops = DropCounters()
    let report: (LegID, LegEvent) -> Void

    init(report: @escaping (LegID, LegEvent) -> Void) {
        self.report = report
    }

    func leg(of source: VideoSourceID) -> VideoLeg? { bySource[source] }

    // MARK: Who is there

    func open(
        _ id: LegID, sockets: LegSockets, identity: VideoIdentity, settings: VideoLegSettings,
        outgoing: OutgoingDatagrams, isHeld: Bool, talks: Bool, now: MediaInstant
    ) -> VideoLeg {
        let leg = VideoLeg(
            id, source: VideoSourceID(rawValue: nextSource), sockets: sockets, identity: identity, settings: settings,
            outgoing: outgoing, now: now)
        nextSource &+= 1
        legs.append(leg)
        bySource[leg.source.id] = leg
        leg.source.health.setHold(isHeld)
        leg.talks = talks
        enrol(leg, now: now)
        select(for: leg, because: .join, now: now)
        leg.reportIfDue(now: now)
        return leg
    }

    /// Makes the leg's camera one of those that can be shown where its codec is read.
    private func enrol(_ leg: VideoLeg, now: MediaInstant) {
        for kind in leg.settings.classes(of: leg.source.codec) {
            speakers[kind.rawValue].join(leg.id, hasVideo: leg.source.health.isLive, now: now)
            if leg.talks { speakers[kind.rawValue].talking(leg.id, true, now: now) }
        }
    }

    private func strike(_ leg: VideoLeg, now: MediaInstant) {
        for index in speakers.indices { speakers[index].leave(leg.id, now: now) }
    }

    /// After the leg was negotiated anew, or its call was held or taken up.
    func update(_ leg: VideoLeg, _ settings: VideoLegSettings, isHeld: Bool, now: MediaInstant) {
        let before = leg.settings.classes(of: leg.source.codec)
        leg.update(settings)
        leg.source.health.setCamera(off: !settings.receives)
        leg.source.health.setHold(isHeld)
        if !leg.source.health.isLive { withdraw(leg, now: now) }
        if before != settings.classes(of: leg.source.codec) {
            strike(leg, now: now)
            enrol(leg, now: now)
        }
        reselect(now: now)
    }

    func hold(_ leg: VideoLeg, _ isHeld: Bool, now: MediaInstant) {
        guard leg.source.health.setHold(isHeld) else { return }
        withdraw(leg, now: now)
        reselect(now: now)
    }

    func close(_ leg: VideoLeg, now: MediaInstant) {
        counters.add(leg)
        drops.add(leg.drops)
        legs.removeAll { $0 === leg }
        withdraw(leg, now: now)
        strike(leg, now: now)
        bySource[leg.source.id] = nil
        leg.sayGoodbye()
        reselect(now: now)
    }

    /// The leg's camera is not live any more: its packets stop here and now.
    private func withdraw(_ leg: VideoLeg, now: MediaInstant) {
        for receiver in legs {
            receiver.forwarder.remove(leg.source.id)
            if receiver.selected == leg.source.id { receiver.selected = nil }
        }
        for index in speakers.indices { speakers[index].setVideo(leg.id, false, now: now) }
    }

    // MARK: Who sees whom

    /// The mixer hears the leg talk, or no longer.
    func talking(_ leg: LegID, _ talks: Bool, now: MediaInstant) {
        legs.first { $0.id == leg }?.talks = talks
        var hasChanged = false
        for index in speakers.indices {
            hasChanged = speakers[index].talking(leg, talks, now: now) || hasChanged
        }
        if hasChanged { reselect(now: now) }
    }

    /// The camera of `leg` has become live, or sends another codec, by the key frame that is here.
    func becameLive(_ leg: VideoLeg, now: MediaInstant) {
        let kinds = leg.settings.classes(of: leg.source.codec)
        if !kinds.allSatisfy({ speakers[$0.rawValue].contains(leg.id) }) {
            strike(leg, now: now)
            enrol(leg, now: now)
        }
        for kind in kinds { speakers[kind.rawValue].setVideo(leg.id, true, now: now) }
        reselect(keyframeOf: leg.source.id, now: now)
    }

    private func reselect(keyframeOf present: VideoSourceID? = nil, now: MediaInstant) {
        for leg in legs { select(for: leg, because: .change, keyframeOf: present, now: now) }
    }

    private func select(
        for leg: VideoLeg, because reason: KeyframeRequest, keyframeOf present: VideoSourceID? = nil, now: MediaInstant
    ) {
        let target = picture(for: leg)
        guard target?.source.id != leg.selected else { return }
        leg.selected = target?.source.id
        let waits = leg.forwarder.select(target?.source.id, now: now)
        guard waits, let target, target.source.id != present else { return }
        carryOut(target.source.broker.request(reason, now: now), at: target)
    }

    /// Whose camera `leg` is to see; nil for nobody's.
    private func picture(for leg: VideoLeg) -> VideoLeg? {
        guard leg.settings.sends, let kind = leg.settings.receiverClass,
            let shown = speakers[kind.rawValue].picture(for: leg.id)?.member,
            let camera = legs.first(where: { $0.id == shown }), camera.source.health.isLive
        else { return nil }
        return camera
    }

    /// Why `leg` sees nobody, or waits.
    func lack(of leg: VideoLeg) -> VideoStatistics.Lack? {
        guard leg.settings.sends else { return .takesNone }
        if let awaited = leg.forwarder.awaited, let camera = bySource[awaited] { return .keyframe(camera.id) }
        guard leg.forwarder.shown == nil else { return nil }
        let other = legs.first { $0 !== leg && $0.source.health.isLive }
        return other.map { .otherCodec($0.source.codec) } ?? .nobody
    }

    // MARK: Time

    /// Once a tick of the worker: deadlines of all machines here.
    func timePassed(now: MediaInstant) {
        for index in speakers.indices {
            guard let deadline = speakers[index].nextDeadline, deadline <= now else { continue }
            if speakers[index].timePassed(now: now) { reselect(now: now) }
        }
        var hasStalled = false
        for leg in legs where leg.source.health.timePassed(now: now) {
            withdraw(leg, now: now)
            hasStalled = true
        }
        if hasStalled { reselect(now: now) }
        for leg in legs {
            if let awaited = leg.forwarder.awaited, let camera = bySource[awaited], !camera.source.broker.isWanting {
                carryOut(camera.source.broker.request(.change, now: now), at: camera)
            }
            _ = leg.forwarder.timePassed(now: now)
            leg.resendsLeft = VideoLeg.resends
            pursue(leg, now: now)
            leg.reportIfDue(now: now)
        }
    }

    /// What the leg's camera is to be asked for by now.
    private func pursue(_ leg: VideoLeg, now: MediaInstant) {
        if let deadline = leg.source.broker.nextDeadline, deadline <= now {
            carryOut(leg.source.broker.timePassed(now: now), at: leg)
        }
        guard let missing = leg.source.takeMissing(now: now) else { return }
        leg.send(missing.request)
        if missing.isBroken { carryOut(leg.source.broker.request(.decoder, now: now), at: leg) }
    }

    func carryOut(_ ask: KeyframeAsk?, at leg: VideoLeg) {
        switch ask {
        case .pictureLoss, .fullIntra: if let ask { leg.send(ask) }
        case .fastUpdate: report(leg.id, .keyframeWanted)
        case nil: break
        }
    }
}
