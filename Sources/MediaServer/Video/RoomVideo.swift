// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SDP
import Video

/// The video of one room: who sees whom, never itself, never what it cannot read. Confined to the room's thread.
///
///     a source's packet ──▶ forwarders of the lines that watch it     in the turn in which it came (`RoomVideo+Packets`)
///     mixer's talkers ──▶ `SpeakerSwitch`, `SlotAssignment` ──▶ what each line is to show (`RoomVideo+Selection`)
final class RoomVideo {
    private(set) var legs: [VideoLeg] = []
    /// All that can be shown: cameras and screens of legs, and pictures that are made here.
    private(set) var sources: [VideoSourceID: VideoSource] = [:]
    /// All cameras in one picture, for those with one line.
    let grid: RoomGrid
    /// Cameras and screens that some lines cannot be sent as they are, each in a picture of its own.
    var transcoders: [VideoSourceID: RoomGrid] = [:]
    /// One for each `VideoClass`: a leg that speaks is no loss to those who cannot be shown it.
    var speakers: [SpeakerSwitch<LegID>] = VideoClass.allCases.map { _ in SpeakerSwitch() }
    var presenters = PresenterOrder<VideoSourceID>()
    private(set) var rule: VideoRule
    /// Figures of lines and ports that are gone.
    private(set) var counters = VideoCounters()
    private(set) var drops = DropCounters()
    let report: (LegID, LegEvent) -> Void

    init(_ rule: VideoRule, _ grid: RoomGrid, report: @escaping (LegID, LegEvent) -> Void) {
        self.rule = rule
        self.grid = grid
        self.report = report
    }

    func setRule(_ rule: VideoRule, now: MediaInstant) {
        guard rule != self.rule else { return }
        self.rule = rule
        reselect(now: now)
    }

    // MARK: Sources

    /// From now on the source can be shown; its packets come by `take`.
    func add(_ source: VideoSource) { sources[source.id] = source }

    /// Not one packet of the source reaches anybody any more.
    func remove(_ source: VideoSource, now: MediaInstant) {
        withdraw(source, now: now)
        sources[source.id] = nil
    }

    /// The source's picture is not live any more: its packets stop here and now.
    func withdraw(_ source: VideoSource, now: MediaInstant) {
        source.withdrawn()
        for line in source.watchers {
            line.forwarder.remove(source.id)
            if line.selected == source.id { line.selected = nil }
        }
        source.watchers = []
        endTranscoding(of: source, now: now)
        switch source.content {
        case .camera:
            guard let owner = source.owner else { return }
            for index in speakers.indices { speakers[index].setVideo(owner, false, now: now) }
        case .screen:
            guard presenters.unshare(source.id), let owner = source.owner else { return }
            report(owner, .presents(false))
        case .canvas: break
        }
    }

    /// The source's picture has become live, or is of another codec, by the key frame that is here.
    func becameLive(_ source: VideoSource, now: MediaInstant) {
        switch source.content {
        case .camera:
            guard let leg = legs.first(where: { $0.camera === source }) else { return }
            if !source.classes.allSatisfy({ speakers[$0.rawValue].contains(leg.id) }) {
                strike(leg, now: now)
                enrol(leg, now: now)
            }
            for kind in source.classes { speakers[kind.rawValue].setVideo(leg.id, true, now: now) }
        case .screen:
            if presenters.share(source.id), let owner = source.owner { report(owner, .presents(true)) }
        case .canvas: break
        }
        reselect(keyframeOf: source.id, now: now)
    }

    // MARK: Who is there

    /// Gives a leg video.
    /// - Parameter talks: the mixer hears it.
    func open(_ id: LegID, isHeld: Bool, talks: Bool, now: MediaInstant) -> VideoLeg {
        let leg = VideoLeg(id)
        leg.isHeld = isHeld
        if talks { leg.talk = .talking(since: now) }
        legs.append(leg)
        return leg
    }

    /// Takes over what was negotiated, at first and anew, and whether the call is held.
    /// - Returns: ports that are not in use any more.
    func apply(
        _ setup: VideoSetup, to leg: VideoLeg, isHeld: Bool, outgoing: OutgoingDatagrams, now: MediaInstant
    ) -> [VideoTransport] {
        let before = leg.camera?.classes
        let isNew = leg.lines.isEmpty
        let gone = leg.apply(setup, outgoing: outgoing, now: now, report: report)
        for line in gone.lines { retire(line, now: now) }
        for transport in gone.transports { drops.add(transport.drops) }
        leg.isHeld = isHeld
        for source in leg.lines.compactMap(\.source) {
            if sources[source.id] == nil { add(source) }
            source.health.setHold(isHeld)
            if !source.health.isLive { withdraw(source, now: now) }
        }
        if before != leg.camera?.classes {
            strike(leg, now: now)
            enrol(leg, now: now)
        }
        if isNew { select(for: leg, because: .join, now: now) }
        reselect(now: now)
        for line in leg.lines { line.reportIfDue(now: now) }
        return gone.transports
    }

