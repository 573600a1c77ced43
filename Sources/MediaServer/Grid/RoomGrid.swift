// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture
import RTP
import Video

/// A composed picture of one room as its media thread sees it: who gets it, what is to be on it, and the streams that come back, which are
/// sources as cameras are. Confined to the room's thread. While nobody gets it there is no canvas, and nothing is decoded.
final class RoomGrid {
    private let canvases: RoomCanvases
    private var port: GridPort?
    private var streams: [GridStream] = []
    /// The canvas that is recorded, which nobody need see.
    private var recorded: GridScene.Output?
    private var places: GridPlaces
    private var posted = GridScene()
    /// Cameras whose packets are copied to the canvas.
    private var tapped: [VideoSource] = []
    /// Canvases a second, as the canvas last said; nil before that.
    private(set) var rate: Int?
    /// When to look at the scene again: everything that changes it may wait so long.
    private var nextLook = MediaInstant.zero

    private static let lookInterval = 40

    init(_ canvases: RoomCanvases) {
        self.canvases = canvases
        places = GridPlaces(capacity: canvases.configuration.maximumTiles)
    }

    var configuration: GridConfiguration { canvases.configuration }

    /// There is a canvas.
    var isOpen: Bool { port != nil }

    /// Another picture of the same room.
    func another() -> RoomGrid { RoomGrid(canvases) }

    /// Whether there is a canvas, and time to look at what is to be on it.
    func isDue(now: MediaInstant) -> Bool {
        guard port != nil, now >= nextLook else { return false }
        nextLook = now.advanced(byMilliseconds: Self.lookInterval)
        return true
    }

    // MARK: Who gets it

    /// The canvas in that form, made where there was none.
    /// - Parameter portrayed: the one camera that is ever on it.
    /// - Returns: nil where the system has no thread for it.
    func stream(_ format: GridClass, portraying portrayed: VideoSourceID? = nil) -> VideoSource? {
        if let stream = streams.first(where: { $0.output.format == format }) { return stream.source }
        guard let port = opened() else { return nil }
        let stream = GridStream(format, port, canvases, portraying: portrayed)
        streams.append(stream)
        nextLook = .zero
        return stream.source
    }

    private func opened() -> GridPort? {
        if let port { return port }
        let made = GridPort(wake: canvases.wake)
        guard canvases.post(.open(made)) else { return nil }
        port = made
        return made
    }

    /// Has the canvas recorded, made where there was none; nil ends that. Where the system has no thread for it the record has no pictures.
    func record(_ pictures: RecordedPictures?) {
        if let pictures, opened() != nil {
            let id = VideoSourceID(rawValue: .random(in: 1 ... .max))
            recorded = GridScene.Output(id: id, ssrc: id.rawValue, format: pictures.format, recorded: pictures)
            nextLook = .zero
        } else {
            recorded = nil
            if streams.isEmpty { close() }
        }
    }

    /// The canvas that comes from that source; nil for one that is not made here.
    func figures(of source: VideoSourceID) -> VideoStatistics.Grid? {
        guard let size = streams.first(where: { $0.output.id == source })?.output.format.size else { return nil }
        return VideoStatistics.Grid(
            size: size, rate: rate,
            wantedRate: configuration.rate)
    }

    /// Ends the streams that nobody gets any more, and the canvas with the last.
    /// - Returns: their sources.
    func end(where isUnused: (VideoSource) -> Bool) -> [VideoSource] {
        let ended = streams.map(\.source).filter(isUnused)
        guard !ended.isEmpty else { return [] }
        streams.removeAll { stream in ended.contains { $0 === stream.source } }
        if streams.isEmpty, recorded == nil { close() }
        return ended
    }

    /// Ends the canvas.
    func close() {
        guard let closed = port else { return }
        _ = canvases.post(.close(closed))
        for source in tapped { source.leave(closed) }
        (port, tapped, posted, rate, recorded) = (nil, [], GridScene(), nil, nil)
    }

    // MARK: What is on it

