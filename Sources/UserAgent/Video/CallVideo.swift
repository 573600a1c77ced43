// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import MediaServer
import RTP
import SDP
import Synchronization
import Video

/// The video of one call on a thread of its own: packets in and out, at one pair of ports for all of its lines.
///
///     socket -> latch -> line (SSRC) -> `StreamReceiver` -> `IncomingPictures` (decodes, on its own thread) -> `VideoBoard`
///     `OutgoingPictures` (encodes, on its own thread) -> `VideoSender` -> socket
///
/// An actor on a `MediaExecutor`, as `CallMedia` is; commands come by a mailbox, reports leave by a closure that is called on the thread
/// and must return at once.
actor CallVideo {
    /// What it is told; carried out in order.
    enum Command: Sendable {
        /// What is agreed now; empty: nothing.
        case update([VideoLine])
        /// Where a line's pictures come from from now on; nil: from nowhere.
        case source(VideoRole, OutgoingPictures?)
        case encoded(VideoRole, EncodedPicture)
        /// The other side asks for a key frame of whatever we send (INFO, RFC 5168).
        case keyframeWanted
        /// A stream cannot be decoded before its next key frame.
        case broken(VideoRole)
        /// The INFO that was reported as `keyframeWanted` was refused.
        case fastUpdateRefused(forGood: Bool)
    }

    /// What the control plane hears.
    enum Report: Sendable {
        /// A line's pictures have begun, or ended.
        case live(VideoRole, Bool)
        /// The other side is to be asked for a key frame by INFO.
        case keyframeWanted
        /// What is made of our camera from now on.
        case target(VideoTarget)
    }

    nonisolated let executor: MediaExecutor
    private nonisolated let mailbox = Mutex<[Command]>([])
    let report: @Sendable (Report) -> Void
    let sockets: LegSockets
    let identity: VideoWire
    let playout: PlayoutClock
    let pictures: IncomingPictures
    let outgoing = OutgoingDatagrams()
    let batch = DatagramBatch()
    var lines: [VideoRole: VideoLine] = [:]
    /// Which line a packet is of, by its place in `roles`.
    var demultiplexer = BundleDemultiplexer([])
    var roles: [VideoRole] = []
    var streams: [VideoRole: StreamReceiver] = [:]
    var senders: [VideoRole: VideoSender]
    private var told: VideoTarget?
    var sources: [VideoRole: OutgoingPictures] = [:]
    var latch: MediaLatch?
    var mediaRoute: DatagramRoute?
    var controlRoute: DatagramRoute?
    var nextReport: MediaInstant
    private var poll: EventPoll
    private var timer: TickTimer

    private enum Token {
        static let media: UInt64 = 0
        static let control: UInt64 = 1
        static let timer: UInt64 = 2
        static let doorbell: UInt64 = 3
    }

    /// Milliseconds between two looks at what is due.
    private static let tick = 5
    /// Datagrams of one port in one turn.
    private static let mostForOnePort = 256

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - board: where decoded pictures go.
    ///   - playout: of the call's audio.
    ///   - captureDelay: nanoseconds that our audio's times are behind those of our pictures.
    /// - Throws: what the system refuses.
    init(
        _ sockets: LegSockets, identity: VideoWire, quality: VideoQuality, slidesQuality: VideoQuality = .high,
        board: VideoBoard, playout: PlayoutClock, captureDelay: Int64 = 0, report: @escaping @Sendable (Report) -> Void
    ) throws {
        self.sockets = sockets
        self.identity = identity
        self.playout = playout
        self.report = report
        executor = try MediaExecutor()
        let now = MediaInstant.now()
        senders = [
            .main: VideoSender(.main, as: identity.main, quality: quality, audioDelay: captureDelay, now: now),
            .slides: VideoSender(
                .slides, as: identity.slides, quality: slidesQuality, audioDelay: captureDelay, now: now),
        ]
        poll = try EventPoll()
        timer = try TickTimer(start: now.advanced(byMilliseconds: Self.tick), milliseconds: Self.tick)
        // The first at once: it opens the way through a NAT.
        nextReport = now
        pictures = try IncomingPictures(board)
    }

    /// Starts the thread.
    nonisolated func start() throws(SystemError) {
        pictures.whenBroken { [weak self] role in self?.post(.broken(role)) }
        try executor.start { self.assumeIsolated { $0.run() } }
    }

    /// Gives a command; callable from any thread.
    nonisolated func post(_ command: Command) {
        mailbox.withLock { $0.append(command) }
        executor.wake()
    }

    /// Ends the thread: RTCP BYE, then `done`, on that thread.
    nonisolated func stop(_ done: @escaping @Sendable () -> Void) {
        executor.stop(done)
    }

    // MARK: The loop

    private func run() {
        do throws(SystemError) {
            try poll.add(sockets.mediaDescriptor, token: Token.media)
            try poll.add(sockets.controlDescriptor, token: Token.control)
            try poll.add(timer.descriptor, token: Token.timer)
            try poll.add(executor.doorbell.descriptor, token: Token.doorbell)
        } catch {
            preconditionFailure("a poll that was just made refuses its own descriptors: \(error)")
        }
        while executor.goesOn() { turn() }
        finish()
    }

    private func turn() {
        guard let count = try? poll.wait(milliseconds: 1000) else { return }
        let now = MediaInstant.now()
        batch.begin(now: now)
        for index in 0..<count {
            switch poll.event(index).token {
            case Token.timer: _ = try? timer.take()
            case Token.doorbell:
                executor.doorbell.clear()
                carryOut(now: now)
            case Token.control: receive(from: sockets.controlDescriptor)
            default: receive(from: sockets.mediaDescriptor)
            }
        }
        timePassed(now: now)
        outgoing.flush()
    }

    private func receive(from descriptor: Int32) {
        var taken = 0
        repeat {
            guard let received = try? batch.receive(from: descriptor) else { return }
            for index in 0..<received {
                batch.withDatagram(index) { datagram, source, arrival in
                    receive(datagram, from: source, now: arrival)
                }
            }
            taken += received
            guard received == batch.capacity else { return }
        } while taken < Self.mostForOnePort
    }

    private func carryOut(now: MediaInstant) {
        let commands = mailbox.withLock { mailbox in
            defer { mailbox = [] }
            return mailbox
        }
        for command in commands {
            switch command {
            case .update(let lines): update(lines, now: now)
            case .source(let role, let source):
                sources[role] = source
                if let source { _ = senders[role]?.adapt { $0.change(kind: source.kind, now: now) } }
                order(role)
            case .encoded(let role, let picture): send(picture, on: role, now: now)
            case .keyframeWanted:
                for sender in senders.values { sender.wantKeyframe() }
            case .broken(let role):
                streams[role]?.want(.decoder, now: now)
                flushAsk(of: role)
            case .fastUpdateRefused(let forGood):
                for stream in streams.values { stream.broker.fastUpdateRefused(forGood: forGood, now: now) }
            }
        }
    }

    private func finish() {
        sayGoodbye()
        outgoing.flush()
        for source in sources.values { source.order(nil) { _ in } }
        pictures.stop()
    }

    // MARK: What is agreed

    private func update(_ agreed: [VideoLine], now: MediaInstant) {
        lines = Dictionary(agreed.map { ($0.role, $0) }, uniquingKeysWith: { first, _ in first })
        demultiplexer = BundleDemultiplexer(agreed.map(\.settings.marks))
        roles = agreed.map(\.role)
        route()
        for (role, stream) in streams {
            let expects = lines[role]?.settings.receives == true
            stream.setExpected(expects)
            if let line = lines[role] { stream.broker.ways = line.settings.keyframeWays }
            guard !expects else { continue }
            pictures.end(role)
            streams[role] = nil
            report(.live(role, false))
        }
        for (role, sender) in senders {
            sender.update(lines[role])
            order(role)
        }
    }

    /// All lines share the main line's way.
    private func route() {
        guard let settings = lines[.main]?.settings else {
            (mediaRoute, controlRoute) = (nil, nil)
            return
        }
        let types = PayloadTypeSet(lines.values.flatMap(\.settings.incomingPayloadTypes))
        if latch == nil {
            latch = MediaLatch(
                signalled: settings.remoteMedia, control: settings.remoteControl, isMultiplexed: settings.multiplexed,
                payloadTypes: types)
        } else {
            latch?.remoteChanged(
                signalled: settings.remoteMedia, control: settings.remoteControl, isMultiplexed: settings.multiplexed,
                payloadTypes: types)
        }
        setRoutes()
    }

    func setRoutes() {
        guard let settings = lines[.main]?.settings, let latch else { return }
        let media = sockets.mediaDescriptor
        mediaRoute = latch.destination.map { DatagramRoute(descriptor: media, destination: $0) }
        let control = settings.multiplexed ? media : sockets.controlDescriptor
        controlRoute =
            settings.sendsReports
            ? latch.controlDestination.map { DatagramRoute(descriptor: control, destination: $0) } : nil
    }

    // MARK: Out

    /// Tells a line's source what to make.
    private func order(_ role: VideoRole) {
        let order = senders[role]?.order
        sources[role]?.order(order) { [weak self] picture in self?.post(.encoded(role, picture)) }
        if order != nil { sources[role]?.wantKeyframe() }
        tellTarget(role)
    }

    /// Bits alone change every second; size and rate are what a person sees.
    private func tellTarget(_ role: VideoRole) {
        guard role == .main, let target = senders[role]?.order?.target else { return }
        if let told, told.size == target.size, told.rate == target.rate { return }
        told = target
        report(.target(target))
    }

    private func send(_ picture: EncodedPicture, on role: VideoRole, now: MediaInstant) {
        guard let sender = senders[role], sources[role] != nil else { return }
        if !sender.take(picture, now: now) { sources[role]?.wantKeyframe() }
        adapt(role) { $0.change(source: picture.source, now: now) }
        adapt(role) { $0.encoded(nanoseconds: picture.duration, now: now) }
        flush(sender, now: now)
    }

    /// Lets a stream's adaptation hear something, and the encoder what follows.
    func adapt(_ role: VideoRole, _ change: (inout LossAdaptation) -> VideoTarget?) {
        guard let sender = senders[role], sender.adapt(change) else { return }
        sources[role]?.order(sender.order) { [weak self] picture in self?.post(.encoded(role, picture)) }
        tellTarget(role)
    }

    private func flush(_ sender: VideoSender, now: MediaInstant) {
        sender.flush(now: now) { emit($0, .media) }
    }

    func emit(_ datagram: Span<UInt8>, _ channel: DatagramChannel) {
        outgoing.append(
            datagram, datagram.extracting(0..<0), channel: channel, route: channel == .media ? mediaRoute : controlRoute
        )
    }

    // MARK: Time

    private func timePassed(now: MediaInstant) {
        for (role, sender) in senders where sender.isActive {
            if sender.takesKeyframe(now: now) { sources[role]?.wantKeyframe() }
            flush(sender, now: now)
        }
        for (role, stream) in streams {
            let hasStalled = stream.timePassed(now: now) { ask(for: $0, of: stream) }
            if hasStalled { report(.live(role, false)) }
            collect(stream, now: now)
            flushAsk(of: role)
        }
        reportIfDue(now: now)
    }

    /// Hands whole pictures on to be decoded.
    func collect(_ stream: StreamReceiver, now: MediaInstant) {
        while stream.next(
            now: now,
            { item, bytes in
                var item = item
                item.due = playout.due(sampled: stream.sampled(item.timestamp), now: now)
                pictures.submit(item, bytes: bytes, now: now)
            })
        {}
    }
}

/// Who a call's video is on the wire.
struct VideoWire: Hashable, Sendable {
    struct Stream: Hashable, Sendable {
        let ssrc = UInt32.random(in: 1 ... .max)
        /// Of what is sent again, where that goes as a stream of its own (RFC 4588).
        let retransmissionSSRC = UInt32.random(in: 1 ... .max)
    }

    /// The camera.
    let main = Stream()
    /// What is shared.
    let slides = Stream()
    /// That of the call's audio, so that the two are played in time (RFC 3550 §6.5.1).
    var cname: String

    init(cname: String) {
        self.cname = cname
    }

    /// Whether one of our own streams has that SSRC.
    func isOurs(_ ssrc: UInt32) -> Bool {
        [main, slides].contains { $0.ssrc == ssrc || $0.retransmissionSSRC == ssrc }
    }
}
