// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture
import RTP
import Video

/// The composed picture of one room: everybody's camera or name, decoded once a camera, drawn once a size, encoded once a class.
/// Confined to the canvas's thread; time comes in as an argument.
///
///     packets ──▶ `GridSource` ──▶ pictures ──▶ `Composer`, one a size ──▶ `GridEncoding`, one a class ──▶ packets
final class GridCanvas {
    let port: GridPort
    private(set) var counters = GridCounters()
    private var scene = GridScene()
    private var sources: [VideoSourceID: GridSource] = [:]
    /// The sources in turn: whoever was first is last next time.
    private var turn: [GridSource] = []
    private var drawings: [Drawing] = []
    private var encodings: [GridEncoding] = []
    private let cache: TileCache
    private let makeEncoder: VideoEncoderMaker
    private var events: [GridEvent] = []
    private var reportedRate: Int?
    private var lipSync = GridLipSync()

    /// What one size of canvas needs.
    private struct Drawing {
        let composer: Composer
        var areas: [PictureArea]
    }

    /// - Parameter cache: shared by the canvases of the thread.
    init(
        _ port: GridPort, cache: TileCache, makeEncoder: @escaping VideoEncoderMaker = VideoCodec.usualEncoder
    ) {
        self.makeEncoder = makeEncoder
        self.port = port
        self.cache = cache
        counters.canvases = 1
    }

    /// Cameras that are decoded.
    var sourceCount: Int { sources.count }

    // MARK: In

    /// Shows another scene from the next tick on.
    func show(_ new: GridScene) {
        let before = scene
        scene = new
        for member in new.members {
            guard let id = member.source else { continue }
            let was = before.members.first { $0.id == member.id }
            if member.absence != nil, was?.absence == nil { sources[id]?.withdraw() }
        }
        let wanted = Set(new.members.compactMap(\.source))
        sources = sources.filter { wanted.contains($0.key) }
        turn.removeAll { !wanted.contains($0.id) }
        if before.outputs != new.outputs { open(new.outputs) }
        if before.outputs != new.outputs || before.members.map(\.id) != new.members.map(\.id) || before.main != new.main
        {
            layOut()
        }
        (counters.sources, counters.streams) = (sources.count, encodings.count)
    }

    private func open(_ outputs: [GridScene.Output]) {
        encodings = outputs.map { output in
            encodings.first { $0.output == output } ?? GridEncoding(output, makeEncoder)
        }
        let sizes = Set(outputs.map(\.format.size))
        drawings.removeAll { !sizes.contains($0.composer.canvas.size) }
        for size in sizes where !drawings.contains(where: { $0.composer.canvas.size == size }) {
            drawings.append(Drawing(composer: Composer(size, cache: cache), areas: []))
        }
    }

    private func layOut() {
        for index in drawings.indices {
            let size = drawings[index].composer.canvas.size
            drawings[index].areas = GridLayouts.areas(scene, on: size)
        }
    }

    /// The next canvas of that output is to be decodable without what was before.
    func requestKeyframe(_ output: VideoSourceID) {
        encodings.first { $0.output.id == output }?.wantsKeyframe = true
    }

    /// Takes `count` packets of cameras out of the ring: those that were there before the scene was looked at, so that none comes before
    /// the scene that names its camera.
    func takePackets(_ count: Int) {
        for _ in 0..<count {
            let isTaken = port.packets.take { datagram, tag in
                guard let source = source(tag) else { return }
                source.insert(datagram, tag)
            }
            guard isTaken else { return }
        }
    }

    private func source(_ tag: PictureTag) -> GridSource? {
        if let source = sources[tag.source] { return source }
        guard tag.codec.picture != nil, let member = scene.members.first(where: { $0.source == tag.source }) else {
            return nil
        }
        let source = GridSource(tag.source, tag.codec, isScreen: member.isScreen)
        sources[tag.source] = source
        turn.append(source)
        counters.sources = sources.count
        return source
    }

    // MARK: Decoding

    /// Decodes one frame of each camera that has one.
    /// - Parameters:
    ///   - share: nanoseconds of the processor for one camera between two ticks.
    ///   - deadline: when the canvas has to be drawn.
    ///   - clock: what time it is.
    /// - Returns: whether there may be more.
    func decodeRound(share: Int64, until deadline: MediaInstant, clock: () -> MediaInstant) -> Bool {
        let began = ProcessorTime.ofThread()
        defer { counters.decoding &+= UInt64(max(0, ProcessorTime.ofThread() - began)) }
        var isMore = false
        for index in turn.indices {
            let now = clock()
            guard now < deadline else {
                // Who was not looked at is first next time.
                turn = Array(turn[index...] + turn[..<index])
                return true
            }
            switch turn[index].decodeNext(share: share, now: now) {
            case .idle: continue
            case .held: break
            case .decoded(.vp8): counters.decodesVP8 &+= 1
            case .decoded(.h264): counters.decodesH264 &+= 1
            case .failed: counters.decodeErrors &+= 1
            case .skipped: counters.decodeSkips &+= 1
            }
            isMore = true
        }
        return isMore
    }

