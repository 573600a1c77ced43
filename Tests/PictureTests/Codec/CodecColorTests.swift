// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Testing

@testable import Picture

@Suite struct CodecColorTests {
    @Test(
        arguments: VideoCodec.allCases,
        [
            PictureSize(640, 360), PictureSize(176, 144), PictureSize(182, 102), PictureSize(1280, 720),
            PictureSize(175, 143), PictureSize(16, 16), PictureSize(361, 640),
        ])
    func aPictureKeepsItsColors(codec: VideoCodec, size: PictureSize) throws {
        var maker = try StreamMaker(codec, size)
        let decoder = try codec.makeDecoder()
        let coded = codec == .h264 ? PictureSize(size.width & ~1, size.height & ~1) : size
        for index in 0..<8 {
            guard let frame = try maker.encode(Patches.picture(size)) else { continue }
            #expect(frame.isKeyframe == (index == 0))
            let decoded = try #require(try decoder.decode(frame.bytes, timestamp: UInt32(index)))
            #expect(decoded.size == coded)
            #expect(Patches.error(of: decoded) <= 6, "frame \(index)")
        }
    }

    @Test(arguments: VideoCodec.allCases)
    func aDecodedPictureStaysWhileTheNextAreDecoded(codec: VideoCodec) throws {
        let size = PictureSize(320, 180)
        var maker = try StreamMaker(codec, size)
        let decoder = try codec.makeDecoder()
        var kept: [(picture: PictureFrame, turn: Int)] = []
        for turn in 0..<12 {
            guard let frame = try maker.encode(Patches.picture(size, turn: turn), keyframe: true) else { continue }
            if let picture = try decoder.decode(frame.bytes, timestamp: 0) { kept.append((picture, turn)) }
        }
        #expect(kept.count == 12)
        for (picture, turn) in kept { #expect(Patches.error(of: picture, turn: turn) <= 6) }
    }

    @Test(arguments: VideoCodec.allCases)
    func aSizeMayChangeInMidstream(codec: VideoCodec) throws {
        let decoder = try codec.makeDecoder()
        var maker = try StreamMaker(codec, PictureSize(320, 180))
        for (turn, size) in [
            PictureSize(320, 180), PictureSize(640, 360), PictureSize(160, 90), PictureSize(1280, 720),
        ].enumerated() {
            var parameters = maker.encoder.parameters
            parameters.size = size
            try maker.encoder.apply(parameters)
            for index in 0..<3 {
                guard let frame = try maker.encode(Patches.picture(size, turn: turn)) else { continue }
                #expect(frame.isKeyframe == (index == 0))
                let decoded = try #require(try decoder.decode(frame.bytes, timestamp: 0))
                #expect(decoded.size == size && Patches.error(of: decoded, turn: turn) <= 6)
            }
        }
    }
}
