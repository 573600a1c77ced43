// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// How H.264 may be packed, the parameter `packetization-mode` (RFC 6184 §8.1). Mode 2, interleaved, is not spoken.
package enum H264PacketizationMode: Int, Hashable, Sendable {
    /// One NAL unit a packet, none larger than a packet (§6.2). Also where the parameter is absent.
    case singleNALUnit = 0
    /// Aggregates (STAP-A) and fragments (FU-A) too (§6.3).
    case nonInterleaved = 1
}

/// Packs access units in Annex B form into RTP payloads. Parameter sets and SEI that stand side by side go into one
/// STAP-A; access unit delimiters and filler are left out, since timestamp and marker say as much.
///
/// For each access unit: `begin`, then `next` until nil. Allocates nothing once its list of units has grown.
package struct H264Packetizer: Sendable {
    package let mode: H264PacketizationMode
    /// Octets of the largest payload.
    package let maximumPayload: Int
    /// The NAL units, as ranges of the access unit begun last, that mode 0 cannot send because they do not fit. The
    /// picture is broken without them: the encoder must make smaller slices.
    package private(set) var oversized: [Range<Int>] = []

    private var units: [Range<Int>] = []
    private var index = 0
    /// Octets of the current unit, its first one counted, that have left in fragments; 0: none has.
    private var fragmented = 0

    package init(mode: H264PacketizationMode, maximumPayload: Int = defaultVideoPayloadSize) {
        precondition(maximumPayload > 8, "no room for a fragment")
        self.mode = mode
        self.maximumPayload = maximumPayload
        units.reserveCapacity(32)
    }

    /// Begins the next access unit.
    package mutating func begin(_ accessUnit: Span<UInt8>) {
        units.removeAll(keepingCapacity: true)
        oversized.removeAll(keepingCapacity: true)
        index = 0
        fragmented = 0
        var reader = AnnexBReader()
        while let unit = reader.next(in: accessUnit) {
            let type = H264UnitType(rawValue: accessUnit[unit.lowerBound])
            guard type.isNALUnit, type != .accessUnitDelimiter, type != .fillerData else { continue }
            if mode == .singleNALUnit, unit.count > maximumPayload {
                oversized.append(unit)
            } else {
                units.append(unit)
            }
        }
    }

    /// Writes the next payload of `accessUnit`, the one that was begun, at `place` of `buffer`, which must hold
    /// `maximumPayload` octets from there.
    /// - Returns: nil when the access unit is done.
    package mutating func next(
        of accessUnit: Span<UInt8>, into buffer: inout MutableSpan<UInt8>, at place: Int
    ) -> PacketizedPayload? {
        guard index < units.count else { return nil }
        let unit = units[index]
        let size: Int
        if unit.count > maximumPayload {
            size = fragment(unit, of: accessUnit, into: &buffer, at: place)
        } else {
            let count = aggregateCount(in: accessUnit)
            if count > 1 {
                size = aggregate(count, of: accessUnit, into: &buffer, at: place)
            } else {
                buffer.copy(accessUnit.extracting(unit), at: place)
                size = unit.count
                index += 1
            }
        }
        return PacketizedPayload(size: size, isLast: index == units.count)
    }

    /// How many units from `index` on go into one aggregate; 1: none.
    private func aggregateCount(in accessUnit: Span<UInt8>) -> Int {
        guard mode == .nonInterleaved else { return 1 }
        var size = 1
        var end = index
        while end < units.count {
            let unit = units[end]
            guard H264UnitType(rawValue: accessUnit[unit.lowerBound]).isAggregated else { break }
            size += 2 + unit.count
            guard size <= maximumPayload else { break }
            end += 1
        }
        return end - index
    }

    /// STAP-A (§5.7.1): F of any, the highest NRI of all.
    private mutating func aggregate(
        _ count: Int, of accessUnit: Span<UInt8>, into buffer: inout MutableSpan<UInt8>, at place: Int
    ) -> Int {
        var forbidden: UInt8 = 0
        var importance: UInt8 = 0
        var size = 1
        for unit in units[index..<(index + count)] {
            let first = accessUnit[unit.lowerBound]
            forbidden |= first & 0x80
            importance = max(importance, first & 0x60)
            buffer.setBigEndian(UInt16(truncatingIfNeeded: unit.count), at: place + size)
            buffer.copy(accessUnit.extracting(unit), at: place + size + 2)
            size += 2 + unit.count
        }
        buffer[place] = forbidden | importance | H264UnitType.aggregationA.rawValue
        index += count
        return size
    }

    /// FU-A (§5.8), all fragments of a unit about equally large.
    private mutating func fragment(
        _ unit: Range<Int>, of accessUnit: Span<UInt8>, into buffer: inout MutableSpan<UInt8>, at place: Int
    ) -> Int {
        let first = accessUnit[unit.lowerBound]
        let isFirst = fragmented == 0
        if isFirst { fragmented = 1 }
        let room = maximumPayload - 2
        let fragments = (unit.count - 1 + room - 1) / room
        let chunk = (unit.count - 1 + fragments - 1) / fragments
        let start = unit.lowerBound + fragmented
        let end = min(start + chunk, unit.upperBound)
        let isLast = end == unit.upperBound
        buffer[place] = first & 0xE0 | H264UnitType.fragmentA.rawValue
        buffer[place + 1] = (isFirst ? 0x80 : 0) | (isLast ? 0x40 : 0) | first & 0x1F
        buffer.copy(accessUnit.extracting(start..<end), at: place + 2)
        fragmented += end - start
        if isLast {
            index += 1
            fragmented = 0
        }
        return 2 + end - start
    }
}
