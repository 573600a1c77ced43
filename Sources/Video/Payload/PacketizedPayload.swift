// SPDX-License-Identifier: GPL-3.0-or-later

/// One RTP payload that a packetiser has written.
package struct PacketizedPayload: Hashable, Sendable {
    /// Bytes written.
    package var size: Int
    /// It ends its frame: the marker bit is to be set (RFC 7741 §4.1, RFC 6184 §5.1).
    package var isLast: Bool

    package init(size: Int, isLast: Bool) {
        self.size = size
        self.isLast = isLast
    }
}

/// What a video payload may hold where nothing else was agreed: an Ethernet frame less IPv6, UDP, RTP, its extensions
/// and an SRTP tag, with room for a tunnel.
package let defaultVideoPayloadSize = 1200

extension MutableSpan<UInt8> {
    /// Copies `source` to `offset`. The caller has checked that it fits; it traps where that is wrong.
    package mutating func copy(_ source: Span<UInt8>, at offset: Int) {
        precondition(offset >= 0 && source.count <= count - offset, "copied past the end")
        guard source.count > 0 else { return }
        unsafe source.withUnsafeBytes { bytes in
            unsafe self.withUnsafeMutableBytes { place in
                unsafe UnsafeMutableRawBufferPointer(rebasing: place[offset...]).copyMemory(from: bytes)
            }
        }
    }
}
