// SPDX-License-Identifier: GPL-3.0-or-later

/// Who sends on a stream, from the point of view of whoever wrote the description (RFC 8866 §6.7, RFC 3264 §5.1).
package enum MediaDirection: String, Hashable, Sendable, CaseIterable {
    case sendrecv, sendonly, recvonly, inactive

    package init(sends: Bool, receives: Bool) {
        self = sends ? (receives ? .sendrecv : .sendonly) : (receives ? .recvonly : .inactive)
    }

    package var sends: Bool { self == .sendrecv || self == .sendonly }
    package var receives: Bool { self == .sendrecv || self == .recvonly }

    /// The same stream seen from the other end.
    package var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }

    /// What both allow.
    package func intersection(_ other: MediaDirection) -> MediaDirection {
        MediaDirection(sends: sends && other.sends, receives: receives && other.receives)
    }

    /// The direction a hold offers: sendrecv becomes sendonly, recvonly becomes inactive (RFC 3264 §8.4).
    package var held: MediaDirection { MediaDirection(sends: sends, receives: false) }
}
