// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// Carries one value that cannot be copied from the thread that opened it to the thread that will own it.
final class HandOff<Value: ~Copyable>: Sendable {
    private let value: Mutex<Value?>

    init(_ value: consuming sending Value) {
        self.value = Mutex(Optional(value))
    }

    /// The value, once.
    func take() -> sending Value? {
        value.withLock { value in value.take() }
    }
}
