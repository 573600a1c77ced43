// SPDX-License-Identifier: GPL-3.0-or-later

/// The first octets of a VP9 payload (RFC 9628 §4.2), only as far as saying where a key frame begins.
///
/// ```
///      |I|P|L|F|B|E|V|Z|
///   I: |M| PictureID   |            7 bits, or 15 with M
///   L: | TID |U| SID |D|
/// ```
package enum VP9PayloadDescriptor {
    /// The payload is the first of a picture that is not predicted from another (P is 0), at its start (B) and in its
    /// lowest spatial layer.
    package static func startsKeyframe(_ payload: Span<UInt8>) -> Bool {
        // With nothing behind the descriptor there is no picture.
        guard payload.count >= 2 else { return false }
        let first = payload[0]
        guard first & 0x40 == 0, first & 0x08 != 0 else { return false }
        guard first & 0x20 != 0 else { return true }
        var offset = 1
        if first & 0x80 != 0 { offset += payload[1] & 0x80 != 0 ? 2 : 1 }
        guard offset < payload.count else { return false }
        // The upper spatial layers of a key picture are not predicted from other pictures either.
        return payload[offset] & 0x0E == 0
    }
}
