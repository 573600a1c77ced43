// SPDX-License-Identifier: GPL-3.0-or-later

/// Why a datagram is not an RTP packet (RFC 3550 §5.1, A.1). A peer's mistake: a counted drop, never a failure of ours.
package enum RTPParseError: Error, Hashable, Sendable, CaseIterable {
    /// Shorter than the fixed header of 12 bytes.
    case short
    /// The version bits are not 2.
    case version
    /// The CSRC list runs past the datagram.
    case contributingSources
    /// The header extension runs past the datagram.
    case headerExtension
    /// The padding count is zero or larger than what follows the header.
    case padding
}
