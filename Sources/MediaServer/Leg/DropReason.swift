// SPDX-License-Identifier: GPL-3.0-or-later

/// Why a datagram that came to a leg went no further.
package enum DropReason: Int, Hashable, Sendable, CaseIterable {
    /// STUN, DTLS or nothing that is known (RFC 7983).
    case notMedia
    /// Not RTP or RTCP as RFC 3550 has it.
    case malformed
    /// A payload type that was not negotiated.
    case payloadType
    /// From a source that has not yet proven itself.
    case probing
    /// From a stranger while the leg's own source is alive.
    case foreignSource
    /// The RTP session refused it: empty, our own packets sent back, too long.
    case session
    /// The description says that this leg sends nothing now.
    case notReceiving
    /// Telephone events faster than anybody presses keys.
    case keyFlood
    /// Video that belongs to none of the lines that share its port.
    case unknownLine

    /// A stable word for metrics.
    package var label: String {
        switch self {
        case .notMedia: "not-media"
        case .malformed: "malformed"
        case .payloadType: "payload-type"
        case .probing: "probing"
        case .foreignSource: "foreign-source"
        case .session: "session"
        case .notReceiving: "not-receiving"
        case .keyFlood: "key-flood"
        case .unknownLine: "unknown-line"
        }
    }
}

/// A counter for each reason, stored inline.
package struct DropCounters: Sendable {
    private var counts = InlineArray<9, UInt64>(repeating: 0)

    package init() {}

    mutating func count(_ reason: DropReason) {
        counts[reason.rawValue] &+= 1
    }

    mutating func add(_ other: DropCounters) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }

    package subscript(_ reason: DropReason) -> UInt64 { counts[reason.rawValue] }
}
