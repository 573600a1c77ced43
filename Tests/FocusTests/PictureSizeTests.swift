// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Geometry
import Picture
import SDP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Cameras that send larger pictures than somebody says that it takes.
    @Suite(.serialized, .timeLimit(.minutes(1))) struct PictureSizes {
        private static let large: @Sendable (inout MemberVideo.Options) -> Void = { $0.size = PictureSize(704, 576) }

        /// Takes 352 by 288 pixels at the most.
        private static let small: [VideoCodecDescription] = [
            VideoCodecDescription(encodingName: "vp8", fmtp: FormatParameters(parsing: "max-fr=30;max-fs=396")),
            VideoCodecDescription(
                encodingName: "h264", fmtp: FormatParameters(parsing: "profile-level-id=42e00b;packetization-mode=1")),
        ]

        private func isSmall(_ size: PictureSize?) -> Bool {
            size.map { PictureLimits(macroblocksPerPicture: 396).allow(width: $0.width, height: $0.height) } ?? false
        }

        @Test(arguments: small) func whoTakesSmallPicturesSeesTheGrid(codec: VideoCodecDescription) async throws {
            try await withFocus { rig in
                let ann = try await rig.join(
                    "team", "ann",
                    .camera(.red) {
                        Self.large(&$0)
                        $0.codecs = [codec.isH264 ? .h264 : .vp8]
                    })
                let bob = try await rig.join("team", "bob", .camera(.green) { $0.codecs = [codec] })
                try await bob.seesGrid([.red, .green])
                #expect(isSmall(try bob.screen.sights.size))
                // The other way nothing is made anew.
                try await ann.screen.sees(.green)
                #expect(try ann.screen.sights.size == PictureSize(176, 144))
            }
        }

        @Test func whoHasSlotsSeesThePictureMadeSmaller() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.large))
                let bob = try await rig.join(
                    "team", "bob",
                    .camera(.green) {
                        $0.takesSlots(2)
                        $0.codecs = [Self.small[0]]
                    })
                _ = try await rig.join("team", "eve", .camera(.blue))
                let slots = try await bob.screen.sees(inSlots: [.red, .blue])
                #expect(isSmall(try bob.screen.sights(.slot(slots[0])).size))
                #expect(try bob.screen.sights(.slot(slots[1])).size == PictureSize(176, 144))
                try await ann.screen.sees(.green)
            }
        }

        /// An operator who wants nothing made anew is told.
        @Test func whereNothingIsMadeAnewItIsSaid() async throws {
            try await withFocus {
                $0.video.mode = .forward
            } _: { rig in
                _ = try await rig.join("team", "ann", .camera(.red, Self.large))
                let bob = try await rig.join("team", "bob", .camera(.green) { $0.codecs = [Self.small[0]] })
                try await bob.screen.sees(.red)
                try await Condition.await("the operator's view", within: .seconds(4)) {
                    let members = try await rig.focus.room("team").members
                    return members.last?.video?.phrase
                        == "VP8 176x144, sees ann: the picture of ann is 704x576, larger than it says that it takes"
                }
            }
        }
    }
}
