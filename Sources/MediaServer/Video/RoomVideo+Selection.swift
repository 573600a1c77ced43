// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import RTP
import SDP
import Video

// What each line of each leg is to show.
extension RoomVideo {
    /// What there is to be seen, looked at once for all legs: a room may have very many.
    private struct Survey {
        /// Live cameras that receivers of each class can be shown, in the order in which their members came.
        var cameras: [[SlotCandidate<VideoSourceID>]]
        /// Who speaks, or spoke last, as others see it; by class.
        var speakers: [VideoSource?]
        /// Live cameras of whatever codec.
        var live = 0
        var screens: [VideoSource] = []
        /// No live picture is wider or higher.
        var largest = (width: 0, height: 0)
        /// The same cameras, of whatever codec, each with what it can be shown to.
        var all: [(candidate: SlotCandidate<VideoSourceID>, classes: [VideoClass])] = []

        /// Live cameras that receivers of any of those classes can be shown, or that are made to be so.
        func candidates(
            _ kinds: [VideoClass], transcoding transcodes: (VideoSourceID) -> Bool
        ) -> [SlotCandidate<VideoSourceID>] {
            if kinds.count == 1, cameras[kinds[0].rawValue].count == all.count { return cameras[kinds[0].rawValue] }
            return all.filter { $0.classes.contains(where: kinds.contains) || transcodes($0.candidate.source) }
                .map(\.candidate)
        }

        /// Whether somebody else than `leg` has a live camera or screen that receivers of that class cannot be shown.
        func hasForeign(_ kind: VideoClass, for leg: VideoLeg) -> Bool {
            if screens.contains(where: { $0.owner != leg.id && !$0.classes.contains(kind) }) { return true }
            let own = leg.camera.flatMap { $0.health.isLive ? $0 : nil }
            let ownInClass = own.map { $0.classes.contains(kind) ? 1 : 0 } ?? 0
            return live - (own == nil ? 0 : 1) > cameras[kind.rawValue].count - ownInClass
        }
    }

    private func survey() -> Survey {
        var survey = Survey(
            cameras: VideoClass.allCases.map { _ in [] },
            speakers: VideoClass.allCases.map { speaker(for: nil, $0) })
        for leg in legs {
            for source in [leg.camera, leg.screen] {
                guard let source, source.health.isLive, let size = source.pictureSize else { continue }
                survey.largest.width = max(survey.largest.width, size.width)
                survey.largest.height = max(survey.largest.height, size.height)
            }
            if let screen = leg.screen, screen.health.isLive { survey.screens.append(screen) }
            guard let camera = leg.camera, camera.health.isLive else { continue }
            survey.live += 1
            let candidate = SlotCandidate(camera.id, leg.talk)
            survey.all.append((candidate, camera.classes))
            for kind in camera.classes { survey.cameras[kind.rawValue].append(candidate) }
        }
        return survey
    }

    /// Looks at every line again, after something has changed.
    /// - Parameter present: the source whose key frame is here, and need not be asked for.
    func reselect(keyframeOf present: VideoSourceID? = nil, now: MediaInstant) {
        let survey = survey()
        for leg in legs { select(for: leg, survey, because: .change, keyframeOf: present, now: now) }
    }

    /// The same for a leg that has just come.
    func select(for leg: VideoLeg, because reason: KeyframeRequest, now: MediaInstant) {
        select(for: leg, survey(), because: reason, now: now)
    }

    private func select(
        for leg: VideoLeg, _ survey: Survey, because reason: KeyframeRequest, keyframeOf present: VideoSourceID? = nil,
        now: MediaInstant
    ) {
        func show(_ source: VideoSource?, at line: VideoLine) {
            self.show(source, at: line, because: reason, keyframeOf: present, now: now)
        }
        if let line = leg.slides { show(presenter(for: line).flatMap { portrait(of: $0, at: line) }, at: line) }
        let delivery = delivery(for: leg) { survey.hasForeign($0, for: leg) || hasTooLarge(survey.largest, for: leg) }
        if let line = leg.main { show(picture(for: line, of: leg, delivery, survey), at: line) }
        fill(leg, survey, isUsed: delivery == .slots, now: now)
        for (line, camera) in zip(leg.slots, leg.assignment.slots) {
            show(camera.flatMap { sources[$0] }.flatMap { portrait(of: $0, at: line) }, at: line)
        }
    }

