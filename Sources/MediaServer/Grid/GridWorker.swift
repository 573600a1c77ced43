// SPDX-License-Identifier: GPL-3.0-or-later
import Picture
import RTP
import Synchronization
import Video

/// What a media thread tells the thread of its canvases.
enum GridCommand: Sendable {
    case open(GridPort)
    case show(GridPort, GridScene)
    /// The stream's next canvas is to be a key frame.
    case requestKeyframe(GridPort, VideoSourceID)
    case close(GridPort)
}

/// The canvases of one media worker's rooms, on a thread of their own that stands behind those of media: decoding and encoding may take
/// their time, audio may not.
///
/// An actor on an executor of its own, as `MediaWorker` is. The thread runs from the first canvas on.
actor GridWorker {
    private nonisolated let executor: MediaExecutor
    private nonisolated let mailbox = Mutex<[GridCommand]>([])
    private nonisolated let isRunning = Atomic<Bool>(false)
    private var poll: EventPoll
    private let makeEncoder: VideoEncoderMaker
    private var schedule: GridSchedule
    private var canvases: [ObjectIdentifier: GridCanvas] = [:]
    /// Scaled tiles; nil while there is no canvas.
    private var cache: TileCache?
    /// nil before the first canvas: it reads the machine's list of fonts.
    private var text: TextRenderer?
    /// Figures of canvases that are gone, and of the thread.
    private var counters = GridCounters()

    /// Milliseconds after which cameras' packets are looked at: the rings hold some hundred, and decoding is spread out.
    private static let intake = 15

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// - Parameter makeEncoder: of a stream of canvases.
    init(
        _ configuration: GridConfiguration, makeEncoder: @escaping VideoEncoderMaker = VideoCodec.usualEncoder
    ) throws(SystemError) {
        self.makeEncoder = makeEncoder
        schedule = GridSchedule(wanted: configuration.rate)
        executor = try MediaExecutor()
        poll = try EventPoll()
    }

    /// Gives a command; it is carried out in this thread, after those given before. To be called by one thread.
    ///
    /// - Throws: the system's error where the thread cannot be started; the command is lost.
    nonisolated func post(_ command: GridCommand) throws(SystemError) {
        if !isRunning.load(ordering: .relaxed) {
            try executor.start(rank: .behind) { self.assumeIsolated { $0.run() } }
            isRunning.store(true, ordering: .releasing)
        }
        mailbox.withLock { $0.append(command) }
        executor.wake()
    }

    /// Figures of this thread since it began.
    nonisolated func totals() async -> GridCounters {
        guard isRunning.load(ordering: .acquiring) else { return GridCounters() }
        return await sum
    }

    private var sum: GridCounters {
        var sum = counters
        for canvas in canvases.values { sum.add(canvas.counters) }
        sum.rate = canvases.isEmpty ? nil : schedule.rate
        sum.rateCuts = schedule.governor.cuts
        return sum
    }

    /// Ends the thread; returns when it has ended.
    nonisolated func stop() async {
        guard isRunning.load(ordering: .acquiring) else { return }
        await withCheckedContinuation { continuation in executor.stop { continuation.resume() } }
    }

    // MARK: The loop

    private func run() {
        do throws(SystemError) {
            try poll.add(executor.doorbell.descriptor, token: 0)
        } catch {
            preconditionFailure("a poll that was just made refuses its own descriptor: \(error)")
        }
        while executor.goesOn() { turn() }
        canvases = [:]
    }

    private func turn() {
        guard (try? poll.wait(milliseconds: pause)) != nil else { return }
        executor.doorbell.clear()
        let began = MediaInstant.now()
        takeIn()
        guard !canvases.isEmpty else { return }
        decode()
        let now = MediaInstant.now()
        schedule.worked(now.nanoseconds(since: began))
        if schedule.isDue(now: now) { tick(now) }
    }

    /// How long to sleep, ms.
    private var pause: Int {
        guard !canvases.isEmpty else { return 1000 }
        let left = schedule.nextTick.nanoseconds(since: .now())
        return min(Self.intake, max(0, Int((left + 999_999) / 1_000_000)))
    }

    private func takeIn() {
        // Before the commands are looked at: a packet counted here is of a camera that a scene in the mailbox names.
        let waiting = canvases.mapValues { $0.port.packets.count }
        let commands = mailbox.withLock { mailbox in
            let commands = mailbox
            if !commands.isEmpty { mailbox = [] }
            return commands
        }
        for command in commands { carryOut(command) }
        for (port, count) in waiting { canvases[port]?.takePackets(count) }
    }

    private func carryOut(_ command: GridCommand) {
        switch command {
        case .open(let port):
            let text = text ?? TextRenderer()
            let cache = cache ?? TileCache(text: text)
            (self.text, self.cache) = (text, cache)
            if canvases.isEmpty { schedule.begin(now: .now()) }
            canvases[ObjectIdentifier(port)] = GridCanvas(port, cache: cache, makeEncoder: makeEncoder)
        case .show(let port, let scene): canvases[ObjectIdentifier(port)]?.show(scene)
        case .requestKeyframe(let port, let output): canvases[ObjectIdentifier(port)]?.requestKeyframe(output)
        case .close(let port):
            guard let canvas = canvases.removeValue(forKey: ObjectIdentifier(port)) else { return }
            var last = canvas.counters
            (last.canvases, last.streams, last.sources) = (0, 0, 0)
            counters.add(last)
            if canvases.isEmpty { cache = nil }
        }
    }

    // MARK: Decoding and ticks

    /// One frame of each camera in turn, until there are none or a tick is due: no camera holds up the canvas or the others.
    private func decode() {
        let share = schedule.share(of: canvases.values.reduce(0) { $0 + $1.sourceCount })
        let end = schedule.decodingEnd
        var isMore = true
        while isMore {
            isMore = false
            for canvas in canvases.values {
                isMore = canvas.decodeRound(share: share, until: end) { .now() } || isMore
            }
            guard isMore, MediaInstant.now() >= end else { continue }
            schedule.leftFramesUndecoded()
            return
        }
    }

    private func tick(_ now: MediaInstant) {
        let tick = schedule.tick(now: now)
        counters.ticks &+= 1
        counters.missedTicks &+= UInt64(tick.missed)
        if tick.isLate { counters.lateTicks &+= 1 }
        for canvas in canvases.values { canvas.tick(tick.time, rate: schedule.rate, now: now) }
        schedule.ended(tick, now: .now())
    }
}
