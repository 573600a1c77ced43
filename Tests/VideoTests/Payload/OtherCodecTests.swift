// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Testing

@testable import Video

@Suite struct OtherCodecTests {
    /// RFC 9628 §4.2: I, P, L, F, B, E, V, Z from the highest bit down.
    @Test(
        arguments: [
            ([0x08, 0x82], true), ([0x88, 0x11, 0x82], true), ([0x88, 0x91, 0x11, 0x82], true),
            // Scalability structures: empty, with sizes, with pictures that refer to others; cut off.
            ([0x8A, 0x11, 0x00, 0x82], true), ([0x0A, 0x30, 1, 2, 3, 4, 5, 6, 7, 8, 0x82], true),
            ([0x0A, 0x08, 2, 0x00, 0x08, 1, 1, 0x82], true), ([0x0A, 0x08, 9, 0x82], false), ([0x0A], false),
            // Layers, of which the lowest begins the picture.
            ([0x28, 0x00, 0x01, 0x82], true), ([0x38, 0x00, 0x82], true), ([0xA8, 0x80, 0x01, 0x10, 0x01, 0x82], true),
            ([0xA8, 0x80, 0x01, 0x02, 0x01, 0x82], false), ([0xA8, 0x01, 0x04, 0x01, 0x82], false),
            // Predicted, in the middle, empty.
            ([0x48, 0x82], false), ([0x04, 0x82], false), ([0x08], false), ([], false), ([0xA8, 0x80], false),
            // Said to be predicted from nothing, and predicted all the same; shown again; profile 3; no frame at all.
            ([0x08, 0x86], false), ([0x08, 0x8A], false), ([0x08, 0xB1], true), ([0x08, 0xB2], false),
            ([0x08, 0x02], false),
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
        #expect(PayloadFormat(encodingName: "vp8") == .vp8)
        #expect(PayloadFormat(encodingName: "H264") == .h264)
        #expect(PayloadFormat(encodingName: "rtx") == nil)
        #expect(PayloadFormat.allCases.allSatisfy { PayloadFormat(encodingName: $0.encodingName) == $0 })
    }

    @Test func picturesShrinkIntoABoxAndStayEven() {
        let camera = PictureSize(1920, 1080)
        #expect(camera.fitting(in: PictureSize(1280, 720)) == PictureSize(1280, 720))
        #expect(camera.fitting(in: PictureSize(500, 500)) == PictureSize(500, 280))
        #expect(PictureSize(3, 7).fitting(in: camera) == PictureSize(2, 6))
        #expect(PictureSize(9, 900).fitting(in: PictureSize(20, 20)).width == 2)
    }
}
