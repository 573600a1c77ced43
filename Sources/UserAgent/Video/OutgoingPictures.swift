// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Geometry
import Picture
import RTP
import Synchronization
import Video

/// What an encoder is to make of a source's pictures.
struct EncodingOrder: Hashable, Sendable {
    var codec: PayloadFormat
    var target: VideoTarget
    /// H.264 of packetization-mode 0: no slice may be larger than a packet.
    var slicesFitPackets: Bool
}

/// One coded picture on its way to the call's video thread.
struct EncodedPicture: Sendable {
    var codec: PayloadFormat
    var bytes: [UInt8]
    var isKeyframe: Bool
    var captured: MediaInstant
    /// Nanoseconds that scaling and encoding took.
    var duration: Int64
    /// Of the source's picture.
    var source: PictureSize
}

/// From a camera, screen or file to coded pictures, on a thread of its own, so that no encoder ever delays audio. Callable from any thread.
///
/// The newest picture counts: what the encoder has no time for is never looked at. A source that stands still (a still image) is sent
/// again three times a second, so that nobody takes it for dead, and everybody knows within a second when it is.
final class OutgoingPictures: Sendable {
    let token: PictureToken
    let kind: PictureKind
    /// For the audio to mix in.
    let sound: (any AudioSource)?
    private let source: any PictureSource
    private let wish: CaptureFormat
    private let preview: @Sendable (SharedPicture) -> Void
    private let report: @Sendable (CaptureEvent) -> Void
    private let hasBegun: Atomic<Bool>
    private let shared: Shared
    private let thread: DeviceThread

