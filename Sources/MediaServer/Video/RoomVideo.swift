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
    /// All that can be shown: cameras of legs, and pictures that are made here.
    private(set) var sources: [VideoSourceID: VideoSource] = [:]
    /// One for each `VideoClass`: a leg that speaks is no loss to those who cannot be shown it.
    private var speakers: [SpeakerSwitch<LegID>] = VideoClass.allCases.map { _ in SpeakerSwitch() }
    /// Figures of legs that are gone.
    private(set) var counters = VideoCounters()
    private(set) var drops = DropCounters()
    let report: (LegID, LegEvent) -> Void

    init(report: @escaping (LegID, LegEvent) -> Void) {
        self.report = report
    }

    // MARK: Sources

    /// From now on the source can be shown; its packets come by `take`.
    func add(_ source: VideoSource) { sources[source.id] = source }

    /// Not one packet of the source reaches anybody any more.
    func remove(_ source: VideoSource) {
        withdraw(source)
        sources[source.id] = nil
    }

    /// The source's picture is not live any more: its packets stop here and now.
    private func withdraw(_ source: VideoSource) {
        for receiver in legs {
            receiver.forwarder.remove(source.id)
            if receiver.selected == source.id { receiver.selected = nil }
        }
        source.watchers = []
    }

    // MARK: Who is there

    func open(
        _ id: LegID, sockets: LegSockets, identity: VideoIdentity, settings: VideoLegSettings,
        outgoing: OutgoingDatagrams, isHeld: Bool, talks: Bool, now: MediaInstant
    ) -> VideoLeg {
        let leg = VideoLeg(
            id, source: VideoSourceID(rawValue: identity.sourceID), sockets: sockets, identity: identity,
            settings: settings, outgoing: outgoing, now: now, report: report)
        legs.append(leg)
        add(leg.source)
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
        remove(leg.source)
        leg.sayGoodbye()
        reselect(now: now)
    }

    /// The leg's camera is not live any more: its packets stop here and now.
    private func withdraw(_ leg: VideoLeg, now: MediaInstant) {
        withdraw(leg.source)
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

    /// The source's picture has become live, or is of another codec, by the key frame that is here.
    func becameLive(_ source: VideoSource, now: MediaInstant) {
        if let leg = legs.first(where: { $0.source === source }) {
            let kinds = leg.settings.classes(of: source.codec)
            if !kinds.allSatisfy({ speakers[$0.rawValue].contains(leg.id) }) {
                strike(leg, now: now)
                enrol(leg, now: now)
            }
            for kind in kinds { speakers[kind.rawValue].setVideo(leg.id, true, now: now) }
        }
        reselect(keyframeOf: source.id, now: now)
    }

    private func reselect(keyframeOf present: VideoSourceID? = nil, now: MediaInstant) {
        for leg in legs { select(for: leg, because: .change, keyframeOf: present, now: now) }
    }

    private func select(
        for leg: VideoLeg, because reason: KeyframeRequest, keyframeOf present: VideoSourceID? = nil, now: MediaInstant
    ) {
        let target = picture(for: leg)
        guard target?.id != leg.selected else { return }
        leg.selected = target?.id
        let waits = leg.forwarder.select(target?.id, now: now)
        guard let target else { return }
        if !target.watchers.contains(where: { $0 === leg }) { target.watchers.append(leg) }
        if waits, target.id != present { target.request(reason, now: now) }
    }

    /// What `leg` is to see; nil for nothing.
    private func picture(for leg: VideoLeg) -> VideoSource? {
        guard leg.settings.sends, let kind = leg.settings.receiverClass,
            let shown = speakers[kind.rawValue].picture(for: leg.id)?.member,
            let camera = legs.first(where: { $0.id == shown }), camera.source.health.isLive
        else { return nil }
        return camera.source
    }

    /// Why `leg` sees nobody, or waits.
    func lack(of leg: VideoLeg) -> VideoStatistics.Lack? {
        guard leg.settings.sends else { return .takesNone }
        if let owner = leg.forwarder.awaited.flatMap({ sources[$0]?.owner }) { return .keyframe(owner) }
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
            if let source = leg.forwarder.awaited.flatMap({ sources[$0] }), !source.broker.isWanting {
                source.request(.change, now: now)
            }
            _ = leg.forwarder.timePassed(now: now)
            leg.resendsLeft = VideoLeg.resends
            leg.askForMissing(now: now)
            leg.reportIfDue(now: now)
        }
        for source in sources.values { source.pursueKeyframe(now: now) }
    }
}
