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
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct PictureSizes {
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

        /// A room system's second line, of H.264 level 3.1 or its like.
        @Test(arguments: ["vp8": "max-fr=30;max-fs=3600", "h264": "profile-level-id=42e01f;packetization-mode=1"])
        func aLargeScreenIsMadeAnewForASmallerLine(name: String, parameters: String) async throws {
            let codec = VideoCodecDescription(encodingName: name, fmtp: FormatParameters(parsing: parameters))
            try await withFocus { rig in
                let ann = try await rig.join(
                    "team", "ann",
                    .camera(.red) {
                        $0.takesSlots(1)
                        $0.codecs = [codec.isH264 ? .h264 : .vp8]
                        ($0.size, $0.frameRate) = (PictureSize(1920, 1080), 5)
                    })
                let bob = try await rig.join(
                    "team", "bob",
                    .camera(.green) {
                        $0.takesSlots(1)
                        $0.codecs = [codec]
                        $0.takesLargeScreens = false
                    })
                try ann.screen.share(true)
                try await bob.screen.sees(.white, .slides)
                try await Condition.await(
                    "it made smaller", within: .seconds(5),
                    evidence: { "\((try? bob.screen.sights(.slides).size) as Any)" }
                ) { try bob.screen.sights(.slides).size == PictureSize(1280, 720) }
                try ann.screen.leaveScreen()
                try await bob.screen.seesNothing(.slides)
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
