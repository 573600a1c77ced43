// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Testing

@testable import Video

/// Writes the bits of parameter sets, independently of the reader under test.
private struct BitWriter {
    var bits: [UInt8] = []

    mutating func fixed(_ value: Int, _ count: Int) {
        for shift in (0..<count).reversed() { bits.append(UInt8(value >> shift & 1)) }
    }

    mutating func unsigned(_ value: Int) {
        let width = Int.bitWidth - (value + 1).leadingZeroBitCount
        fixed(0, width - 1)
        fixed(value + 1, width)
    }

    /// With the stop bit, and emulation prevention where needed.
    var bytes: [UInt8] {
        var all = bits + [1]
        while all.count % 8 != 0 { all.append(0) }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: all.count, by: 8) {
            let byte = all[start..<(start + 8)].reduce(0) { $0 << 1 | $1 }
            if bytes.suffix(2) == [0, 0], byte <= 3 { bytes.append(3) }
            bytes.append(byte)
        }
        return bytes
    }
}

@Suite struct H264ParameterSetTests {
    private func sequenceSet(
        profile: Int = 66, chroma: Int? = nil, columns: Int, rows: Int, interlaced: Bool = false,
        crop: [Int]? = nil, order: Int = 2, scaling: Bool = false
    ) -> [UInt8] {
        var writer = BitWriter()
        writer.fixed(profile, 8)
        writer.fixed(0xC0, 8)
        writer.fixed(31, 8)
        writer.unsigned(0)
        if let chroma {
            writer.unsigned(chroma)
            if chroma == 3 { writer.fixed(0, 1) }
            writer.unsigned(0)
            writer.unsigned(0)
            writer.fixed(0, 1)
            writer.fixed(scaling ? 1 : 0, 1)
            if scaling {
                // One list that repeats 8 at once (delta −8 makes next 0), the others absent.
                writer.fixed(1, 1)
                writer.unsigned(16)
                writer.fixed(0, chroma == 3 ? 11 : 7)
            }
        }
        writer.unsigned(4)
        writer.unsigned(order)
        if order == 0 { writer.unsigned(6) }
        if order == 1 {
            writer.fixed(0, 1)
            writer.unsigned(0)
            writer.unsigned(0)
            writer.unsigned(2)
            writer.unsigned(3)
            writer.unsigned(4)
        }
        writer.unsigned(1)
        writer.fixed(0, 1)
        writer.unsigned(columns - 1)
        writer.unsigned(rows - 1)
        writer.fixed(interlaced ? 0 : 1, 1)
        if interlaced { writer.fixed(0, 1) }
        writer.fixed(1, 1)
        writer.fixed(crop == nil ? 0 : 1, 1)
        for edge in crop ?? [] { writer.unsigned(edge) }
        writer.fixed(0, 1)
        return writer.bytes
    }

    private func size(_ bytes: [UInt8]) -> PictureSize? { sequenceParameterSet(bytes)?.pictureSize }

    @Test func readsSizes() {
        #expect(size(sequenceSet(columns: 40, rows: 30)) == PictureSize(640, 480))
        #expect(
            size(sequenceSet(columns: 80, rows: 45, order: 0)) == PictureSize(1280, 720))
        #expect(
            size(sequenceSet(profile: 100, chroma: 1, columns: 120, rows: 68, crop: [0, 0, 0, 4], order: 0))
                == PictureSize(1920, 1080))
        #expect(
            size(sequenceSet(profile: 100, chroma: 1, columns: 120, rows: 34, interlaced: true, crop: [0, 0, 0, 2]))
                == PictureSize(1920, 1080))
        #expect(
            size(
                sequenceSet(
                    profile: 244, chroma: 3, columns: 20, rows: 12, crop: [0, 0, 0, 12], order: 1, scaling: true))
                == PictureSize(320, 180))
        #expect(
            size(sequenceSet(profile: 122, chroma: 2, columns: 11, rows: 9, crop: [1, 1, 1, 1], scaling: true))
                == PictureSize(172, 142))
        #expect(size(Array(smallSequenceSet.dropFirst())) == PictureSize(640, 480))
    }

    @Test func readsTheProfile() throws {
        let bytes = Array(smallSequenceSet.dropFirst())
        let set = try #require(sequenceParameterSet(bytes))
        #expect(set.profile == 0x42 && set.constraints == 0xC0 && set.level == 0x1E)
    }

    @Test func refusesWhatMakesNoSense() {
        #expect(size([]) == nil)
        #expect(size([66, 0, 30]) == nil)
        #expect(size(sequenceSet(columns: 1025, rows: 1)) == nil)
        #expect(size(sequenceSet(columns: 2, rows: 2, crop: [9, 9, 0, 0])) == nil)
        let whole = sequenceSet(columns: 40, rows: 30)
        for length in 0..<(whole.count - 1) { #expect(size(Array(whole.prefix(length))) == nil) }
    }

    @Test func keepsTheLastSets() throws {
        var sets = H264ParameterSets()
        #expect(!sets.isComplete)
        let aggregate = [0x78, 0, 10] + smallSequenceSet + [0, 5] + smallPictureSet
        #expect(take(aggregate, into: &sets))
        #expect(!take(aggregate, into: &sets))
        #expect(sets.isComplete && sets.count == 2)
        #expect(sets.pictureSize == PictureSize(640, 480))
        #expect(sets.aggregate(room: 40) == aggregate)
        #expect(sets.aggregate(room: aggregate.count) == aggregate)
        // Another picture parameter set, number 1: 010.
        let second: [UInt8] = [0x68, 0x40, 1]
        #expect(take(second, into: &sets))
        #expect((0..<4).map { sets.unit($0) } == [smallSequenceSet, smallPictureSet, second, nil])
        // The same number again, changed: 00 with stop bit and other content.
        let changed: [UInt8] = [0x68, 0xCB, 0x83]
        #expect(take(changed, into: &sets))
        #expect(sets.unit(1) == changed)
    }

    @Test func anAggregateWithoutRoomIsNotWritten() {
        var sets = H264ParameterSets()
        #expect(sets.aggregate(room: 10) == nil)
        _ = take(smallSequenceSet, into: &sets)
        #expect(sets.aggregate(room: 12) == nil)
        #expect(sets.aggregate(room: 13)?.count == 13)
        // A slice, and a set too large to be one.
        #expect(!take([0x65, 0x88], into: &sets))
        #expect(!take(([0x68] + [UInt8](repeating: 0x80, count: 300)), into: &sets))
    }
}
