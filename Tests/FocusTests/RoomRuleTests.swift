// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Foundation
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// The rules of arranged rooms and the keys of their members, by what others hear of them.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct RoomRules {
        /// With a room without a PIN; with 999 one is its moderator.
        private static func withHall(
            _ change: (inout RoomDefinition) -> Void, _ body: (FocusRig) async throws -> Void
        ) async throws {
            var room = RoomDefinition(name: "hall")
            room.moderatorPIN = "999"
            change(&room)
            let rooms = [room]
            try await withFocus({ $0.conference.rooms = rooms }, body)
        }

        private static func chair(_ rig: FocusRig, _ tone: Double) async throws -> TestMember {
            let chair = try await rig.member("chair", .tone(tone))
            try await chair.dial(rig.uri("hall") + ";pin=999")
            return chair
        }

        /// A webinar.
        @Test func othersThanPresentersAreHeardOnlyWhenTheyAreUnmuted() async throws {
            try await Self.withHall {
                $0.presenterOnly = true
            } _: { rig in
                let chair = try await Self.chair(rig, 440)
                let bob = try await rig.join("hall", "bob", .tone(1000))
                let cec = try await rig.join("hall", "cec", .tone(2200))
                for member in [bob, cec] { try await member.audio.hears(440) }
                // Nobody lets itself speak.
                try await bob.say("/unmute")
                try await Condition.await("the refusal") {
                    await bob.messages.contains { $0.contains("who alone can unmute it") }
                }
                try await chair.audio.passes(600)
                for tone in [1000.0, 2200] { #expect(chair.audio.heard(since: 0).peak(of: tone) < -50) }
                try await chair.say("/presenter bob")
                try await chair.audio.hears(1000)
                try await cec.audio.hears(1000)
                let mark = chair.audio.mark
                try await chair.audio.passes(400)
                #expect(chair.audio.heard(since: mark).peak(of: 2200) < -50)
                try await chair.say("/unmute cec")
                try await chair.audio.hears(2200)
                try await chair.say("/mute cec")
                try await chair.audio.losesTone(2200)
            }
        }

        @Test func newcomersAreNotHeardBeforeTheyUnmuteThemselves() async throws {
            try await Self.withHall {
                $0.joinMuted = true
            } _: { rig in
                let chair = try await Self.chair(rig, 440)
                let bob = try await rig.join("hall", "bob", .tone(1000))
                try await bob.audio.hears(440)
                try await chair.audio.passes(600)
                #expect(chair.audio.heard(since: 0).peak(of: 1000) < -50)
                try await bob.press("*6")
                try await chair.audio.hears(1000)
            }
        }

        /// Its leg was opened before anybody knew.
        @Test func whoBecomesModeratorAtTheDoorIsHeard() async throws {
            try await Self.withHall {
                $0.joinMuted = true
                $0.pin = "4711"
            } _: { rig in
                let bob = try await rig.member("bob", .tone(1000))
                try await bob.dial(rig.uri("hall") + ";pin=4711")
                let chair = try await rig.join("hall", "chair", .tone(440))
                // Keys are heard once its leg is there.
                try await chair.audio.passes(400)
                try await chair.press("999#")
                try await bob.audio.hears(440)
                try await chair.audio.passes(600)
                #expect(chair.audio.heard(since: 0).peak(of: 1000) < -50)
            }
        }

        @Test func nobodyHearsAnybodyBeforeTheModeratorIsThereNorAfterItHasLeft() async throws {
            try await Self.withHall {
                $0.waitForModerator = true
                $0.endWithModerator = true
            } _: { rig in
                // Far from the notes that who waits is played.
                let bob = try await rig.join("hall", "bob", .tone(1600))
                let cec = try await rig.join("hall", "cec", .tone(2200))
                try await Condition.await("both wait") {
                    try await rig.focus.room("hall").members.map(\.state) == [.waiting, .waiting]
                }
                for member in [bob, cec] { try await member.audio.passes(600) }
                #expect(bob.audio.heard(since: 0).peak(of: 2200) < -50)
                #expect(cec.audio.heard(since: 0).peak(of: 1600) < -50)
                let chair = try await Self.chair(rig, 1000)
                try await bob.audio.hears(2200)
                try await cec.audio.hears(1600)
                for member in [bob, cec] { try await member.audio.hears(1000) }
                try await chair.hangUp()
                for member in [bob, cec] { try await member.isHungUp() }
                try await Condition.await("no room") { await rig.focus.rooms().isEmpty }
            }
        }

        /// `TouchToneMenu`, pressed on telephones: what a room's model does with keys is tested by itself.
        @Test func keysDoWhatTheMenuSays() async throws {
            try await Recordings.withFolder { rig, folder in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)

                try await bob.press("*9")
                try await Condition.await("a hand") {
                    try await rig.focus.room("team").members.map(\.handRaised) == [nil, true]
                }
                // What it is told of that is over then.
                try await bob.audio.passes(1500)
                let loud = try await bob.audio.steadyLevel(of: 440)
                for _ in 0..<3 { try await bob.press("*1") }
                try await Condition.await("9 dB less") { try await abs(bob.audio.level(of: 440) - loud + 9) < 2 }
                try await bob.press("*2")
                try await Condition.await("as it was") { try await abs(bob.audio.level(of: 440) - loud) < 2 }
                // What one of them hears is not what the other does.
                try await ann.audio.hears(1000)

                for recording in [RecordingState.recording, nil] {
                    try await ann.press("*4")
                    try await Condition.await("recording: \(String(describing: recording))") {
                        try await rig.focus.room("team").summary.recording == recording
                    }
                }
                let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(files.count == 1)

                // It is no moderator: nothing comes of it. Its own key does something, so that the others were read.
                try await bob.press("*5*7*9")
                try await Condition.await("no hand") {
                    try await rig.focus.room("team").members.map(\.handRaised) == [nil, nil]
                }
                #expect(try await rig.focus.room("team").summary.locked == false)
                try await bob.audio.hears(440)
                try await ann.press("*5")
                try await ann.audio.losesTone(1000)
                try await bob.audio.hears(440)
                try await bob.press("*#")
                try await bob.isHungUp()
                #expect(try await rig.focus.room("team").members.count == 1)
            }
        }
    }
}
