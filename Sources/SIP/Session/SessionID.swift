// SPDX-License-Identifier: GPL-3.0-or-later

/// One INVITE session of a `SIPCore`; never used twice.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    let number: UInt64
    package var description: String { "session \(number)" }
}

/// One request inside a session that the user of `SIPCore` sent.
package struct InDialogRequestID: Hashable, Sendable {
    let number: UInt64
}

/// One request outside every session that the user of `SIPCore` sent.
package struct OutOfDialogRequestID: Hashable, Sendable {
    let number: UInt64
}

/// One question of `SIPCore` for a flow.
package struct FlowRequestID: Hashable, Sendable {
    let number: UInt64
}
