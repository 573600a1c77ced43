// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

/// A doorbell (eventfd): any thread rings, and the thread that polls its descriptor wakes up.
package struct WakeSignal: ~Copyable, Sendable {
    /// For an `EventPoll`: readable from `raise` until `clear`.
    package let descriptor: Int32

    /// - Throws: the system's error.
    package init() throws(SystemError) {
        let opened = clinux_signal_open()
        guard opened >= 0 else { throw SystemError(answer: opened) }
        descriptor = opened
    }

    deinit {
        clinux_close(descriptor)
    }

    /// Rings; from any thread, any number of times.
    package func raise() {
        clinux_signal_raise(descriptor)
    }

    /// Silences it; by the polling thread, before it looks for what it was called for.
    package func clear() {
        clinux_signal_clear(descriptor)
    }
}
