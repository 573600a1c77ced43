// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import TestSupport
import Testing

@testable import UserAgent

@Suite("A conference with video", .serialized, .timeLimit(.minutes(1)))
struct VideoConferenceTests {
    @Test("two see each other by name, and never themselves as a member")
    func two() async throws {
        let meeting = try await Meeting.begin()
        let (ada, bob) = (try await UserAgent.start(.visible(.ada)), try await UserAgent.start(.visible(.bob)))
        let first = try await ada.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await first.waitUntilEstablished()
        let second = try await bob.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await second.waitUntilEstablished()
        try await first.sees(.bob, as: "Bob")
        try await second.sees(.ada, as: "Ada")
        #expect(first.videoTiles().map(\.name) == ["Ada", "Bob"])
        #expect(second.videoTiles().map(\.name) == ["Bob", "Ada"])
        try await first.setCamera(false)
        try await second.misses("Ada", because: "camera off")
        try await first.setCamera(true)
        try await second.sees(.ada, as: "Ada")
        await meeting.end(ada, bob)
    }
}
