// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc
package import RTP
import Synchronization

/// The executor of one media worker: a thread of its own that runs the worker's event loop, which lets it run, between two of its
/// turns, the jobs that were sent to the actor.
///
/// The cooperative pool never sees a packet: a loaded signalling side cannot make a mixing tick late.
package final class MediaExecutor: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var thread: pthread_t?
        var stopped = false
        var ended: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Rung when there is something to do besides packets; the loop polls it.
    package let doorbell: WakeSignal

    /// - Throws: the system's error when it refuses another descriptor.
    package init() throws(SystemError) {
        doorbell = try WakeSignal()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        let wasIdle = state.withLock { state in
            state.jobs.append(unowned)
            return state.jobs.count == 1
        }
        if wasIdle { wake() }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    package func checkIsolated() {
        precondition(isCurrentThread, "media state touched from a thread that does not own it")
    }

    package func isIsolatingCurrentContext() -> Bool? {
        isCurrentThread
    }

    /// Makes the loop return from its poll at once. Callable from any thread.
    package func wake() {
        doorbell.raise()
    }

    /// Asks the thread to leave its loop after the present turn; `ended` is called when it has. To be called once, when nobody sends
    /// jobs any more: there is no thread to run them.
    package func stop(_ ended: @escaping @Sendable () -> Void = {}) {
        state.withLock { state in
            state.stopped = true
            state.ended = ended
        }
        wake()
    }

    /// Runs what was enqueued up to now, on the calling thread, which must be the executor's own: to be called between two turns
    /// of the loop.
    ///
    /// - Returns: false once `stop()` was called: the loop is to end.
    package func goesOn() -> Bool {
        let (jobs, stopped) = state.withLock { state in
            let jobs = state.jobs
            if !jobs.isEmpty { state.jobs = [] }
            return (jobs, state.stopped)
        }
        for job in jobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
        return !stopped
    }

    /// Starts the thread, which runs `loop` and ends with it. The loop goes on as long as `goesOn()` says.
    ///
    /// A loop within, rather than a turn for the executor to call, since entering the actor allocates.
    ///
    /// - Throws: the system's error when it refuses another thread.
    package func start(
        rank: ThreadRank = .first, _ loop: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let body = ThreadBody { [self] in
            state.withLock { $0.thread = pthread_self() }
            rank.take()
            loop()
            state.withLock { $0.ended }?()
        }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(body).toOpaque()
        let result = unsafe pthread_create(&thread, nil, runThreadBody, context)
        guard result == 0 else {
            unsafe Unmanaged<ThreadBody>.fromOpaque(context).release()
            throw SystemError(rawValue: result)
        }
        pthread_detach(thread)
    }

    private var isCurrentThread: Bool {
        guard let thread = state.withLock({ $0.thread }) else { return false }
        return pthread_equal(thread, pthread_self()) != 0
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

private func runThreadBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
