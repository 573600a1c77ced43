// SPDX-License-Identifier: GPL-3.0-or-later

/// The head of a VP9 payload, only as far as saying where a key frame begins: descriptor (RFC 9628 §4.2), then the first
/// bits of the frame itself, as some senders never set P.
///
/// ```
///      |I|P|L|F|B|E|V|Z|
///   I: |M| PictureID   |            7 bits, or 15 with M
///   L: | TID |U| SID |D|            and TL0PICIDX without F
///   V: | N_S |Y|G|-|-|-|            scalability structure
/// ```
package enum VP9PayloadDescriptor {
    /// The payload is the first of a picture that is not predicted from another (P is 0), at its start (B), in its lowest
    /// spatial layer, and a key frame by its own header.
    package static func startsKeyframe(_ payload: Span<UInt8>) -> Bool {
        guard let first = payload.octet(0), first & 0x40 == 0, first & 0x08 != 0 else { return false }
        var offset = 1
        if first & 0x80 != 0 {
            guard let identifier = payload.octet(offset) else { return false }
            offset += identifier & 0x80 != 0 ? 2 : 1
        }
        if first & 0x20 != 0 {
            // The upper spatial layers of a key picture are not predicted from other pictures either.
            guard let layers = payload.octet(offset), layers & 0x0E == 0 else { return false }
            offset += first & 0x10 != 0 ? 1 : 2
        }
        if first & 0x02 != 0 {
            guard let after = endOfStructure(payload, offset) else { return false }
            offset = after
        }
        return payload.octet(offset).map(isKeyframe) ?? false
    }

    /// - Returns: where the scalability structure at `start` ends; nil where it is cut off.
    private static func endOfStructure(_ payload: Span<UInt8>, _ start: Int) -> Int? {
        guard let head = payload.octet(start) else { return nil }
        var offset = start + 1
        // Width and height of each layer.
        if head & 0x10 != 0 { offset += (Int(head >> 5) + 1) * 4 }
        if head & 0x08 != 0 {
            guard let pictures = payload.octet(offset) else { return nil }
            offset += 1
            for _ in 0..<pictures {
                guard let picture = payload.octet(offset) else { return nil }
                offset += 1 + Int(picture >> 2 & 3)
            }
        }
        return offset
    }

    /// VP9 bitstream specification §6.2: frame_marker, two bits of the profile, show_existing_frame, frame_type.
    private static func isKeyframe(_ header: UInt8) -> Bool {
        guard header & 0xC0 == 0x80 else { return false }
        // Profile 3 has a reserved bit before the rest.
        let isThird = header & 0x30 == 0x30
        return header & (isThird ? 0x06 : 0x0C) == 0
    }
}

extension Span<UInt8> {
    /// nil past the end.
    fileprivate func octet(_ index: Int) -> UInt8? { indices.contains(index) ? self[index] : nil }
}
