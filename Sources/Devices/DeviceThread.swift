// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import RTP
import Synchronization

/// A thread of one's own for calls that block: sound cards, files, clocks. Never the cooperative pool.
package final class DeviceThread: Sendable {
    private struct State {
        var thread: pthread_t?
    }

    private let state: Mutex<State>
    private let stopping: Atomic<Bool>

    /// Starts `body` on a new thread called `name` (15 characters at most are shown by the system).
    ///
    /// `body` must return soon after `isStopping` of the thread passed to it turns true.
    package init(name: String, _ body: @escaping @Sendable (DeviceThread) -> Void) throws(DeviceError) {
        state = Mutex(State(thread: nil))
        stopping = Atomic(false)
        let entry = ThreadEntry(name: name, thread: self, body: body)
        let context = unsafe Unmanaged.passRetained(entry)
        var handle = pthread_t()
        let code = unsafe pthread_create(&handle, nil, runThreadEntry, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            throw .noThread(errno: code)
        }
        let started = handle
        state.withLock { $0.thread = started }
    }

    /// Whether the owner asked the thread to end.
    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Asks the thread to end and waits until it has. Safe to call twice; not from the thread itself.
    package func stop() {
        stopping.store(true, ordering: .releasing)
        guard let thread = state.withLock({ state in state.thread.take() }) else { return }
        _ = pthread_join(thread, nil)
    }

    /// Sleeps on the calling thread until `interval` has passed or `stop` was called, whichever is first (to 20 ms).
    func sleep(for interval: Duration) {
        let deadline = ContinuousClock.now + interval
        while !isStopping {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return }
            MonotonicSleep.sleep(until: MonotonicSleep.now() + min(left, .milliseconds(20)).nanoseconds)
        }
    }
}

private final class ThreadEntry: Sendable {
    let name: String
    let thread: DeviceThread
    let body: @Sendable (DeviceThread) -> Void

    init(name: String, thread: DeviceThread, body: @escaping @Sendable (DeviceThread) -> Void) {
        self.name = name
        self.thread = thread
        self.body = body
    }
}

private func runThreadEntry(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let entry = unsafe Unmanaged<ThreadEntry>.fromOpaque(context).takeRetainedValue()
    nameThisThread(entry.name)
    entry.body(entry.thread)
    return nil
}

/// Makes the thread known to `top -H` and debuggers. Where it cannot be done, nobody is the worse.
private func nameThisThread(_ name: String) {
    // pthread_setname_np hides behind _GNU_SOURCE; this file does the same.
    let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = unsafe FileBytes.write(Array(name.utf8.prefix(15)).span.bytes, to: descriptor, at: 0)
    close(descriptor)
}

/// Sleeping by absolute time on the monotonic clock, so that a late wake does not push back the next.
///
/// Without `timespec`: several C libraries here bring it along, and an optimised build takes it for one of theirs.
enum MonotonicSleep {
    /// Nanoseconds of CLOCK_MONOTONIC.
    static func now() -> Int64 { MediaInstant.now().nanoseconds }

    /// Returns at or after `deadline` (nanoseconds of CLOCK_MONOTONIC), however often a signal interrupts.
    static func sleep(until deadline: Int64) {
        while true {
            let left = deadline - now()
            guard left > 0 else { return }
            usleep(UInt32(clamping: (left + 999) / 1000))
        }
    }
}

extension Duration {
    /// Whole nanoseconds; durations here are far from overflow.
    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
