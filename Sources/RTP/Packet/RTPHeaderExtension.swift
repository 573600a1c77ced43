// SPDX-License-Identifier: GPL-3.0-or-later

/// RTP header extension elements of the one-byte and two-byte forms (RFC 8285 §4.2, §4.3).
package enum RTPHeaderExtension {
    /// "Defined by profile" word of the one-byte form.
    package static let oneByteProfile: UInt16 = 0xBEDE
    /// The upper 12 bits of the two-byte form's word; the lower four are free.
    package static let twoByteProfile: UInt16 = 0x1000
}

extension RTPHeader {
    /// The bytes of the extension element `identifier` (1–14, or 1–255 in the two-byte form) in the packet that this
    /// header was read from, as a range of the datagram; nil where it is absent. A broken element ends the search
    /// (RFC 8285 §4.1.2): what stood before it stays valid. No allocation.
    @inlinable
    package func extensionElement(_ identifier: UInt8, in datagram: Span<UInt8>) -> Range<Int>? {
        let end = extensionElements.upperBound
        var offset = extensionElements.lowerBound
        guard end <= datagram.count, offset < end, identifier != 0 else { return nil }
        if extensionProfile == RTPHeaderExtension.oneByteProfile {
            while offset < end {
                let head = datagram[offset]
                if head == 0 {
                    offset += 1
                    continue
                }
                // 15 is reserved: "processing of the entire extension SHOULD terminate at that point".
                if head >> 4 == 15 { return nil }
                let length = Int(head & 0x0F) + 1
                guard offset + 1 + length <= end else { return nil }
                if head >> 4 == identifier { return (offset + 1)..<(offset + 1 + length) }
                offset += 1 + length
            }
        } else if extensionProfile & 0xFFF0 == RTPHeaderExtension.twoByteProfile {
            while offset < end {
                let found = datagram[offset]
                if found == 0 {
                    offset += 1
                    continue
                }
                guard offset + 2 <= end else { return nil }
                let length = Int(datagram[offset + 1])
                guard offset + 2 + length <= end else { return nil }
                if found == identifier { return (offset + 2)..<(offset + 2 + length) }
                offset += 2 + length
            }
        }
        return nil
    }
}
