// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture
import RTP
import Video

@testable import MediaServer

/// A camera whose packets go to a canvas by hand: a test pattern with a patch in its colour.
final class GridCamera {
    let id: VideoSourceID
    let color: PictureColor
    let codec: VideoCodec
    /// Every packet is cut in half.
    var isDamaged = false
    /// Nanoseconds that its member's sound waits.
    var soundDelay: Int64 = 0

    private let encoder: any VideoEncoder
    private let pattern: TestPattern
    private let picture: PictureFrame
    private var frame = EncodedFrame()
    private var vp8 = VP8Packetizer(pictureID: 1)
    private var h264 = H264Packetizer(mode: .nonInterleaved)
    private var sequence: UInt16 = 65_530
    private(set) var keyframes = 0

    init(
        _ id: UInt32, _ color: PictureColor, _ codec: VideoCodec,
        size: PictureSize = PictureSize(320, 180), bitrate: Int = 400_000
    ) throws {
        self.id = VideoSourceID(rawValue: id)
        self.color = color
        self.codec = codec
        encoder = try codec.makeEncoder(VideoEncoderParameters(size: size, frameRate: 15, bitrate: bitrate))
        pattern = TestPattern(name: "camera \(id)", color: color)
        picture = PictureFrame(size)
    }

    /// Its packets' datagrams for the picture of that moment.
    func shoot(at now: MediaInstant, keyframe: Bool = false) throws -> [[UInt8]] {
        pattern.draw(UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000), on: picture)
        let time = now.nanoseconds / 1000 * 90 / 1000
        guard try encoder.encode(picture, timestamp: time, keyframe: keyframe, into: &frame) else { return [] }
        if frame.isKeyframe { keyframes += 1 }
        let bytes = frame.bytes
        if codec == .h264 { h264.begin(bytes.span) } else { vp8.begin(size: bytes.count) }
        var datagrams: [[UInt8]] = []
        var isLast = false
        while !isLast {
            var datagram = [UInt8](repeating: 0, count: 1500)
            var place = datagram.mutableSpan
            let made =
                codec == .h264
                ? h264.next(of: bytes.span, into: &place, at: 12) : vp8.next(of: bytes.span, into: &place, at: 12)
            guard let made else { break }
            isLast = made.isLast
            place[0] = 0x80
            place[1] = 96 | (isLast ? 0x80 : 0)
            place.setBigEndian(sequence, at: 2)
            place.setBigEndian(UInt32(truncatingIfNeeded: time), at: 4)
            place.setBigEndian(id.rawValue, at: 8)
            sequence &+= 1
            datagrams.append(Array(datagram[0..<(12 + (isDamaged ? made.size / 2 : made.size))]))
        }
        return datagrams
    }

    func tag(_ now: MediaInstant) -> PictureTag {
        PictureTag(source: id, codec: codec == .vp8 ? .vp8 : .h264, instant: now, soundDelay: soundDelay)
    }
}

/// What one output of a canvas looks like at a receiver.
final class GridScreen {
    let output: GridScene.Output
    private let assembler: FrameAssembler
    private let decoder: any VideoDecoder
    private(set) var pictures: [PictureFrame] = []
    private(set) var broken = 0
    private(set) var largestPacket = 0

    init(_ output: GridScene.Output) throws {
        self.output = output
        assembler = FrameAssembler(codec: output.format.codec)
        decoder = try (output.format.codec == .vp8 ? VideoCodec.vp8 : .h264).makeDecoder()
    }

    func take(_ datagram: Span<UInt8>, now: MediaInstant) {
        guard let header = try? RTPHeader(parsing: datagram), header.ssrc == output.ssrc else { return }
        largestPacket = max(largestPacket, datagram.count)
        assembler.insert(header, datagram: datagram, now: now)
        while let next = assembler.next(now: now) {
            guard case .frame(let frame) = next else {
                broken += 1
                continue
            }
            let picture = assembler.withFrame { try? decoder.decode($0, timestamp: frame.timestamp) }
            if let picture { pictures.append(picture) } else { broken += 1 }
        }
    }