    private func show(
        _ source: VideoSource?, at line: VideoLine, because reason: KeyframeRequest, keyframeOf present: VideoSourceID?,
        now: MediaInstant
    ) {
        guard source?.id != line.selected else { return }
        line.selected = source?.id
        let waits = line.forwarder.select(source?.id, now: now)
        guard let source else { return }
        if !source.watchers.contains(where: { $0 === line }) { source.watchers.append(line) }
        if waits, source.id != present { source.request(reason, now: now) }
    }

    // MARK: Rules

    /// How the leg is shown the cameras of the room.
    func delivery(for leg: VideoLeg) -> VideoDelivery {
        delivery(for: leg) { kind in
            legs.contains { other in
                guard other !== leg else { return false }
                return [other.camera, other.screen].contains { source in
                    source.map { $0.health.isLive && !$0.classes.contains(kind) } ?? false
                }
            } || hasTooLarge(for: leg)
        }
    }

    /// Whether somebody else's live picture is larger than the leg's main line takes.
    ///
    /// - Parameter largest: no picture is larger: most often that settles it.
    private func hasTooLarge(_ largest: (width: Int, height: Int), for leg: VideoLeg) -> Bool {
        guard let limits = leg.main?.settings.limits, largest.width > 0,
            !limits.allow(width: largest.width, height: largest.height)
        else { return false }
        return hasTooLarge(for: leg)
    }

    private func hasTooLarge(for leg: VideoLeg) -> Bool {
        guard let line = leg.main else { return false }
        return legs.contains { other in
            other !== leg
                && [other.camera, other.screen].contains { source in
                    source.map { $0.health.isLive && !line.takesSize(of: $0) } ?? false
                }
        }
    }

    private func delivery(for leg: VideoLeg, hasForeign: (VideoClass) -> Bool) -> VideoDelivery {
        if rule.fillsSlots, !leg.slots.isEmpty { return .slots }
        guard let kind = leg.main?.settings.receiverClass else { return .speaker }
        switch rule.grid {
        case .never: return .speaker
        case .always: return .grid(kind)
        case .whereCodecsDiffer: return hasForeign(kind) ? .grid(kind) : .speaker
        }
    }

    private func fill(_ leg: VideoLeg, _ survey: Survey, isUsed: Bool, now: MediaInstant) {
        guard !leg.slots.isEmpty || !leg.assignment.slots.isEmpty else { return }
        // Lines that are offered together are of one kind.
        let kinds = isUsed ? leg.slots.first?.settings.receiverClasses ?? [] : []
        let others = survey.candidates(kinds) { camera in
            guard isUsed, let line = leg.slots.first, let source = sources[camera] else { return false }
            return camera != leg.camera?.id && canTranscode(source, for: line)
        }.filter { $0.source != leg.camera?.id }
        leg.assignment.update(slots: leg.slots.count, others, now: now)
    }

    /// The screen that a line is to show; nil where there is none.
    private func presenter(for line: VideoLine) -> VideoSource? {
        guard line.settings.sends, line.settings.receiverClass != nil else { return nil }
        let shown = presenters.presenter { id in
            guard let source = sources[id], source.owner != line.owner, source.health.isLive else { return false }
            // Who has one picture for all sees it on the grid, if need be.
            return line.reads(source) || line.role == .slides && canTranscode(source, for: line)
        }
        return shown.flatMap { sources[$0] }
    }

    /// What the leg's one picture is to be; nil for nothing.
    private func picture(
        for line: VideoLine, of leg: VideoLeg, _ delivery: VideoDelivery, _ survey: Survey
    ) -> VideoSource? {
        guard line.settings.sends, let kind = line.settings.receiverClass else { return nil }
        // A shared screen is the large picture of the grid.
        if case .grid = delivery, let canvas = canvas(for: line) { return canvas }
        if leg.slides == nil, let screen = presenter(for: line) { return screen }
        if delivery == .slots { return nil }
        let speaker = survey.speakers[kind.rawValue]
        return speaker?.owner == leg.id ? self.speaker(for: leg.id, kind) : speaker
    }

    /// - Parameter leg: who looks; nil for whoever does not speak.
    private func speaker(for leg: LegID?, _ kind: VideoClass) -> VideoSource? {
        guard let shown = speakers[kind.rawValue].picture(for: leg),
            let camera = legs.first(where: { $0.id == shown })?.camera, camera.health.isLive
        else { return nil }
        return camera
    }

