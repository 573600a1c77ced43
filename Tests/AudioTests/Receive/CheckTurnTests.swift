// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Testing

@testable import Audio

/// Quiet legs are listened to now and then. A thousand that began together must not be listened to in one tick.
struct CheckTurnTests {
    private static let members = 1000
    private static let silence = AudioLevel(decibelsBelowOverload: 90)

    @Test func levelsAreCheckedInTurn() {
        var legs = (0..<Self.members).map { LevelTrust(turn: $0) }
        var most = 0
        for _ in 0..<1200 {
            var checked = 0
            for index in legs.indices where legs[index].wantsCheck() {
                checked += 1
                legs[index].heard(Self.silence, claimed: Self.silence)
            }
            most = max(most, checked)
        }
        #expect((1...40).contains(most))
    }

    @Test func flagsOfVoiceAreCheckedInTurn() throws {
        let quiet = try #require([UInt8](arrayLiteral: 11 << 3, 0x10).withUnsafeBytes { unsafe OpusPacketShape($0) })
        var legs = (0..<Self.members).map { VoiceHint(turn: $0) }
        var most = 0
        for _ in 0..<200 {
            var checked = 0
            for index in legs.indices where !legs[index].spares(quiet, bytes: 12) {
                checked += 1
                legs[index].heard(Self.silence)
            }
            most = max(most, checked)
        }
        #expect((1...80).contains(most))
    }
}
