// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import RTP
import TestSupport
import Testing

@testable import Video

@Suite struct H264PayloadTests {
    private let idr = h264Slice(5, size: 250, seed: 1)

    @Test func annexBIsCutAtStartCodes() {
        let stream: [UInt8] = [
            0, 0, 0, 1, 9, 0x10, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 0, 1, 0x68, 0, 0, 3, 1, 0, 0, 1, 0x65, 7,
        ]
        var reader = AnnexBReader()
        var units: [[UInt8]] = []
        while let unit = reader.next(in: stream) { units.append(Array(stream[unit])) }
        #expect(units == [[9, 0x10], [0x67, 1, 2], [0x68, 0, 0, 3, 1], [0x65, 7]])
    }

    @Test(arguments: [[], [0], [0, 0], [0, 0, 1], [0, 0, 0, 1], [1, 2, 3], [0, 0, 1, 0, 0, 1]] as [[UInt8]])
    func nothingIsFoundWhereNothingIs(_ stream: [UInt8]) {
        var reader = AnnexBReader()
        let unit = reader.next(in: stream)
        #expect(unit == nil)
    }

    @Test func modeOneAggregatesAndFragments() throws {
        let unit = startCode + [9, 0x10] + startCode + smallSequenceSet + startCode + smallPictureSet + startCode + idr
        let payloads = h264Payloads(unit, mode: .nonInterleaved)
        #expect(payloads.map(\.last) == [false, false, false, true])
        // STAP-A with NRI 3: 0x78 (RFC 6184 §5.7.1, Figure 7).
        #expect(payloads[0].payload == [0x78, 0, 10] + smallSequenceSet + [0, 5] + smallPictureSet)
        // FU-A with NRI 3: 0x7C, then S, nothing, E over type 5 (§5.8, Figure 14).
        #expect(payloads[1...].map { Array($0.payload.prefix(2)) } == [[0x7C, 0x85], [0x7C, 0x05], [0x7C, 0x45]])
        #expect(payloads[1...].flatMap { $0.payload.dropFirst(2) } == Array(idr.dropFirst()))
        #expect(payloads.allSatisfy { $0.payload.count <= 100 })
    }

    @Test func modeZeroSendsUnitsAloneAndNamesThoseTooLarge() {
        let slice = h264Slice(5, size: 100, seed: 2)
        let unit = startCode + smallSequenceSet + startCode + smallPictureSet + startCode + idr + startCode + slice
        #expect(
            h264Payloads(unit, mode: .singleNALUnit).map(\.payload) == [smallSequenceSet, smallPictureSet, slice])
        var packetizer = H264Packetizer(mode: .singleNALUnit, maximumPayload: 100)
        packetizer.begin(unit.span)
        #expect(packetizer.oversized.map { Array(unit[$0]) } == [idr])
    }

    @Test func theMarkerStandsOnWhatIsSentLast() {
        let unit = startCode + h264Slice(1, size: 50, seed: 3) + startCode + idr
        #expect(h264Payloads(unit, mode: .singleNALUnit).map(\.last) == [true])
        #expect(h264Payloads(startCode + idr, mode: .singleNALUnit).isEmpty)
    }

    @Test func aKeyFrameBeginsAtItsParameterSetOrFirstSlice() {
        func starts(_ payload: [UInt8]) -> Bool { Datagram(sequence: 1, payload: payload).packet(.h264).startsKeyframe }
        #expect(starts(smallSequenceSet))
        #expect(!starts(smallPictureSet))
        #expect(starts(h264Slice(5, size: 9, seed: 4)))
        #expect(!starts(h264Slice(5, size: 9, first: false, seed: 4)))
        #expect(!starts(h264Slice(1, size: 9, seed: 4)))
        #expect(starts([0x7C, 0x85, 0x88, 1]))
        #expect(!starts([0x7C, 0x05, 0x88, 1]))
        #expect(!starts([0x7C, 0x85]))
        #expect(starts([0x78, 0, 1, 9, 0, 2, 0x65, 0x88]))
        #expect(!starts([0x78, 0, 9, 0x65, 0x88]))
        let idr = Datagram(sequence: 1, payload: [0x65, 0x88]).packet(.h264)
        #expect(idr.lacksParameterSets && !idr.needsNonInterleavedMode)
        let sets = h264Payloads(startCode + smallSequenceSet + startCode + smallPictureSet, mode: .nonInterleaved)
        let packet = Datagram(sequence: 1, payload: sets.first?.payload ?? []).packet(.h264)
        #expect(packet.startsKeyframe && !packet.lacksParameterSets && packet.needsNonInterleavedMode)
        #expect(packet.pictureSize == PictureSize(640, 480))
    }

    @Test func whatModeTwoNeedsIsRefused() {
        for type in [0, 25, 26, 27, 29, 30, 31] as [UInt8] {
            var reader = H264PayloadReader()
            #expect(throws: H264PayloadError.unsupported(type)) { _ = try reader.next(in: [type, 1, 2]) }
        }
        var reader = H264PayloadReader()
        #expect(throws: H264PayloadError.truncated) { _ = try reader.next(in: [0x7C]) }
    }

    @Test func anyBytesAreReadWithoutHarm() {
        var random = SeededGenerator(seed: 8)
        var sets = H264ParameterSets()
        for round in 0..<50_000 {
            var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...3, using: &random) : .random(in: 0...255, using: &random)
            }
            if round % 3 == 0, !bytes.isEmpty { bytes[0] = 0x78 }
            if round % 3 == 1, !bytes.isEmpty { bytes[0] = 0x67 }
            var reader = H264PayloadReader()
            while let piece = try? reader.next(in: bytes.span) { #expect(piece.body.upperBound <= bytes.count) }
            _ = H264SequenceParameterSet(bytes.span)
            _ = take(bytes, into: &sets)
            _ = h264Payloads(bytes, mode: .nonInterleaved, maximum: 12)
            _ = h264Payloads([0, 0, 1] + bytes, mode: .nonInterleaved, maximum: 12)
        }
    }
}
