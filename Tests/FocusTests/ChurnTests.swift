// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import Synchronization
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(3)))) struct Churn {
        static let duration: Duration = .seconds(60)
        private final class Calls: Sendable {
            private let number = Mutex(0)
            var count: Int { number.withLock { $0 } }

            func add() { number.withLock { $0 += 1 } }
        }

        /// How many calls it takes at least: a slow machine takes longer over them.
        static let fewest = 900

        @Test func fiftyMembersComeAndGoAtRandomWhileTwoSteadyOnesHearNoGap() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                // Not one of the two: fifty who look at the same recording would disturb it.
                let clock = try await rig.join("clock", "clock")
                let marks = (ann.audio.mark, bob.audio.mark)
                let calls = Calls()
                let target = rig.uri("team")
                let end = ContinuousClock.now + Self.duration
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<50 {
                        let member = try await rig.member("m\(number)", Self.options(number))
                        group.addTask {
                            var random = SeededGenerator(seed: 0xC0FFEE + UInt64(number))
                            while ContinuousClock.now < end || calls.count < Self.fewest {
                                try await Self.visit(target, member, clock: clock, &random)
                                calls.add()
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                _ = try await ann.audio.listen(59_001, since: marks.0)
                _ = try await bob.audio.listen(59_001, since: marks.1)
                let heard = (ann.audio.heard(since: marks.0), bob.audio.heard(since: marks.1))
                #expect(calls.count >= Self.fewest)
                #expect(heard.0.milliseconds > 59_000 && heard.1.milliseconds > 59_000)
                #expect(heard.0.lostPackets == 0 && heard.1.lostPackets == 0)
                #expect(ann.audio.recording?.jumps == 0 && bob.audio.recording?.jumps == 0)
                let breaks = (heard.0.longestBreak(in: 1000), heard.1.longestBreak(in: 440))
                #expect(breaks.0 <= 20 && breaks.1 <= 20, "\(breaks), members paused for \(heard.0.longestPause) ms")
                #expect(try await rig.focus.room("team").summary.members == 2)
            }
        }

        /// Some talk, quietly and far from the steady tones; some speak Opus, so that the room's rate changes too.
        private static func options(_ number: Int) -> TestMember.Options {
            var options = TestMember.Options(number % 10 == 3 ? .opus : number % 10 == 7 ? .g722 : .pcmu)
            options.records = false
            options.level = -38
            options.tone = number % 8 == 0 ? 2200 + 20 * Double(number) : nil
            return options
        }

        /// One call, ended in one of several ways after a random time.
        private static func visit(
            _ target: String, _ member: TestMember, clock: TestMember, _ random: inout SeededGenerator
        ) async throws {
            if random.chance(0.1) {
                try await member.call(target)
                return try await member.hangUp()
            }
            try await member.dial(target, late: random.chance(0.2))
            try await clock.audio.passes(Int(random.unit() * 1500))
            if random.chance(0.2) {
                try await member.hold()
                try await clock.audio.passes(Int(random.unit() * 300))
            }
            try await member.hangUp()
        }
    }
}
