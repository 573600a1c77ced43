// SPDX-License-Identifier: GPL-3.0-or-later

/// What a datagram on a media port is, told by its first bytes (RFC 7983 §7, RFC 5761 §4).
package enum DatagramKind: Hashable, Sendable, CaseIterable {
    /// First byte 0–3 (RFC 8489).
    case stun
    /// First byte 16–19.
    case zrtp
    /// First byte 20–63.
    case dtls
    /// First byte 64–79.
    case turnChannel
    case rtp
    case rtcp
    /// Empty, too short for its kind, or a first byte that nothing owns: to be dropped.
    case unknown

    /// Classifies `datagram`; the work of two compares. RTP and RTCP share the first bytes 128–191 and differ in the
    /// second: 192–223 is an RTCP packet type (RFC 5761 §4), which forbids the RTP payload types 64–95.
    @inlinable
    package init(of datagram: Span<UInt8>) {
        guard datagram.count >= 4 else {
            self = .unknown
            return
        }
        switch datagram[0] {
        case 128...191:
            if (192...223).contains(datagram[1]) {
                self = datagram.count >= 8 ? .rtcp : .unknown
            } else {
                self = datagram.count >= RTPHeader.fixedSize ? .rtp : .unknown
            }
        case 0...3: self = .stun
        case 16...19: self = .zrtp
        case 20...63: self = .dtls
        case 64...79: self = .turnChannel
        default: self = .unknown
        }
    }
}
