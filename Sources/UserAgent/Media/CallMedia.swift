// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Devices
import MediaServer
import RTP
import SDP
import Synchronization

/// One call's media on a thread of its own: sockets in, loudspeaker out, and every 20 ms microphone in, packets out.
///
/// An actor on a `MediaExecutor`, as the focus's workers are; commands come by a mailbox, reports leave by a closure that is called on
/// the media thread and must return at once.
actor CallMedia {
    /// What the control plane tells; carried out in order.
    enum Command: Sendable {
        case update(LegSettings)
        case mute(Bool)
        case sendDigits(String)
        /// What goes with the pictures of a line, to be mixed in; nil: nothing any more.
        case sound(VideoRole, (any AudioSource)?)
    }

    /// What the control plane hears.
    enum Report: Sendable {
        case leg(LegEvent)
        case levels(MediaLevels)
        /// The thread has ended; devices are closed and recordings written.
        case finished
    }

    nonisolated let executor: MediaExecutor
    private nonisolated let mailbox = Mutex<[Command]>([])
    private let report: @Sendable (Report) -> Void
    private let devices: CallDevices
    private let sockets: LegSockets
    private let playout: PlayoutClock
    private let outgoing = OutgoingDatagrams()
    private let batch = DatagramBatch()
    private let leg: AudioLeg
    private let incoming: IncomingAudio
    private let microphone: OutgoingAudio
    private var poll: EventPoll
    private var timer: TickTimer
    private var ticks = 0
    private var levels = MediaLevels()

    private enum Token {
        static let media: UInt64 = 0
        static let control: UInt64 = 1
        static let timer: UInt64 = 2
        static let doorbell: UInt64 = 3
    }

    /// Ticks between two reports of levels.
    private static let levelInterval = 5

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - mediaTimeout: ms without a packet after which `LegEvent.mediaLost` is reported; 0 for never.
    ///   - playout: is told when what came is heard.
    /// - Throws: what the system or a codec refuses.
    init(
        _ sockets: LegSockets, identity: LegIdentity, settings: LegSettings, devices: CallDevices, isMuted: Bool,
        mediaTimeout: Int, playout: PlayoutClock, report: @escaping @Sendable (Report) -> Void
    ) throws {
        self.sockets = sockets
        self.devices = devices
        self.report = report
        self.playout = playout
        let now = MediaInstant.now()
        leg = try AudioLeg(
            LegID(0), sockets: sockets, identity: identity, settings: settings, outgoing: outgoing,
            mediaTimeout: mediaTimeout, maximumDelay: 400, now: now)
        incoming = IncomingAudio(devices.sink)
        microphone = try OutgoingAudio(devices, settings.encoder, isMuted: isMuted)
        executor = try MediaExecutor()
        poll = try EventPoll()
        // After all that takes its time to be made, so that the first ticks are not late.
        timer = try TickTimer(start: MediaInstant.now().advanced(byMilliseconds: 20))
    }

    /// Starts the thread.
    nonisolated func start() throws(SystemError) {
        try executor.start { self.assumeIsolated { $0.run() } }
    }

    /// Gives a command; callable from any thread.
    nonisolated func post(_ command: Command) {
        mailbox.withLock { $0.append(command) }
        executor.wake()
    }

    /// Ends the thread: RTCP BYE, devices closed, then `Report.finished`.
    nonisolated func stop() {
        executor.stop()
    }

    /// How the call fares.
    func statistics() -> LegStatistics {
        LegStatistics(leg, isTalking: levels.microphone < 50, now: MediaInstant.now())
    }

    // MARK: The loop

    private func run() {
        beginPolling()
        while executor.goesOn() { turn() }
        finish()
    }

    private func beginPolling() {
        do throws(SystemError) {
            try poll.add(sockets.mediaDescriptor, token: Token.media)
            try poll.add(sockets.controlDescriptor, token: Token.control)
            try poll.add(timer.descriptor, token: Token.timer)
            try poll.add(executor.doorbell.descriptor, token: Token.doorbell)
        } catch {
            preconditionFailure("a poll that was just made refuses its own descriptors: \(error)")
        }
        // What came while the answer was on its way would look like a burst: a jitter that the network does not have.
        for _ in 0..<32 {
            guard let stale = try? batch.receive(from: sockets.mediaDescriptor), stale > 0 else { break }
        }
    }

    private func turn() {
        guard let count = try? poll.wait(milliseconds: 1000) else { return }
        let now = MediaInstant.now()
        batch.begin(now: now)
        var isDue = false
        for index in 0..<count {
            switch poll.event(index).token {
            case Token.timer: isDue = true
            case Token.doorbell:
                executor.doorbell.clear()
                carryOut(now: now)
            case Token.control: _ = batch.deliver(to: leg, from: sockets.controlDescriptor, now: now)
            default: _ = batch.deliver(to: leg, from: sockets.mediaDescriptor, now: now)
            }
        }
        if isDue { tick() }
        leg.drainEvents { report(.leg($0)) }
        outgoing.flush()
    }

    private func carryOut(now: MediaInstant) {
        let commands = mailbox.withLock { mailbox in
            defer { mailbox = [] }
            return mailbox
        }
        for command in commands {
            switch command {
            case .update(let settings): leg.update(settings, now: now)
            case .mute(let isMuted): microphone.isMuted = isMuted
            case .sendDigits(let keys): leg.sendDigits(keys)
            case .sound(let role, let source): microphone.films[role] = source
            }
        }
    }

    /// Ticks that are due, each for its own deadline. After a long stall the backlog is dropped, in both directions.
    private func tick() {
        let deadline = timer.nextTick
        guard let due = try? timer.take(), due > 0 else { return }
        let played = min(due, 5)
        microphone.skip(due - played)
        for number in (due - played)..<due {
            let now = deadline.advanced(byNanoseconds: Int64(number) * timer.period)
            let frame = leg.playout(now: now)
            incoming.play(frame)
            microphone.tick(over: leg, played: incoming.played, now: now)
            leg.maintain(now: now)
            observe(frame, now: now)
        }
    }

    private func observe(_ frame: ReceivedFrame, now: MediaInstant) {
        levels.microphone = min(levels.microphone, microphone.level.decibelsBelowOverload)
        levels.speaker = min(levels.speaker, frame.level.decibelsBelowOverload)
        if frame.kind != .silence { levels.sources = leg.contributing }
        ticks += 1
        guard ticks % Self.levelInterval == 0 else { return }
        if let offset = leg.playoutOffset(now: now) {
            playout.set(offset: offset + (devices.sinkIsReal ? CallDevices.cardDelay : 0), now: now)
        }
        levels.isReceiving = leg.settings.receives
        levels.stream = leg.remoteStream
        report(.levels(levels))
        levels = MediaLevels()
    }

    private func finish() {
        leg.leave(reason: nil, now: MediaInstant.now())
        outgoing.flush()
        devices.stop()
        report(.finished)
    }
}

/// How loud a call has been in the last 100 ms, in decibels below overload (127 is silence).
struct MediaLevels: Sendable {
    var microphone: UInt8 = 127
    var speaker: UInt8 = 127
    /// Whom the mix that was heard names, with their levels; none where the peer does not mix.
    var sources = ContributingSources.none
    var isReceiving = true
    /// SSRC of what is heard.
    var stream: UInt32?
}
