// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

extension MediaInstant {
    /// The monotonic clock now. For the outermost loop alone: everything below takes `now` as an argument.
    package static func now() -> MediaInstant {
        MediaInstant(nanoseconds: clinux_monotonic())
    }
}

/// A periodic timer (timerfd) on absolute times of the monotonic clock: ticks do not drift, however late one is served.
package struct TickTimer: ~Copyable {
    /// For an `EventPoll`: readable when at least one tick is due.
    package let descriptor: Int32
    /// The time between ticks, nanoseconds.
    package let period: Int64
    /// When the next tick that has not been taken is, or was, due.
    package private(set) var nextTick: MediaInstant

    /// - Parameters:
    ///   - start: the first tick.
    ///   - milliseconds: between ticks; 20 is the mixer's.
    /// - Throws: the system's error.
    package init(start: MediaInstant, milliseconds: Int = 20) throws(SystemError) {
        precondition(milliseconds > 0 && start.nanoseconds > 0, "a timer needs a period and a start")
        period = Int64(milliseconds) * 1_000_000
        let opened = clinux_timer_open(start.nanoseconds, period)
        guard opened >= 0 else { throw SystemError(answer: opened) }
        descriptor = opened
        nextTick = start
    }

    deinit {
        clinux_close(descriptor)
    }

    /// Takes the ticks that are due.
    /// - Returns: how many since the last call, 0 for none; more than one says that ticks were missed.
    /// - Throws: the system's error.
    package mutating func take() throws(SystemError) -> Int {
        let answer = clinux_timer_read(descriptor)
        guard answer >= 0 else { throw SystemError(answer: Int32(truncatingIfNeeded: answer)) }
        nextTick = nextTick.advanced(byNanoseconds: answer * period)
        return Int(answer)
    }
}