    /// Tells the canvas what it is to show, where that has changed.
    /// - Parameters:
    ///   - members: all of the room, in the order of joining.
    ///   - source: the one of that number.
    func show(_ members: [GridTile], source: (VideoSourceID) -> VideoSource?, now: MediaInstant) {
        guard let port else { return }
        places.settle(members.map(\.candidate))
        var scene = GridScene()
        scene.members = places.shown.compactMap { id in members.first { $0.member.id == id }?.member }
        scene.main = members.first(where: \.isMain)?.member.id
        scene.outputs = streams.map(\.output) + (recorded.map { [$0] } ?? [])
        guard scene != posted else { return }
        _ = canvases.post(.show(port, scene))
        posted = scene
        tap(Set(scene.members.compactMap(\.source)).compactMap(source), port, now: now)
    }

    private func tap(_ sources: [VideoSource], _ port: GridPort, now: MediaInstant) {
        for source in tapped where !sources.contains(where: { $0 === source }) { source.leave(port) }
        for source in sources where !source.canvases.contains(where: { $0 === port }) {
            source.canvases.append(port)
            // Its decoder can begin with nothing else.
            if source.health.isLive { source.request(.join, now: now) }
        }
        tapped = sources
    }

    // MARK: What comes back

    /// Hands packets of canvases to `body`, and asks cameras for what the canvas wants of them.
    func takeIn(
        source: (VideoSourceID) -> VideoSource?, now: MediaInstant,
        _ body: (VideoSource, VideoPacket, Span<UInt8>) -> Void
    ) {
        guard let port else { return }
        for event in port.takeEvents() {
            switch event {
            case .keyframeWanted(let id):
                // One that is not live is asked by its own rules.
                if let source = source(id), source.health.isLive { source.request(.decoder, now: now) }
            case .damaged(let id, let isDamaged): source(id)?.note(damage: isDamaged, on: port)
            case .rate(let rate): self.rate = rate
            }
        }
        var isMore = true
        while isMore {
            isMore = port.canvases.take { datagram, tag in
                guard let stream = streams.first(where: { $0.output.id == tag.source }),
                    let header = try? RTPHeader(parsing: datagram)
                else { return }
                stream.source.soundDelay = tag.instant.nanoseconds(since: now) + tag.soundDelay
                body(stream.source, VideoPacket(header, codec: tag.codec, datagram: datagram), datagram)
            }
        }
    }
}

/// A member of a room as its canvas needs to know it.
struct GridTile {
    var member: GridScene.Member
    var isMain = false
    var lastTalked: UInt64

    var candidate: GridPlaces.Candidate {
        // What is large has a place whatever the others do.
        GridPlaces.Candidate(
            id: member.id, isLive: member.absence == nil, lastTalked: isMain ? .max : lastTalked)
    }
}

/// The thread of the canvases as the rooms of one media thread see it.
final class RoomCanvases {
    let configuration: GridConfiguration
    let wake: @Sendable () -> Void
    private let worker: GridWorker

    /// - Parameter wake: makes the media thread look for what canvases have sent.
    init(_ worker: GridWorker, _ configuration: GridConfiguration, wake: @escaping @Sendable () -> Void) {
        self.worker = worker
        self.configuration = configuration
        self.wake = wake
    }

    /// - Returns: false where the system has no thread for canvases.
    func post(_ command: GridCommand) -> Bool {
        (try? worker.post(command)) != nil
    }
}

/// One form of the canvas as a source: a key frame of it is the encoder's next picture.
private final class GridStream: VideoOrigin {
    let output: GridScene.Output
    let source: VideoSource
    private let port: GridPort
    private let canvases: RoomCanvases

    init(_ format: GridClass, _ port: GridPort, _ canvases: RoomCanvases, portraying portrayed: VideoSourceID?) {
        let id = VideoSourceID(rawValue: .random(in: 1 ... .max))
        output = GridScene.Output(id: id, ssrc: id.rawValue, format: format)
        source = VideoSource(
            id, .canvas, of: nil, codec: format.codec, ways: .pictureLoss, asksForPackets: false,
            portraying: portrayed)
        self.port = port
        self.canvases = canvases
        source.origin = self
    }

    func ask(_ ask: KeyframeAsk) {
        _ = canvases.post(.requestKeyframe(port, output.id))
    }
}