    func forget() { pictures = [] }
}

/// A canvas turned by hand in simulated time, with cameras before and screens behind it.
final class GridRig {
    let canvas: GridCanvas
    var scene: GridScene
    var cameras: [GridCamera] = []
    var screens: [GridScreen] = []
    private(set) var now = MediaInstant(nanoseconds: 1_000_000_000)
    /// Nanoseconds of the processor that a camera may have between two ticks.
    var share: Int64 = 1_000_000_000
    /// Cameras that were said to need a key frame.
    private(set) var demands: [VideoSourceID] = []
    /// Cameras that were said not to decode, or to decode again.
    private(set) var damages: [(source: VideoSourceID, isDamaged: Bool)] = []
    /// Cameras that say nothing.
    var silent: Set<VideoSourceID> = []
    /// A camera whose first packet of each picture is lost.
    var loses: VideoSourceID?
    /// Nanoseconds by which canvases are drawn too late.
    var lateness: Int64 = 0
    private let port = GridPort {}

    static let rate = 15

    init(_ outputs: [GridClass]) throws {
        canvas = GridCanvas(port, cache: TileCache())
        scene = GridScene()
        for (index, format) in outputs.enumerated() {
            let output = GridScene.Output(
                id: VideoSourceID(rawValue: 1000 + UInt32(index)), ssrc: 9000 + UInt32(index), format: format)
            scene.outputs.append(output)
            screens.append(try GridScreen(output))
        }
    }

    /// Has the canvas recorded too.
    func record(_ pictures: RecordedPictures) {
        scene.outputs.append(
            GridScene.Output(
                id: VideoSourceID(rawValue: 2000), ssrc: 1, format: pictures.format, recorded: pictures))
    }

    func add(_ camera: GridCamera, name: String = "") {
        cameras.append(camera)
        scene.members.append(
            GridScene.Member(
                id: UInt64(camera.id.rawValue), name: name, source: camera.id, absence: nil, isTalking: false))
    }

    func addName(_ id: UInt64, _ name: String) {
        scene.members.append(GridScene.Member(id: id, name: name, source: nil, absence: "audio only", isTalking: false))
    }

    /// Cameras send a picture, the canvas is drawn, screens see it; so many times.
    func turn(_ count: Int = 1) throws {
        for _ in 0..<count {
            now = now.advanced(byNanoseconds: 1_000_000_000 / Int64(Self.rate))
            let wanted = Set(demands)
            demands = []
            for camera in cameras where !silent.contains(camera.id) {
                let datagrams = try camera.shoot(at: now, keyframe: wanted.contains(camera.id))
                for datagram in datagrams.dropFirst(loses == camera.id ? 1 : 0) {
                    port.packets.give(datagram.span, camera.tag(now))
                }
            }
            let waiting = port.packets.count
            canvas.show(scene)
            canvas.takePackets(waiting)
            let deadline = now.advanced(byMilliseconds: 1)
            while canvas.decodeRound(share: share, until: deadline, clock: { now }) {}
            canvas.tick(now, rate: Self.rate, now: now.advanced(byNanoseconds: lateness))
            for event in port.takeEvents() {
                switch event {
                case .keyframeWanted(let source): demands.append(source)
                case .damaged(let source, let isDamaged): damages.append((source, isDamaged))
                case .rate: break
                }
            }
            while port.canvases.take({ datagram, _ in
                for screen in screens { screen.take(datagram, now: now) }
            }) {}
        }
    }

    /// Where the members stand on that screen.
    func areas(_ screen: GridScreen) -> [PictureArea] { GridLayouts.areas(scene, on: screen.output.format.size) }
}

extension PictureColor {
    static let red = PictureColor(red: 220, green: 20, blue: 20)
    static let green = PictureColor(red: 20, green: 200, blue: 20)
    static let blue = PictureColor(red: 20, green: 20, blue: 220)
    static let yellow = PictureColor(red: 210, green: 200, blue: 20)
}