    /// Nothing of the line's source reaches anybody any more, and nothing the line's own peer.
    private func retire(_ line: VideoLine, now: MediaInstant) {
        counters.add(line)
        for source in sources.values { source.watchers.removeAll { $0 === line } }
        if let source = line.source { remove(source, now: now) }
    }

    /// Makes the leg's camera one of those that can be shown where its codec is read.
    private func enrol(_ leg: VideoLeg, now: MediaInstant) {
        guard let camera = leg.camera else { return }
        for kind in camera.classes {
            speakers[kind.rawValue].join(leg.id, hasVideo: camera.health.isLive, now: now)
            if leg.talks { speakers[kind.rawValue].talking(leg.id, true, now: now) }
        }
    }

    private func strike(_ leg: VideoLeg, now: MediaInstant) {
        for index in speakers.indices { speakers[index].leave(leg.id, now: now) }
    }

    func hold(_ leg: VideoLeg, _ isHeld: Bool, now: MediaInstant) {
        guard leg.isHeld != isHeld else { return }
        leg.isHeld = isHeld
        for source in leg.lines.compactMap(\.source) where source.health.setHold(isHeld) {
            withdraw(source, now: now)
        }
        reselect(now: now)
    }

    /// Takes a leg's video away.
    /// - Returns: its ports.
    func close(_ leg: VideoLeg, outgoing: OutgoingDatagrams, now: MediaInstant) -> [VideoTransport] {
        legs.removeAll { $0 === leg }
        strike(leg, now: now)
        return apply(
            VideoSetup(lines: [], sockets: [:]), to: leg, isHeld: leg.isHeld, outgoing: outgoing, now: now)
    }

    /// Says goodbye to all, at the end of the thread.
    func end(outgoing: OutgoingDatagrams, now: MediaInstant) {
        for leg in legs { _ = close(leg, outgoing: outgoing, now: now) }
    }

    // MARK: Time

    /// The mixer hears the leg talk, or no longer.
    func talking(_ leg: LegID, _ talks: Bool, now: MediaInstant) {
        legs.first { $0.id == leg }?.talk = talks ? .talking(since: now) : .silent(since: now)
        var hasChanged = legs.contains { !$0.slots.isEmpty }
        for index in speakers.indices {
            hasChanged = speakers[index].talking(leg, talks, now: now) || hasChanged
        }
        if hasChanged { reselect(now: now) }
    }

    /// Once a tick of the worker: deadlines of all machines here.
    func timePassed(now: MediaInstant) {
        var hasChanged = false
        for index in speakers.indices {
            guard let deadline = speakers[index].nextDeadline, deadline <= now else { continue }
            hasChanged = speakers[index].timePassed(now: now) || hasChanged
        }
        for source in sources.values where source.health.timePassed(now: now) {
            withdraw(source, now: now)
            hasChanged = true
        }
        for leg in legs where endsScreen(of: leg, now: now) { hasChanged = true }
        for leg in legs where leg.assignment.nextDeadline.map({ $0 <= now }) ?? false { hasChanged = true }
        if hasChanged { reselect(now: now) }
        for leg in legs {
            for line in leg.lines { timePassed(at: line, now: now) }
        }
        for source in sources.values {
            if source.health.takesDoubt(now: now) { source.request(.doubt, now: now) }
            source.pursueKeyframe(now: now)
        }
    }

    /// - Returns: whether the leg's screen is gone, because the leg has fallen silent in every way: it crashed.
    private func endsScreen(of leg: VideoLeg, now: MediaInstant) -> Bool {
        // A screen that cannot be asked may well rest while nobody talks.
        guard let screen = leg.screen, let heard = leg.lastHeard, !screen.broker.ways.isEmpty else { return false }
        switch screen.health.senderSilent(since: heard, now: now) {
        case .nothing: return false
        case .ask:
            screen.request(.doubt, now: now)
            return false
        case .gone:
            withdraw(screen, now: now)
            return true
        }
    }

    private func timePassed(at line: VideoLine, now: MediaInstant) {
        if let awaited = line.forwarder.timePassed(now: now), let source = sources[awaited], !source.broker.isWanting {
            source.request(.change, now: now)
        }
        line.resendsLeft = VideoLine.resends
        line.askForMissing(now: now)
        if line.unanswered != nil { line.answerLimit(isObeyed: staysWithinLimit(line)) }
        line.reportIfDue(now: now)
    }
}
