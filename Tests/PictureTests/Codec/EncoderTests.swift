// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Testing

@testable import Picture

@Suite struct EncoderTests {
    @Test(arguments: VideoCodec.allCases)
    func keyframesComeFirstAndOnRequestOnly(codec: VideoCodec) throws {
        let size = PictureSize(320, 180)
        var maker = try StreamMaker(codec, size)
        for index in 0..<60 {
            // A cut of scene in between must not make one.
            let picture = index == 20 ? Patches.picture(size) : Patches.busy(size, step: index)
            let isAsked = index == 30 || index == 31
            let frame = try maker.encode(picture, keyframe: isAsked)
            if isAsked { #expect(frame != nil) }
            if let frame { #expect(frame.isKeyframe == (isAsked || index == 0), "frame \(index)") }
        }
    }

    @Test(arguments: VideoCodec.allCases)
    func aKeyframeStandsAlone(codec: VideoCodec) throws {
        let size = PictureSize(320, 180)
        var maker = try StreamMaker(codec, size)
        for index in 0..<10 { _ = try maker.encode(Patches.busy(size, step: index)) }
        let frame = try #require(try maker.encode(Patches.picture(size), keyframe: true))
        let decoded = try codec.makeDecoder().decode(frame.bytes, timestamp: 0)
        #expect(try Patches.error(of: #require(decoded)) <= 12)
    }

    /// Bytes of two seconds after one second at this rate.
    private static func bytes(_ maker: inout StreamMaker, _ size: PictureSize) throws -> Int {
        var sum = 0
        for index in 0..<90 {
            let frame = try maker.encode(Patches.busy(size, step: index))
            if index >= 30 { sum += frame?.bytes.count ?? 0 }
        }
        return sum
    }

    @Test(arguments: VideoCodec.allCases)
    func aChangeOfBitrateShowsWithoutARestart(codec: VideoCodec) throws {
        let size = PictureSize(320, 180)
        var maker = try StreamMaker(codec, size, bitrate: 800_000)
        let before = try Self.bytes(&maker, size)
        var parameters = maker.encoder.parameters
        parameters.bitrate = 200_000
        try maker.encoder.apply(parameters)
        #expect(try maker.encode(Patches.busy(size, step: 90))?.isKeyframe != true)
        let low = try Self.bytes(&maker, size)
        parameters.bitrate = 800_000
        try maker.encoder.apply(parameters)
        let after = try Self.bytes(&maker, size)
        // 800 kbit/s for two seconds are 200000 bytes.
        #expect((120_000...260_000).contains(before), "\(before) bytes")
        #expect((30_000...75_000).contains(low), "\(low) bytes")
        #expect((120_000...260_000).contains(after), "\(after) bytes")
    }

    @Test func aChangeOfFrameRateKeepsTheBitrateOfH264() throws {
        let size = PictureSize(320, 180)
        var maker = try StreamMaker(.h264, size, bitrate: 400_000)
        _ = try Self.bytes(&maker, size)
        var parameters = maker.encoder.parameters
        parameters.frameRate = 10
        try maker.encoder.apply(parameters)
        // 60 pictures at 10 a second are 6 s: 300000 bytes.
        let bytes = try Self.bytes(&maker, size)
        #expect((200_000...400_000).contains(bytes), "\(bytes) bytes")
    }

    /// Types and lengths of NAL units, start codes included.
    private static func units(_ bytes: [UInt8]) -> [(type: UInt8, count: Int)] {
        var starts: [Int] = []
        var index = 0
        while index + 3 < bytes.count {
            if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
                starts.append(index)
                index += 3
            } else {
                index += 1
            }
        }
        let ends = starts.dropFirst() + [bytes.count]
        return zip(starts, ends).map { (bytes[$0 + 3] & 0x1f, $1 - $0) }
    }

    @Test func slicesOfH264FitAPacketWhenAsked() throws {
        let size = PictureSize(640, 360)
        var maker = try StreamMaker(.h264, size, bitrate: 2_000_000, slice: 1200)
        var most = 0
        for index in 0..<30 {
            let frame = try #require(try maker.encode(Patches.busy(size, step: index), keyframe: index == 15))
            let units = Self.units(frame.bytes)
            most = max(most, units.count)
            #expect(units.allSatisfy { $0.count <= 1200 }, "frame \(index)")
            // SPS, PPS, then slices of an IDR picture; other pictures are slices only.
            let types = units.map(\.type)
            if frame.isKeyframe {
                #expect(types.prefix(2) == [7, 8] && types.dropFirst(2).allSatisfy { $0 == 5 })
            } else {
                #expect(types.allSatisfy { $0 == 1 })
            }
        }
        #expect(most > 3)
    }

    @Test func h264IsConstrainedBaseline() throws {
        var maker = try StreamMaker(.h264, PictureSize(640, 360))
        let frame = try #require(try maker.encode(Patches.picture(PictureSize(640, 360))))
        // After the start code and the NAL unit's header: profile_idc, then constraint_set0 and constraint_set1.
        let bytes = Array(frame.bytes.drop { $0 == 0 })
        #expect(bytes[0] == 1 && bytes[1] & 0x1f == 7 && bytes[2] == 66 && bytes[3] & 0xc0 == 0xc0)
    }

    @Test(arguments: VideoCodec.allCases)
    func whatCannotBeIsRefused(codec: VideoCodec) throws {
        let good = VideoEncoderParameters(size: PictureSize(320, 180), frameRate: 30, bitrate: 500_000)
        func refused(_ expected: VideoEncodeError, _ change: (inout VideoEncoderParameters) -> Void) throws {
            var bad = good
            change(&bad)
            #expect(throws: expected) { _ = try codec.makeEncoder(bad) }
            #expect(throws: expected) { try codec.makeEncoder(good).apply(bad) }
        }
        try refused(.size(codec, PictureSize(8, 180))) { $0.size.width = 8 }
        try refused(.size(codec, PictureSize(320, 5000))) { $0.size.height = 5000 }
        try refused(.frameRate(0)) { $0.frameRate = 0 }
        try refused(.bitrate(0)) { $0.bitrate = 0 }
        try refused(.sliceBytes(10)) { $0.maximumSliceBytes = 10 }
        let other = PictureSize(322, 180)
        var frame = EncodedFrame()
        #expect(throws: VideoEncodeError.pictureSize(other, expected: good.size)) {
            try codec.makeEncoder(good).encode(PictureFrame(other), timestamp: 0, keyframe: false, into: &frame)
        }
    }

    @Test(arguments: VideoCodec.allCases)
    func timeMayStandStill(codec: VideoCodec) throws {
        let encoder = try codec.makeEncoder(
            VideoEncoderParameters(size: PictureSize(64, 64), frameRate: 30, bitrate: 100_000))
        var frame = EncodedFrame()
        for time in [Int64(90_000), 90_000, 0, -5, 180_000] {
            if try encoder.encode(PictureFrame(PictureSize(64, 64)), timestamp: time, keyframe: false, into: &frame) {
                #expect(frame.timestamp == time)
            }
        }
    }
}
