// SPDX-License-Identifier: GPL-3.0-or-later

import Focus
import Picture
import SDP
import TestSupport
import Testing

/// Screens beside cameras: in a line of their own, or as the one picture of who has none for them.
extension LiveFocusTests.Slots {
    @Test func aSharedScreenIsSeenInItsLineOrAsTheOnePicture() async throws {
        try await withFocus { rig in
            let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots()))
            try await rig.sees(cameras: 1)
            let bob = try await rig.join(
                "team", "bob",
                .camera(.green) {
                    $0.takesSlots()
                    $0.slides = .yellow
                })
            let eve = try await rig.join("team", "eve", .camera(.blue))
            try await ann.screen.sees(inSlots: [.green, .blue])
            try await eve.screen.sees(.red)
            let watcher = try await rig.member("watcher")
            _ = try await watcher.subscribe(rig.uri("team"))
            try ann.screen.share(true)
            try await bob.screen.sees(.white, .slides)
            try await eve.screen.sees(.white)
            #expect(try ann.screen.sights(.slides).pictures == 0)
            try await Condition.await("the screen in the roster", within: .seconds(3)) {
                try await Self.names(watcher).values.contains("ann slides")
            }
            let names = try await Self.names(watcher)
            #expect(try bob.screen.sights(.slides).contributor.flatMap { names[$0] } == "ann slides")
            #expect(try eve.screen.sights.contributor.flatMap { names[$0] } == "ann slides")
            // Cameras go on beside it.
            try await bob.screen.sees(inSlots: [.red, .blue])
            // The latest wins, and when it ends the other is seen again.
            try bob.screen.share(true)
            try await ann.screen.sees(.yellow, .slides)
            try await eve.screen.sees(.yellow)
            try await bob.hold()
            try await eve.screen.sees(.white, within: .seconds(1))
            try await bob.resume()
            try await eve.screen.sees(.yellow)
            try await bob.offersSlides(false)
            try await eve.screen.sees(.white, within: .seconds(1))
            try await ann.hangUp()
            try await eve.screen.sees(.green)
        }
    }

    /// `kill -9` of who has only just begun to share: nothing is known of how it sends its screen.
    @Test func aPresenterThatVanishesAtOnceIsNotWaitedFor() async throws {
        try await withFocus { rig in
            let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots()))
            _ = try await rig.join("team", "bob", .camera(.green))
            let eve = try await rig.join("team", "eve", .camera(.blue))
            try await eve.audio.passes(600)
            try ann.screen.share(true)
            try await eve.screen.sees(.white)
            await ann.vanish()
            try await eve.screen.sees(.green, within: .seconds(2))
        }
    }

    @Test func aStillScreenIsWaitedFor() async throws {
        try await withFocus { rig in
            let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots()))
            let eve = try await rig.join("team", "eve", .camera(.blue))
            try ann.screen.share(true)
            try await eve.screen.sees(.white)
            try ann.screen.share(false)
            try await ann.audio.passes(3000)
            #expect(try eve.screen.sights.color?.isLike(.white) == true)
            try await eve.screen.sees(.red, within: .seconds(4))
            // With a word there is no waiting.
            try ann.screen.share(true)
            try await eve.screen.sees(.white)
            try ann.screen.leaveScreen()
            try await eve.screen.sees(.red, within: .seconds(1))
        }
    }
}
