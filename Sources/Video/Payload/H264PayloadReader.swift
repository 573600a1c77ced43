// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
import RTP

/// A NAL unit, or a part of one, in an RTP payload (RFC 6184 §5.6–5.8).
package struct H264Piece: Hashable, Sendable {
    /// The first octet of the NAL unit, made anew from indicator and header of a fragment.
    package var header: UInt8
    /// What follows that octet, as a range of the payload. May be empty in a fragment.
    package var body: Range<Int>
    /// The NAL unit begins here, and ends here.
    package var begins: Bool
    package var ends: Bool

    package var type: H264UnitType { H264UnitType(rawValue: header) }
}

/// Why an H.264 payload cannot be read.
package enum H264PayloadError: Error, Hashable, Sendable {
    /// Empty, or an aggregation unit or fragment header runs past the end.
    case truncated
    /// STAP-B, MTAP or FU-B, which only packetization-mode 2 has, or a type that nobody has defined.
    case unsupported(UInt8)
}

/// Walks what an RTP payload of packetization-mode 0 or 1 holds: single NAL unit, STAP-A or FU-A. No allocation.
package struct H264PayloadReader: Sendable {
    private var offset = 0

    package init() {}

    /// The next piece of `payload`, nil at its end.
    package mutating func next(in payload: Span<UInt8>) throws(H264PayloadError) -> H264Piece? {
        guard offset < payload.count else {
            if offset == 0 { throw .truncated }
            return nil
        }
        let first = payload[0]
        let type = H264UnitType(rawValue: first)
        switch type {
        case .aggregationA:
            if offset == 0 { offset = 1 }
            return try nextAggregated(in: payload)
        case .fragmentA:
            guard payload.count >= 2 else { throw .truncated }
            offset = payload.count
            let second = payload[1]
            return H264Piece(
                header: first & 0xE0 | second & 0x1F, body: 2..<payload.count, begins: second & 0x80 != 0,
                ends: second & 0x40 != 0)
        default:
            guard type.isNALUnit else { throw .unsupported(type.rawValue) }
            offset = payload.count
            return H264Piece(header: first, body: 1..<payload.count, begins: true, ends: true)
        }
    }

    private mutating func nextAggregated(in payload: Span<UInt8>) throws(H264PayloadError) -> H264Piece? {
        while offset < payload.count {
            guard offset + 2 <= payload.count else { throw .truncated }
            let size = Int(payload.bigEndianUInt16(at: offset))
            let start = offset + 2
            guard start + size <= payload.count else { throw .truncated }
            offset = start + size
            guard size > 0 else { continue }
            return H264Piece(header: payload[start], body: (start + 1)..<(start + size), begins: true, ends: true)
        }
        return nil
    }
}

/// What a switch needs to know of an H.264 payload.
package struct H264Contents: Hashable, Sendable {
    /// A decoder can begin here: a sequence parameter set, or the first slice of an IDR picture.
    package var startsKeyframe = false
    /// Holds a sequence parameter set.
    package var hasSequenceParameterSet = false
    /// An aggregate or fragment, which packetization-mode 0 does not allow (RFC 6184 §6.2).
    package var needsNonInterleavedMode = false
    /// What the sequence parameter set says.
    package var pictureSize: PictureSize?

    /// Looks as far as the payload can be read. No allocation.
    package init(_ payload: Span<UInt8>) {
        guard payload.count > 0 else { return }
        needsNonInterleavedMode = !H264UnitType(rawValue: payload[0]).isNALUnit
        var reader = H264PayloadReader()
        while let piece = try? reader.next(in: payload) {
            guard piece.begins else { continue }
            switch piece.type {
            case .sequenceParameterSet:
                startsKeyframe = true
                hasSequenceParameterSet = true
                if piece.ends {
                    let size = H264SequenceParameterSet(payload.extracting(piece.body))?.pictureSize
                    pictureSize = size ?? pictureSize
                }
            case .idrSlice:
                // first_mb_in_slice is 0 where the first bit is 1 (H.264 §7.3.3, §9.1): the other slices of the picture
                // are no place to begin.
                if !piece.body.isEmpty, payload[piece.body.lowerBound] & 0x80 != 0 { startsKeyframe = true }
            default: break
            }
        }
    }
}
