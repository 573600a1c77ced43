// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import Video

@Suite struct OtherCodecTests {
    /// RFC 9628 §4.2: I, P, L, F, B, E, V, Z from the highest bit down.
    @Test(
        arguments: [
            ([0x08, 1], true), ([0x8A, 0x11, 1], true), ([0x8A, 0x91, 0x11, 1], true),
            // Layers, of which the lowest begins the picture.
            ([0x28, 0x00, 1], true), ([0xA8, 0x80, 0x01, 0x10, 1], true), ([0xA8, 0x80, 0x01, 0x02, 1], false),
            ([0xA8, 0x01, 0x04, 1], false),
            // Predicted, in the middle, empty.
            ([0x48, 1], false), ([0x04, 1], false), ([0x08], false), ([], false), ([0xA8, 0x80], false),
        ] as [([UInt8], Bool)])
    func vp9(_ payload: [UInt8], _ starts: Bool) {
        #expect(Datagram(sequence: 1, payload: payload).packet(.vp9).startsKeyframe == starts)
    }

    @Test(
        arguments: [
            ([0x18, 1], true), ([0x08, 1], true), ([0x48, 1], true), ([0x10, 1], false), ([0x98, 1], false),
            ([0x18], false), ([], false),
        ] as [([UInt8], Bool)])
    func av1(_ payload: [UInt8], _ starts: Bool) {
        #expect(Datagram(sequence: 1, payload: payload).packet(.av1).startsKeyframe == starts)
    }

    @Test func namesAreThoseOfDescriptions() {
        #expect(VideoCodec(encodingName: "vp8") == .vp8)
        #expect(VideoCodec(encodingName: "H264") == .h264)
        #expect(VideoCodec(encodingName: "rtx") == nil)
        #expect(VideoCodec.allCases.allSatisfy { VideoCodec(encodingName: $0.encodingName) == $0 })
    }

    @Test func picturesShrinkIntoABoxAndStayEven() {
        let camera = PictureSize(width: 1920, height: 1080)
        #expect(camera.fitting(in: PictureSize(width: 1280, height: 720)) == PictureSize(width: 1280, height: 720))
        #expect(camera.fitting(in: PictureSize(width: 500, height: 500)) == PictureSize(width: 500, height: 280))
        #expect(PictureSize(width: 3, height: 7).fitting(in: camera) == PictureSize(width: 2, height: 6))
        #expect(PictureSize(width: 9, height: 900).fitting(in: PictureSize(width: 20, height: 20)).width == 2)
    }
}
