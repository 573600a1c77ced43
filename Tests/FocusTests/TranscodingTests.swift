// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Geometry
import Picture
import SDP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Slots that were offered for one codec, and cameras of another.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Transcoding {
        /// A camera as wide as a canvas, so that its patch stays where it is.
        private static func camera(
            _ color: PictureColor, _ codec: VideoCodecDescription, slots: Int = 0, tone: Double? = nil
        ) -> TestMember.Options {
            .camera(color, tone: tone) { options in
                options.codecs = [codec]
                options.size = PictureSize(320, 180)
                if slots > 0 { options.takesSlots(slots) }
            }
        }

        private func isComposed(_ count: Int, _ rig: FocusRig) async throws {
            try await Condition.await("\(count) canvases", within: .seconds(2)) {
                let figure = await rig.focus.metrics().first { $0.name == "confab_canvas_rooms" }?.values
                guard case .gauge(let samples) = figure else { return false }
                return samples.first?.value == Double(count)
            }
        }

        /// Waits until operators are told so of a member's video; figures are taken once a second.
        private func isReported(
            _ words: String, on member: TestMember, _ rig: FocusRig, _ isSo: @escaping @Sendable (VideoDetail) -> Bool
        ) async throws {
            try await Condition.await(words, within: .seconds(4)) {
                try await rig.focus.room("team").members.first { $0.uri.contains(member.name) }?.video.map(isSo)
                    ?? false
            }
        }

        @Test(arguments: [(VideoCodecDescription.h264, VideoCodecDescription.vp8), (.vp8, .h264SingleNALUnit)])
        func aCameraOfAnotherCodecIsInASlotToo(
            offered: VideoCodecDescription, other: VideoCodecDescription
        ) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.camera(.red, offered, slots: 3))
                try await rig.sees(cameras: 1)
                let bob = try await rig.join("team", "bob", Self.camera(.green, other))
                let eve = try await rig.join("team", "eve", Self.camera(.blue, offered))
                let slots = try await ann.screen.sees(inSlots: [.green, .blue], within: .seconds(5))
                // Whose each is, the packets say; nobody's picture is taken for another's.
                let contributors = try slots.map { try ann.screen.sights(.slot($0)).contributor }
                #expect(Set(contributors.compactMap(\.self)).count == 2, "\(contributors)")
                #expect(try slots.allSatisfy { try ann.screen.sights(.slot($0)).broken == 0 })
                // It moves.
                let clock = try #require(try ann.screen.sights(.slot(slots[0])).clock)
                try await Condition.await("a clock that runs", within: .seconds(2)) {
                    try ann.screen.sights(.slot(slots[0])).clock.map { $0 > clock } ?? false
                }

                // Gone at once when its camera is, and not a packet more.
                try await bob.showsCamera(false)
                await rig.settles(ann)
                let before = try ann.screen.sights(.slot(slots[0])).packets
                try await ann.audio.passes(500)
                #expect(try ann.screen.sights(.slot(slots[0])).packets == before)
                try await bob.showsCamera(true)
                #expect(try await ann.screen.sees(inSlots: [.green, .blue], within: .seconds(5)) == slots)

                // Those with one line have a canvas of all; the other one goes with whom it was for.
                try await isComposed(2, rig)
                try await isReported("nothing missing", on: ann, rig) { $0.why == nil && $0.slotsFilled == 2 }
                try await ann.hangUp()
                try await isComposed(1, rig)
                try await bob.hangUp()
                try await isComposed(0, rig)
                _ = eve
            }
        }

        @Test func aScreenOfAnotherCodecIsInItsLineToo() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.camera(.red, .h264, slots: 2))
                try await rig.sees(cameras: 1)
                let bob = try await rig.join("team", "bob", Self.camera(.green, .vp8, slots: 2))
                try await bob.screen.sees(inSlots: [.red], within: .seconds(5))
                try await ann.screen.sees(inSlots: [.green], within: .seconds(5))
                try bob.screen.share(true)
                try await ann.screen.sees(.white, .slides, within: .seconds(5))
                try await isReported("whose screen", on: ann, rig) {
                    $0.presenterName?.contains("bob") == true && $0.why == nil
                }
                try await ann.screen.sees(inSlots: [.green])
                #expect(try ann.screen.sights(.slides).contributor != ann.screen.sights(.slot(0)).contributor)
                // Nobody is shown its own.
                #expect(try bob.screen.sights(.slides).pictures == 0)
                try bob.screen.leaveScreen()
                try await ann.screen.seesNothing(.slides)
                try await isComposed(2, rig)
            }
        }

        /// Whose way is narrow gets less of what is made for it.
        @Test func whoTakesLessIsMadeASmallerPicture() async throws {
            try await withFocus { rig in
                let ann = try await rig.join(
                    "team", "ann",
                    .camera(.red) { options in
                        options.codecs = [.h264]
                        options.feedback.formUnion(.temporaryBitrate)
                        options.takesSlots(1)
                    })
                _ = try await rig.join("team", "bob", Self.camera(.green, .vp8))
                try await ann.screen.sees(inSlots: [.green], within: .seconds(5))
                #expect(try ann.screen.sights(.slot(0)).size?.width == 640)
                try ann.screen.limit(to: 150_000, by: .temporaryBitrate, .slot(0))
                try await Condition.await("a smaller picture", within: .seconds(3)) {
                    try ann.screen.sights(.slot(0)).size?.width == 320
                }
                try await ann.screen.sees(inSlots: [.green])
                #expect(try ann.screen.sights(.slot(0)).answers == [150_000])
            }
        }

        /// Eight are made anew in a room. Who sees one less is told why, and has it when there is room.
        @Test func theNinthIsSaidAndComesWhenAnotherGoes() async throws {
            let log = LogBook()
            try await withFocus(logger: log.logger) { rig in
                let ann = try await rig.join("team", "ann", Self.camera(.red, .h264, slots: 9))
                try await ann.showsCamera(false)
                let colors: [PictureColor] = [
                    .red, .green, .blue, .yellow, .white, PictureColor(red: 20, green: 200, blue: 200),
                    PictureColor(red: 200, green: 20, blue: 200), PictureColor(red: 230, green: 120, blue: 20),
                    PictureColor(red: 120, green: 120, blue: 120),
                ]
                var others: [TestMember] = []
                for (number, color) in colors.enumerated() {
                    others.append(try await rig.join("team", "b\(number)", Self.camera(color, .vp8)))
                }
                try await rig.sees(cameras: 9)
                @Sendable func seen() throws -> [Int: PictureColor] { try ann.screen.slots(within: 1500) }
                @Sendable func lacking(_ shown: [Int: PictureColor]) -> [PictureColor] {
                    colors.filter { color in !shown.values.contains { $0.isLike(color) } }
                }
                // One look tells who is shown: at the next one a picture may be late.
                var look: [Int: PictureColor] = [:]
                try await Condition.await("eight cameras", within: .seconds(8), evidence: { "\(log.lines)" }) {
                    look = try seen()
                    return look.count == 8 && lacking(look).count == 1
                }
                let shown = look
                let why = "others send VP8, and 8 pictures, the most, are made anew already"
                try await isReported("a word about the ninth", on: ann, rig) { $0.why == why && $0.slotsFilled == 8 }
                #expect(log.lines.count { $0.hasPrefix("video not shown") && $0.contains("reason=\(why)") } == 1)
                // Nothing of the ninth, and each other one in a slot of its own.
                let empty = try #require((0..<9).first { shown[$0] == nil })
                try await ann.screen.seesNothing(.slot(empty))
                let ninth = try #require(lacking(shown).first)
                // It comes when another goes, whichever that is.
                let gone = try #require(colors.indices.first { !ninth.isLike(colors[$0]) })
                try await others[gone].hangUp()
                // Pictures of eight that are made anew may be further apart than `sees` lets them be.
                try await Condition.await("the ninth in its place", within: .seconds(8)) {
                    let now = try seen()
                    return now.count == 8 && lacking(now) == [colors[gone]]
                }
                try await isReported("nothing missing", on: ann, rig) { $0.why == nil && $0.slotsFilled == 8 }
            }
        }

        @Test func aRoomThatOnlyForwardsDoesNotAndSaysSo() async throws {
            try await withFocus {
                $0.video.mode = .forward
            } _: { rig in
                let ann = try await rig.join("team", "ann", Self.camera(.red, .h264, slots: 3))
                let bob = try await rig.join("team", "bob", Self.camera(.green, .vp8))
                try await rig.sees(cameras: 2)
                try await ann.audio.passes(1000)
                #expect(try ann.screen.slots().isEmpty)
                try await isReported("a word about it", on: ann, rig) { $0.why == "others send VP8" }
                _ = bob
            }
        }
    }
}
