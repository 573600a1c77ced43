// SPDX-License-Identifier: GPL-3.0-or-later

/// Types of NAL unit (H.264 Table 7-1), and of the RTP payloads that look like one (RFC 6184 §5.2). An open set.
package struct H264UnitType: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt8

    /// Takes the type from the low five bits of a NAL unit's first octet too.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue & 0x1F
    }

    package static let slice = H264UnitType(rawValue: 1)
    /// A slice of an IDR picture: the decoder begins anew.
    package static let idrSlice = H264UnitType(rawValue: 5)
    package static let supplementalInformation = H264UnitType(rawValue: 6)
    package static let sequenceParameterSet = H264UnitType(rawValue: 7)
    package static let pictureParameterSet = H264UnitType(rawValue: 8)
    package static let accessUnitDelimiter = H264UnitType(rawValue: 9)
    package static let fillerData = H264UnitType(rawValue: 12)
    package static let sequenceParameterSetExtension = H264UnitType(rawValue: 13)
    package static let aggregationA = H264UnitType(rawValue: 24)
    package static let fragmentA = H264UnitType(rawValue: 28)

    /// One of H.264's own, not of the RTP payload format.
    package var isNALUnit: Bool { (1...23).contains(rawValue) }

    /// Small, and of use only together: sent in one aggregation packet.
    var isAggregated: Bool {
        self == .sequenceParameterSet || self == .pictureParameterSet || self == .supplementalInformation
            || self == .sequenceParameterSetExtension
    }
}

/// Walks the NAL units of an access unit in the byte stream format of H.264 Annex B. No allocation.
package struct AnnexBReader: Sendable {
    private var offset = 0
    private var isInside = false

    package init() {}

    /// The next NAL unit of `stream`, its start code and trailing zeros cut off; never empty. Nil at the end.
    package mutating func next(in stream: Span<UInt8>) -> Range<Int>? {
        if !isInside {
            guard let code = Self.startCode(in: stream, from: offset) else { return nil }
            offset = code + 3
            isInside = true
        }
        while offset < stream.count {
            let start = offset
            let code = Self.startCode(in: stream, from: start)
            var end = code ?? stream.count
            offset = code.map { $0 + 3 } ?? stream.count
            while end > start, stream[end - 1] == 0 { end -= 1 }
            if end > start { return start..<end }
        }
        return nil
    }

    /// Where the next 00 00 01 begins at or after `offset`.
    private static func startCode(in stream: Span<UInt8>, from offset: Int) -> Int? {
        var index = offset + 2
        while index < stream.count {
            let byte = stream[index]
            if byte > 1 {
                index += 3
            } else if byte == 1, stream[index - 1] == 0, stream[index - 2] == 0 {
                return index - 2
            } else {
                index += 1
            }
        }
        return nil
    }
}
