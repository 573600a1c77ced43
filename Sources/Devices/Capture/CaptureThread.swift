// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// The one thread of a picture source, from `start` to `stop`.
final class CaptureThread: Sendable {
    private let thread = Mutex<DeviceThread?>(nil)

    var isRunning: Bool { thread.withLock { $0 != nil } }

    /// Runs `body`, which must return soon after its thread is asked to stop.
    func start(_ name: String, _ body: @escaping @Sendable (DeviceThread) -> Void) throws(DeviceError) {
        let started = try DeviceThread(name: name, body)
        let former = thread.withLock { thread in
            let former = thread
            thread = started
            return former
        }
        former?.stop()
    }

    /// Asks the thread to end and waits until it has. Safe to call twice.
    func stop() {
        thread.withLock { $0.take() }?.stop()
    }
}
