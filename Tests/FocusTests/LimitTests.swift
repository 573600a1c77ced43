// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Geometry
import Picture
import RTP
import SDP
import TestSupport
import Testing
import Video

extension LiveFocusTests {
    /// What receivers say that they can take, and what cameras are told that they may send.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Limits {
        private static let ways: [VideoFeedback] = [.estimatedBitrate, .temporaryBitrate]

        private static func knows(_ feedback: VideoFeedback) -> (inout MemberVideo.Options) -> Void {
            { $0.feedback.formUnion(feedback) }
        }

        private func isTold(_ member: TestMember, _ limit: Int, by feedback: VideoFeedback) async throws {
            try await Condition.await(
                "\(limit) bits a second", within: .seconds(3), evidence: { "\(member.video?.sights as Any)" }
            ) {
                let sights = try member.screen.sights
                return sights.limit == limit && sights.limitedBy == feedback
            }
        }

        @Test(arguments: ways, ways)
        func theOnlyReceiversLimitReachesTheCamera(said: VideoFeedback, told: VideoFeedback) async throws {
            try await withFocus {
                $0.video.maxBitrate = nil
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.knows(told)))
                let bob = try await rig.join("team", "bob", .camera(.green, Self.knows(said)))
                try await bob.screen.sees(.red)
                try await ann.screen.sees(.green)
                try bob.screen.limit(to: 200_000, by: said)
                try await isTold(ann, 200_000, by: told)
                try bob.screen.limit(to: 800_000, by: said)
                try await isTold(ann, 800_000, by: told)
                // What was confirmed is not asked again; an estimate is told with each report.
                let before = try ann.screen.sights.limits
                try await ann.audio.passes(2500)
                let more = try ann.screen.sights.limits - before
                #expect(told == .temporaryBitrate ? more == 0 : more > 0)
                // TMMBR is answered by TMMBN (RFC 5104 §4.2.2.2), REMB by nothing.
                #expect(try bob.screen.sights.answers == (said == .temporaryBitrate ? [200_000, 800_000] : []))
                #expect(try bob.screen.sights.limit == nil)
                // Nobody is shown the camera: nothing of the limit is left.
                try await bob.hangUp()
                try await Condition.await("no limit any more", within: .seconds(3)) {
                    try ann.screen.sights.limit ?? 0 >= 1_000_000_000 - 1_000_000_000 >> 16
                }
            }
        }

        @Test("who names no limit is limited by what it loses, as long as it does")
        func lossOfTheOnlyReceiverReachesTheCamera() async throws {
            try await withFocus {
                $0.video.maxBitrate = nil
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.knows(.estimatedBitrate)))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await bob.screen.sees(.red)
                for _ in 0..<3 {
                    try bob.screen.report(lost: 0.5)
                    try await ann.audio.passes(600)
                }
                try await Condition.await(
                    "a limit", within: .seconds(3), evidence: { "\(ann.video?.sights as Any)" }
                ) { try ann.screen.sights.limit.map { $0 < 1_000_000 } ?? false }
                func isUnlimited() throws -> Bool {
                    try ann.screen.sights.limit ?? 0 >= 1_000_000_000 - 1_000_000_000 >> 16
                }
                var reports = 0
                while reports < 20, try !isUnlimited() {
                    reports += 1
                    try bob.screen.report(lost: 0)
                    try await ann.audio.passes(550)
                }
                try await Condition.await("no limit any more", within: .seconds(3)) { try isUnlimited() }
            }
        }

        /// Isolation of a bad leg: the camera goes by the best off of its receivers, and who has less is told that it is not obeyed.
        @Test func oneBadLegLowersNobody() async throws {
            try await withFocus {
                $0.video.maxBitrate = nil
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.knows(.estimatedBitrate)))
                try await rig.sees(cameras: 1)
                let bob = try await rig.join("team", "bob", .camera(.green, Self.knows(.temporaryBitrate)))
                let eve = try await rig.join("team", "eve", .camera(.blue, Self.knows(.temporaryBitrate)))
                try await bob.screen.sees(.red)
                try await eve.screen.sees(.red)
                try bob.screen.limit(to: 100_000, by: .temporaryBitrate)
                try await ann.audio.passes(2500)
                #expect(try ann.screen.sights.limit == nil)
                #expect(try bob.screen.sights.answers == [nil])
                try eve.screen.limit(to: 300_000, by: .temporaryBitrate)
                try await isTold(ann, 300_000, by: .estimatedBitrate)
                try await Condition.await("an answer") { try eve.screen.sights.answers == [300_000] }
                try bob.screen.limit(to: 100_000, by: .temporaryBitrate)
                try await Condition.await("an answer", within: .seconds(1)) {
                    try bob.screen.sights.answers == [nil, nil]
                }
            }
        }

        @Test(arguments: ways) func camerasAreToldWhatTheRoomAllows(told: VideoFeedback) async throws {
            try await withFocus {
                $0.video.maxBitrate = 600_000
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.knows(told)))
                let bob = try await rig.join("team", "bob", .camera(.green, Self.knows(.estimatedBitrate)))
                try await bob.screen.sees(.red)
                try await isTold(ann, 600_000, by: told)
                // A receiver takes no more than the room allows.
                try bob.screen.limit(to: 5_000_000, by: .estimatedBitrate)
                try await ann.audio.passes(2500)
                #expect(try ann.screen.sights.limit == 600_000)
            }
        }

        /// A camera that was told of no way to be limited is told nothing, and who sees it that it is not obeyed.
        @Test func whoKnowsNeitherIsToldNothing() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green, Self.knows(.temporaryBitrate)))
                try await bob.screen.sees(.red)
                try bob.screen.limit(to: 200_000, by: .temporaryBitrate)
                try await ann.audio.passes(2000)
                #expect(try ann.screen.sights.limits == 0 && bob.screen.sights.answers == [nil])
                // An estimate was not agreed on with it.
                try bob.screen.limit(to: 200_000, by: .estimatedBitrate)
                try ann.screen.limit(to: 200_000, by: .temporaryBitrate)
                try await ann.audio.passes(1500)
                #expect(try ann.screen.sights.answers.isEmpty)
            }
        }

        /// A canvas is made here, for each in a form that it takes: the others' stays as it is.
        @Test(arguments: ways) func whoTakesLessIsComposedASmallerGrid(said: VideoFeedback) async throws {
            try await withFocus {
                $0.video.mode = .grid
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green, Self.knows(said)))
                try await ann.seesGrid([.red, .green])
                try await bob.seesGrid([.red, .green])
                let size = try #require(try ann.screen.sights.size)
                #expect(try bob.screen.sights.size == size && size.width > 320)
                try bob.screen.limit(to: 150_000, by: said)
                try await Condition.await("a smaller grid", within: .seconds(4)) {
                    try bob.screen.sights.size?.width == 320
                }
                try await bob.seesGrid([.red, .green])
                try await ann.seesGrid([.red, .green])
                #expect(try ann.screen.sights.size == size)
                #expect(try bob.screen.sights.answers == (said == .temporaryBitrate ? [150_000] : []))
                // Nobody's camera is held down for it.
                #expect(try bob.screen.sights.broken == 0)
            }
        }
    }
}
