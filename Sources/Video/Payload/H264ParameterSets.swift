// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
import RTP

/// The parameter sets that a source sent last. Many send them once and later IDR pictures without: whoever comes to see
/// such a source later needs them first.
///
/// At most one sequence and four picture parameter sets of at most 256 octets each. Allocates only when one changes.
package struct H264ParameterSets: Sendable {
    private static let largest = 256
    private static let mostPictureSets = 4

    private var sequence: [UInt8] = []
    private var pictures: [(identifier: Int, unit: [UInt8])] = []
    /// What the sequence parameter set says.
    package private(set) var pictureSize: PictureSize?

    package init() {}

    /// Both kinds are here: a decoder can begin.
    package var isComplete: Bool { !sequence.isEmpty && !pictures.isEmpty }

    /// How many NAL units there are: as many packets in packetization-mode 0.
    package var count: Int { (sequence.isEmpty ? 0 : 1) + pictures.count }

    /// The NAL unit at `index`, sequence parameter set first; nil from `count` on.
    package func unit(_ index: Int) -> [UInt8]? {
        guard index >= 0, index < count else { return nil }
        if sequence.isEmpty { return pictures[index].unit }
        return index == 0 ? sequence : pictures[index - 1].unit
    }

    /// Keeps what an RTP payload holds of parameter sets.
    /// - Returns: whether any is new or has changed.
    @discardableResult
    package mutating func take(_ payload: Span<UInt8>) -> Bool {
        var hasChanged = false
        var reader = H264PayloadReader()
        while let piece = try? reader.next(in: payload) {
            guard piece.begins, piece.ends, piece.body.count < Self.largest else { continue }
            let unit = payload.extracting((piece.body.lowerBound - 1)..<piece.body.upperBound)
            // A piece that begins and ends is whole in the payload, its first octet included; but for a fragment that
            // claims both, which §5.8 forbids.
            guard unit[0] == piece.header else { continue }
            hasChanged = take(unit: unit) || hasChanged
        }
        return hasChanged
    }

    /// Keeps a NAL unit that is a parameter set, as `take` does.
    @discardableResult
    package mutating func take(unit: Span<UInt8>) -> Bool {
        guard unit.count > 1, unit.count <= Self.largest else { return false }
        let body = unit.extracting(1..<unit.count)
        switch H264UnitType(rawValue: unit[0]) {
        case .sequenceParameterSet:
            guard !Self.equal(sequence, unit) else { return false }
            sequence = Self.copy(unit)
            pictureSize = H264SequenceParameterSet(body)?.pictureSize
            return true
        case .pictureParameterSet:
            var bits = ExpGolombReader()
            let identifier = bits.unsigned(in: body)
            guard !bits.hasFailed else { return false }
            if let index = pictures.firstIndex(where: { $0.identifier == identifier }) {
                guard !Self.equal(pictures[index].unit, unit) else { return false }
                pictures[index].unit = Self.copy(unit)
            } else {
                if pictures.count == Self.mostPictureSets { pictures.removeFirst() }
                pictures.append((identifier, Self.copy(unit)))
            }
            return true
        default: return false
        }
    }

    /// Writes all of them as one STAP-A (RFC 6184 §5.7.1).
    /// - Returns: octets written; nil where none is here or `buffer` has no room.
    package func writeAggregate(into buffer: inout MutableSpan<UInt8>, at place: Int) -> Int? {
        var size = 1
        for index in 0..<count { size += 2 + (unit(index)?.count ?? 0) }
        guard count > 0, place >= 0, place + size <= buffer.count else { return nil }
        var offset = place + 1
        var importance: UInt8 = 0
        for index in 0..<count {
            guard let unit = unit(index), let first = unit.first else { continue }
            importance = max(importance, first & 0x60)
            buffer.setBigEndian(UInt16(truncatingIfNeeded: unit.count), at: offset)
            buffer.copy(unit.span, at: offset + 2)
            offset += 2 + unit.count
        }
        buffer[place] = importance | H264UnitType.aggregationA.rawValue
        return size
    }

    private static func equal(_ kept: [UInt8], _ unit: Span<UInt8>) -> Bool {
        guard kept.count == unit.count else { return false }
        return unit.indices.allSatisfy { kept[$0] == unit[$0] }
    }

    private static func copy(_ unit: Span<UInt8>) -> [UInt8] { unit.indices.map { unit[$0] } }
}