    /// Begins to capture, unless it is a recording. Opens the device: may block for a second.
    /// - Parameters:
    ///   - token: tells it from others.
    ///   - quality: the best that is captured.
    ///   - preview: takes each picture as it was captured; on the source's thread.
    ///   - report: what becomes of the source; on the source's thread.
    init(
        _ source: MovingPictures, token: PictureToken, quality: VideoQuality,
        preview: @escaping @Sendable (SharedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws {
        let shared = Shared(bell: try WakeSignal())
        self.source = source.pictures
        kind = source.kind
        sound = source.sound
        self.token = token
        wish = CaptureFormat(size: quality.largest(of: source.kind), rate: quality.rate(of: source.kind))
        self.preview = preview
        self.report = report
        self.shared = shared
        hasBegun = Atomic(false)
        let makeEncoder = source.makeEncoder
        thread = try DeviceThread(name: "video-out") { shared.run($0, makeEncoder) }
        guard !source.isRecording else { return }
        do {
            try begin()
        } catch {
            thread.stop()
            throw error
        }
    }

    /// Begins to capture where it has not begun; may block for a second.
    /// - Throws: `DeviceError`.
    func begin() throws {
        guard hasBegun.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        let (preview, report, shared) = (preview, report, shared)
        try source.start(
            wish,
            deliver: { captured in
                preview(captured.picture)
                shared.take(captured)
            },
            report: { event in
                shared.note(event)
                report(event)
            })
        try sound?.start()
    }

    /// What is to be made from now on, and who takes it; nil: nothing.
    func order(_ order: EncodingOrder?, deliver: @escaping @Sendable (EncodedPicture) -> Void) {
        shared.state.withLock { state in
            state.order = order
            state.deliver = deliver
        }
        shared.bell.raise()
    }

    /// The next picture must be decodable without what was before.
    func wantKeyframe() {
        shared.state.withLock { $0.wantsKeyframe = true }
        shared.bell.raise()
    }

    /// Frees the device and ends the thread. Blocks for a picture at most.
    func stop() {
        source.stop()
        sound?.stop()
        shared.bell.raise()
        thread.stop()
    }
}

private final class Shared: Sendable {
    struct State {
        var order: EncodingOrder?
        var deliver: (@Sendable (EncodedPicture) -> Void)?
        var wantsKeyframe = false
        /// Not looked at yet.
        var newest: CapturedPicture?
        var isLost = false
    }

    /// What is to be encoded now.
    struct Job {
        var order: EncodingOrder
        var captured: CapturedPicture
        var isKeyframe: Bool
        var deliver: @Sendable (EncodedPicture) -> Void
    }

    let state = Mutex(State())
    let bell: WakeSignal

    /// Milliseconds after which a picture that stands is sent again; less where a key frame is wanted.
    private static let repetition = 300
    private static let keyframePatience = 100

    init(bell: consuming WakeSignal) {
        self.bell = bell
    }

    func take(_ captured: CapturedPicture) {
        state.withLock { $0.newest = captured }
        bell.raise()
    }

    func note(_ event: CaptureEvent) {
        state.withLock { state in
            switch event {
            case .lost, .ended:
                state.isLost = true
                state.newest = nil
            case .returned:
                state.isLost = false
                state.wantsKeyframe = true
            }
        }
    }

    func run(_ thread: DeviceThread, _ makeEncoder: @escaping VideoEncoderMaker) {
        guard var poll = try? EventPoll(), (try? poll.add(bell.descriptor, token: 0)) != nil else { return }
        ThreadRank.behind.take()
        var last: CapturedPicture?
        var sent = MediaInstant.zero
        var encoding = PictureEncoding(makeEncoder)
        while !thread.isStopping {
            _ = try? poll.wait(milliseconds: 50)
            bell.clear()
            guard let job = next(after: &last, sent: sent, encoding: encoding) else { continue }
            let start = MediaInstant.now()
            if let picture = encoding.encode(job.captured, by: job.order, keyframe: job.isKeyframe, began: start) {
                sent = start
                job.deliver(picture)
            } else if job.isKeyframe {
                state.withLock { $0.wantsKeyframe = true }
            }
        }
    }

    private func next(after last: inout CapturedPicture?, sent: MediaInstant, encoding: PictureEncoding) -> Job? {
        let now = MediaInstant.now()
        return state.withLock { state in
            let newest = state.newest.take()
            last = state.isLost ? nil : newest ?? last
            guard let order = state.order, let deliver = state.deliver else { return nil }
            let isKeyframe = state.wantsKeyframe
            if let newest {
                guard isKeyframe || encoding.isDue(newest) else { return nil }
                state.wantsKeyframe = false
                return Job(order: order, captured: newest, isKeyframe: isKeyframe, deliver: deliver)
            }
            let patience = isKeyframe ? Self.keyframePatience : Self.repetition
            guard var standing = last, now.milliseconds(since: sent) >= patience else { return nil }
            standing.captured = now.nanoseconds
            state.wantsKeyframe = false
            return Job(order: order, captured: standing, isKeyframe: isKeyframe, deliver: deliver)
        }
    }
}

/// Scaler and encoder of one stream. Belongs to one thread.
private struct PictureEncoding {
    private let makeEncoder: VideoEncoderMaker
    private let pool = PicturePool(capacity: 3)
    private var encoder: (any VideoEncoder)?
    private var frame = EncodedFrame()
    /// When the next picture is due, by the source's times.
    private var due = MediaInstant.zero

    init(_ makeEncoder: @escaping VideoEncoderMaker) {
        self.makeEncoder = makeEncoder
    }

    /// Whether a picture is to be encoded: every other of a source twice as fast as wanted.
    func isDue(_ captured: CapturedPicture) -> Bool {
        captured.captured >= due.advanced(byMilliseconds: -Self.slack).nanoseconds
    }

    /// Sources are not to the millisecond.
    private static let slack = 8

    mutating func encode(
        _ captured: CapturedPicture, by order: EncodingOrder, keyframe: Bool, began: MediaInstant
    ) -> EncodedPicture? {
        let instant = MediaInstant(nanoseconds: captured.captured)
        let period = 1_000_000_000 / Int64(max(1, order.target.rate))
        due = (instant.nanoseconds(since: due) > period ? instant : due).advanced(byNanoseconds: period)
        let picture = captured.picture.frame
        let size = picture.size.fitting(in: order.target.size)
        guard let scaled = scale(picture, to: PictureSize(max(16, size.width), max(16, size.height))),
            let encoder = prepare(order, scaled.size)
        else { return nil }
        let ticks = instant.nanoseconds / 1000 * 9 / 100
        guard let isMade = try? encoder.encode(scaled, timestamp: ticks, keyframe: keyframe, into: &frame), isMade
        else {
            return nil
        }
        return EncodedPicture(
            codec: order.codec, bytes: frame.bytes, isKeyframe: frame.isKeyframe, captured: instant,
            duration: MediaInstant.now().nanoseconds(since: began), source: picture.size)
    }

    private func scale(_ picture: PictureFrame, to size: PictureSize) -> PictureFrame? {
        guard picture.size != size else { return picture }
        let scaled = pool.take(size)
        scaled.scale(picture, into: size.area)
        return scaled
    }

    private mutating func prepare(_ order: EncodingOrder, _ size: PictureSize) -> (any VideoEncoder)? {
        let parameters = VideoEncoderParameters(
            size: size, frameRate: min(max(order.target.rate, 1), 60), bitrate: order.target.bitrate,
            maximumSliceBytes: order.slicesFitPackets && order.codec == .h264 ? defaultVideoPayloadSize : nil)
        let codec: VideoCodec = order.codec == .h264 ? .h264 : .vp8
        guard let encoder, encoder.codec == codec else {
            encoder = try? makeEncoder(codec, parameters)
            return encoder
        }
        if encoder.parameters != parameters { try? encoder.apply(parameters) }
        return encoder.parameters.size == size ? encoder : nil
    }
}
