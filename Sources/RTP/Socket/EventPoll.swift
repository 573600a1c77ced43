// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

/// What a descriptor is ready for.
package struct Readiness: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = Readiness(rawValue: CLINUX_READABLE)
    package static let writable = Readiness(rawValue: CLINUX_WRITABLE)
    /// An error or hang-up waits; reported whether asked for or not.
    package static let failed = Readiness(rawValue: CLINUX_FAILED)
}

/// One event of an `EventPoll`.
package struct PollEvent: Hashable, Sendable {
    /// As given when the descriptor was added.
    package var token: UInt64
    package var readiness: Readiness
}

/// A level-triggered epoll of one thread. Descriptors are named by tokens of the owner's choice; a descriptor that is
/// closed leaves by itself.
@safe
package struct EventPoll: ~Copyable {
    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<clinux_event>
    private var count = 0

    /// - Throws: the system's error.
    package init() throws(SystemError) {
        let opened = clinux_poll_open()
        guard opened >= 0 else { throw SystemError(answer: opened) }
        descriptor = opened
        unsafe events = .allocate(capacity: Int(CLINUX_BATCH))
        unsafe events.initialize(repeating: clinux_event())
    }

    deinit {
        clinux_close(descriptor)
        unsafe events.deallocate()
    }

    /// Begins to watch `watched`.
    /// - Throws: the system's error.
    package func add(
        _ watched: Int32, token: UInt64, for readiness: Readiness = .readable
    ) throws(SystemError) {
        let answer = clinux_poll_add(descriptor, watched, readiness.rawValue, token)
        guard answer == 0 else { throw SystemError(answer: answer) }
    }

    /// Changes what `watched` is watched for, and its token.
    /// - Throws: the system's error.
    package func change(_ watched: Int32, token: UInt64, for readiness: Readiness) throws(SystemError) {
        let answer = clinux_poll_change(descriptor, watched, readiness.rawValue, token)
        guard answer == 0 else { throw SystemError(answer: answer) }
    }

    /// Stops watching `watched`. Events of this round that were found already still stand.
    /// - Throws: the system's error.
    package func remove(_ watched: Int32) throws(SystemError) {
        let answer = clinux_poll_remove(descriptor, watched)
        guard answer == 0 else { throw SystemError(answer: answer) }
    }

    /// Waits for events, at most 64 of them, for `milliseconds` or, with nil, for as long as it takes.
    /// - Returns: how many came; `event(_:)` gives them. 0 on time-out or when a signal interrupted.
    /// - Throws: the system's error.
    package mutating func wait(milliseconds: Int? = nil) throws(SystemError) -> Int {
        count = 0
        let timeout = milliseconds.map { Int32(clamping: $0) } ?? -1
        let answer = unsafe clinux_poll_wait(descriptor, events.baseAddress, Int32(events.count), timeout)
        guard answer >= 0 else { throw SystemError(answer: answer) }
        count = Int(answer)
        return count
    }

    /// The event at `index`, below what `wait` returned.
    package func event(_ index: Int) -> PollEvent {
        precondition(index < count, "no such event in this round")
        let found = unsafe events[index]
        return PollEvent(token: found.token, readiness: Readiness(rawValue: found.events))
    }
}
