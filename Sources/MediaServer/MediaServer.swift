// SPDX-License-Identifier: GPL-3.0-or-later
package import Audio
package import RTP
import Synchronization

/// What holds for all media workers.
package struct MediaServerConfiguration: Hashable, Sendable {
    /// Media threads; rooms are spread over them.
    package var workers: Int
    /// Silence in ms after which a leg is reported lost, unless it is held; 0 for never.
    package var mediaTimeout: Int
    /// Most delay that a jitter buffer may add, ms.
    package var maximumDelay: Int
    /// How composed pictures are made.
    package var grid = GridConfiguration()

    package init(workers: Int = 1, mediaTimeout: Int = 30_000, maximumDelay: Int = 400) {
        self.workers = max(1, workers)
        self.mediaTimeout = mediaTimeout
        self.maximumDelay = maximumDelay
    }
}

/// The media side of a focus: rooms on worker threads. Callable from any thread; commands for one room keep their order.
package final class MediaServer: Sendable {
    private struct State {
        var workerOfRoom: [MediaRoomID: Int] = [:]
        var roomOfLeg: [LegID: MediaRoomID] = [:]
        var load: [Int]
        /// Questions under way.
        var asking = 0
        var isStopped = false
    }

    private let workers: [MediaWorker]
    private let state: Mutex<State>

    /// Starts the threads.
    ///
    /// - Parameter report: called on a media thread: must return at once.
    /// - Throws: the system's error when it refuses a thread or a descriptor.
    package init(
        configuration: MediaServerConfiguration, report: @escaping @Sendable (LegID, LegEvent) -> Void
    ) throws(SystemError) {
        var workers: [MediaWorker] = []
        for _ in 0..<configuration.workers { workers.append(try MediaWorker(configuration, report: report)) }
        for worker in workers { try worker.start() }
        self.workers = workers
        state = Mutex(State(load: Array(repeating: 0, count: workers.count)))
    }

    package var workerCount: Int { workers.count }

    // MARK: Commands

    /// Makes a room, on the worker that has the fewest legs.
    package func openRoom(_ room: MediaRoomID, _ mixer: MixerConfiguration) {
        let worker = state.withLock { state in
            let least = state.load.indices.min { state.load[$0] < state.load[$1] } ?? 0
            // A room counts as a leg, so that rooms that fill later are spread too.
            state.load[least] += 1
            state.workerOfRoom[room] = least
            return least
        }
        workers[worker].post(.openRoom(room, mixer))
    }

    package func closeRoom(_ room: MediaRoomID) {
        let worker = state.withLock { state in
            guard let worker = state.workerOfRoom.removeValue(forKey: room) else { return Int?.none }
            let legs = state.roomOfLeg.filter { $0.value == room }.map(\.key)
            for leg in legs { state.roomOfLeg[leg] = nil }
            state.load[worker] -= 1 + legs.count
            return worker
        }
        if let worker { workers[worker].post(.closeRoom(room)) }
    }

    /// Puts a leg into a room; from the next tick on it is heard and hears.
    ///
    /// - Parameter silenced: It is not heard, not for one tick either.
    package func open(
        _ leg: LegID, in room: MediaRoomID, _ sockets: LegSockets, as identity: LegIdentity, _ settings: LegSettings,
        silenced: Bool = false
    ) {
        let worker = state.withLock { state in
            guard let worker = state.workerOfRoom[room] else { return Int?.none }
            state.roomOfLeg[leg] = room
            state.load[worker] += 1
            return worker
        }
        if let worker { workers[worker].post(.open(leg, room, sockets, identity, settings, silenced: silenced)) }
    }

    /// Takes over what was negotiated anew.
    package func update(_ leg: LegID, _ settings: LegSettings) {
        worker(of: leg)?.post(.update(leg, settings))
    }

    /// Records a room from now on; nil ends that.
    package func record(_ room: MediaRoomID, _ recording: RoomRecording?) {
        worker(with: room)?.post(.record(room, recording))
    }

    /// What is said while a recording pauses is not kept.
    package func pauseRecording(of room: MediaRoomID, _ isPaused: Bool) {
        worker(with: room)?.post(.pauseRecording(room, isPaused))
    }

    /// How loud a leg is in its room.
    ///
    /// - Parameter gain: Factor on the samples.
    package func setGain(_ gain: Float, of leg: LegID) {
        worker(of: leg)?.post(.gain(leg, gain))
    }

    /// How loud a leg hears the others.
    ///
    /// - Parameter gain: Factor on the samples.
    package func setHearing(_ gain: Float, of leg: LegID) {
        worker(of: leg)?.post(.hearing(leg, gain))
    }

    /// Plays something to one leg alone.
    package func announce(_ announcement: SpokenAnnouncement, to leg: LegID) {
        worker(of: leg)?.post(.announce(leg, announcement))
    }

    /// Whether what the leg sends is kept out of the mix.
    package func silence(_ leg: LegID, _ silent: Bool) {
        worker(of: leg)?.post(.silence(leg, silent))
    }

    /// Sends DTMF keys to the leg.
    package func sendDigits(_ leg: LegID, _ keys: String) {
        worker(of: leg)?.post(.sendDigits(leg, keys))
    }

    /// Takes a leg out, says RTCP BYE and closes its sockets.
    package func close(_ leg: LegID) {
        let worker = state.withLock { state in
            guard let room = state.roomOfLeg.removeValue(forKey: leg), let worker = state.workerOfRoom[room] else {
                return Int?.none
            }
            state.load[worker] -= 1
            return worker
        }
        if let worker { workers[worker].post(.close(leg)) }
    }

    // MARK: Video

    /// Gives a leg that is open video, or changes it: from now on it sees others, and others see it, as far as `setup` has lines for it.
    /// Lines that are left out end, and ports that no line uses close; its audio goes on.
    package func setVideo(_ leg: LegID, _ setup: VideoSetup) {
        worker(of: leg)?.post(.setVideo(leg, setup))
    }

    /// How the pictures of a room get to its members from now on.
    package func setVideoRule(_ rule: VideoRule, of room: MediaRoomID) {
        worker(with: room)?.post(.setVideoRule(room, rule))
    }

    /// The leg's peer asked by INFO for a key frame of what it sees.
    package func requestKeyframe(for leg: LegID) {
        worker(of: leg)?.post(.requestKeyframe(leg))
    }

    /// The leg's peer refused an INFO that asked it for a key frame.
    /// - Parameter forGood: it does not understand such; else it is asked again.
    package func fastUpdateRefused(by leg: LegID, forGood: Bool) {
        worker(of: leg)?.post(.fastUpdateRefused(leg, forGood: forGood))
    }

    private func worker(with room: MediaRoomID) -> MediaWorker? {
        state.withLock { $0.workerOfRoom[room] }.map { workers[$0] }
    }

    private func worker(of leg: LegID) -> MediaWorker? {
        state.withLock { state in state.roomOfLeg[leg].flatMap { state.workerOfRoom[$0] } }.map { workers[$0] }
    }

    // MARK: Questions

    /// How the legs of one room, or of all, fare; nothing once the server has stopped.
    package func statistics(of room: MediaRoomID? = nil) async -> [LegID: LegStatistics] {
        var all: [LegID: LegStatistics] = [:]
        await forEachStatistics(of: room) { all.merge($0) { first, _ in first } }
        return all
    }

    /// Calls `body` with how the legs of one room, or of all, fare, some at a time: a thousand at once would make ticks late.
    package func forEachStatistics(
        of room: MediaRoomID? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: ([LegID: LegStatistics]) -> Void
    ) async {
        guard beginAsking() else { return }
        defer { endAsking() }
        let asked =
            room.map { room in state.withLock { $0.workerOfRoom[room] }.map { [workers[$0]] } ?? [] } ?? workers
        for worker in asked {
            let legs = await worker.legs(of: room)
            for start in stride(from: 0, to: legs.count, by: Self.askedAtOnce) {
                body(await worker.statistics(of: legs[start..<min(start + Self.askedAtOnce, legs.count)]))
            }
        }
    }

    private static let askedAtOnce = 32

    /// The latest RTCP of a leg, oldest first; nothing once it or the server is gone.
    package func controlMessages(of leg: LegID) async -> [ControlMessage] {
        guard let worker = worker(of: leg), beginAsking() else { return [] }
        defer { endAsking() }
        return await worker.controlMessages(of: leg)
    }

    /// Figures of all workers together; zeros once the server has stopped.
    package func totals() async -> MediaCounters {
        var totals = MediaCounters()
        guard beginAsking() else { return totals }
        defer { endAsking() }
        for worker in workers {
            totals.add(await worker.totals())
            totals.grid.add(await worker.gridWorker.totals())
        }
        return totals
    }

    private func beginAsking() -> Bool {
        state.withLock { state in
            if !state.isStopped { state.asking += 1 }
            return !state.isStopped
        }
    }

    private func endAsking() {
        state.withLock { $0.asking -= 1 }
    }

    /// Says goodbye to every leg and ends the threads; returns when they have ended. Questions that are under way are answered first.
    package func shutDown() async {
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        guard isFirst else { return }
        while state.withLock({ $0.asking }) > 0 { await Task.yield() }
        for worker in workers {
            await worker.stop()
            await worker.gridWorker.stop()
        }
    }
}