    // MARK: Questions

    func statistics(of leg: VideoLeg) -> VideoStatistics {
        let camera = leg.camera
        let delivery = delivery(for: leg)
        return VideoStatistics(
            codec: camera?.codec ?? leg.lines.first?.settings.codec ?? .vp8,
            camera: camera?.state ?? .absent(.cameraOff), pictureSize: camera?.pictureSize,
            delivery: figures(of: delivery, leg),
            sees: owner(leg.main?.forwarder.shown), presenter: owner(leg.slides?.forwarder.shown),
            presents: leg.screen?.health.isLive ?? false, lack: lack(of: leg, delivery),
            packetsReceived: leg.lines.reduce(0) { $0 &+ ($1.source?.packets ?? 0) },
            packetsSent: leg.lines.reduce(0) { $0 &+ UInt64($1.packetsSent) },
            remoteFractionLost: Double(leg.lines.map(\.remoteFractionLost).max() ?? 0) / 256,
            roundTrip: leg.lines.compactMap(\.roundTrip).max())
    }

    private func figures(of delivery: VideoDelivery, _ leg: VideoLeg) -> VideoStatistics.Delivery {
        switch delivery {
        case .slots: .slots(filled: leg.slots.count { $0.forwarder.shown != nil }, of: leg.slots.count)
        case .speaker: .speaker
        case .grid: leg.main?.selected.flatMap { grid.figures(of: $0) }.map { .grid($0) } ?? .speaker
        }
    }

    /// Whose camera or screen it is, in whatever codec.
    private func owner(_ source: VideoSourceID?) -> LegID? {
        guard let source = source.flatMap({ sources[$0] }) else { return nil }
        return source.owner ?? source.contributor.flatMap { sources[VideoSourceID(rawValue: $0)]?.owner }
    }

    private func lackInSlots(of leg: VideoLeg, _ cameras: [VideoSource]) -> VideoStatistics.Lack? {
        guard let line = leg.slots.first else { return nil }
        for camera in cameras where !line.reads(camera) {
            let isPlaced = leg.assignment.slots.contains(camera.id)
            if isPlaced, isBeyondLimit(camera, for: line) {
                return .manyAnew(camera.codec, limit: Self.mostTranscoded)
            }
            guard canTranscode(camera, for: line), !isPlaced || transcoders[camera.id] != nil else {
                return .otherCodec(camera.codec)
            }
        }
        return nil
    }

    /// Why `leg` sees less than there is.
    private func lack(of leg: VideoLeg, _ delivery: VideoDelivery) -> VideoStatistics.Lack? {
        let lines = (leg.main.map { [$0] } ?? []) + leg.slots
        guard lines.contains(where: \.settings.sends) else { return .takesNone }
        for line in lines {
            if let owner = owner(line.forwarder.awaited) { return .keyframe(owner) }
        }
        if let line = leg.slides, let screen = presenter(for: line), isBeyondLimit(screen, for: line) {
            return .manyAnew(screen.codec, limit: Self.mostTranscoded)
        }
        let others = legs.filter { $0 !== leg && $0.camera?.health.isLive == true }
        switch delivery {
        case .slots:
            if let lack = lackInSlots(of: leg, others.compactMap(\.camera)) { return lack }
            if others.isEmpty { return .nobody }
            let hidden = others.count - leg.assignment.filled
            return hidden > 0 ? .fewSlots(hidden: hidden) : nil
        case .grid where rule.grid == .always && leg.main?.selected.flatMap { grid.figures(of: $0) } == nil:
            return .notComposed
        case .speaker, .grid:
            if let line = leg.main, let shown = line.forwarder.shown.flatMap({ sources[$0] }), let owner = shown.owner,
                let size = shown.pictureSize, !line.takesSize(of: shown)
            {
                return .tooLarge(owner, size)
            }
            // Who has one line sees one at a time; a camera that it cannot be sent is missed by whoever looks for its owner.
            if delivery == .speaker, let line = leg.main,
                let foreign = others.lazy.compactMap(\.camera).first(where: {
                    line.settings.payloadTypes[$0.codec] == nil
                })
            {
                return .otherCodec(foreign.codec)
            }
            guard leg.main?.forwarder.shown == nil else { return nil }
            return others.first?.camera.map { .otherCodec($0.codec) } ?? .nobody
        }
    }
}