    // MARK: Out

    /// Draws and encodes the canvas as it is now, and tells the media thread.
    /// - Parameters:
    ///   - time: of the picture, on an even beat.
    ///   - rate: canvases a second.
    ///   - now: when it is drawn.
    func tick(_ time: MediaInstant, rate: Int, now: MediaInstant) {
        let began = ProcessorTime.ofThread()
        events.removeAll(keepingCapacity: true)
        if rate != reportedRate { events.append(.rate(rate)) }
        reportedRate = rate
        for source in turn {
            source.beginTick(now: now)
            if let isDamaged = source.takeDamage() { events.append(.damaged(source.id, isDamaged)) }
            guard source.takeKeyframeDemand(now: now) else { continue }
            events.append(.keyframeWanted(source.id))
            counters.keyframeDemands &+= 1
        }
        followTalker(now: now)
        let sync = CanvasSync(drawn: now, soundDelay: lipSync.delay)
        var scaling: Int64 = 0
        for drawing in drawings {
            scaling += drawing.composer.compose(tiles(in: drawing.areas)).scaling.components.attoseconds / 1_000_000_000
        }
        let composed = ProcessorTime.ofThread()
        for encoding in encodings {
            let size = encoding.output.format.size
            guard let drawing = drawings.first(where: { $0.composer.canvas.size == size }) else { continue }
            switch encoding.encode(drawing.composer.canvas, rate: rate, into: port.canvases, now: time, sync) {
            case .encoded(.vp8): counters.encodesVP8 &+= 1
            case .encoded(.h264): counters.encodesH264 &+= 1
            case .leftOut: break
            case .failed: counters.encodeErrors &+= 1
            }
        }
        counters.scaling &+= UInt64(max(0, scaling))
        counters.drawing &+= UInt64(max(0, composed - began - scaling))
        counters.encoding &+= UInt64(max(0, ProcessorTime.ofThread() - composed))
        counters.packetsLost = UInt64(port.packets.dropped + port.canvases.dropped)
        port.report(events)
    }

    private func followTalker(now: MediaInstant) {
        for member in scene.members where member.isTalking && member.absence == nil && !member.isScreen {
            guard let source = member.source.flatMap({ sources[$0] }), source.picture != nil else { continue }
            return lipSync.drew(source.arrival, soundDelay: source.soundDelay, now: now)
        }
    }

    private func tiles(in areas: [PictureArea]) -> [Tile] {
        zip(scene.members, areas).compactMap { member, area in
            guard !area.isEmpty else { return nil }
            return Tile(
                source: member.id, area: area, content: content(of: member), name: member.name,
                isTalking: member.isTalking)
        }
    }

    private func content(of member: GridScene.Member) -> Tile.Content {
        if let absence = member.absence { return .card(reason: absence) }
        guard let source = member.source.flatMap({ sources[$0] }) else {
            return .card(reason: PictureAbsence.starting.words)
        }
        if let picture = source.picture { return .picture(picture) }
        return .card(reason: (source.absence ?? .starting).words)
    }
}

/// Where the members of a scene stand.
enum GridLayouts {
    /// The places of the scene's members, in their order; empty for whom there is no room.
    static func areas(_ scene: GridScene, on canvas: PictureSize) -> [PictureArea] {
        let members = scene.members.map(\.id)
        var options = LayoutOptions()
        // Side by side, four and sixteen tiles are exact parts of a camera's picture, which are scaled in a fifth of the time.
        options.gap = 0
        let layout =
            scene.main.map { main in GridLayout.main(main, others: members, on: canvas, options: options) }
            ?? GridLayout.grid(members, on: canvas, options: options)
        let places = Dictionary(
            layout.tiles.map { ($0.member, $0.area) }, uniquingKeysWith: { first, _ in first })
        return members.map { places[$0] ?? PictureArea(x: 0, y: 0, width: 0, height: 0) }
    }
}

extension PictureAbsence {
    /// For people, on a name card.
    var words: String {
        switch self {
        case .starting: "no picture yet"
        case .cameraOff: "camera off"
        case .held: "on hold"
        case .stalled: "no picture"
        case .decoderError: "picture damaged"
        }
    }
}
