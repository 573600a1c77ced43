// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Devices
import Focus
import TestSupport
import Testing

@testable import UserAgent

@Suite("What tiles say beside the picture", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct TileSignTests {
    /// Waits until everybody's tile of a name is as it should be.
    private static func await(
        _ what: String, _ name: String, of calls: [Call], within patience: Duration = .seconds(5),
        _ isRight: @escaping @Sendable (SceneTile) -> Bool
    ) async throws {
        try await Condition.await(what, within: patience, evidence: { "\(calls.map { $0.tile(name) })" }) {
            calls.allSatisfy { call in call.tile(name).map(isRight) == true }
        }
    }

    /// The levels are those of the mix (RFC 6465): nobody else knows who talks.
    @Test("who talks is marked for all, who does not is not; so are those who are muted or hold")
    func signs() async throws {
        let meeting = try await Meeting.begin()
        let ada = try await UserAgent.start(.visible(.ada))
        let bob = try await UserAgent.start(.visible(.bob))
        let cyd = try await UserAgent.start(.visible(.cyd))
        let room = meeting.uri("demo")
        let first = try await ada.call(room, microphone: "none", speaker: "none")
        try await first.waitUntilEstablished()
        let second = try await bob.call(room, microphone: "tone:440", speaker: "none", muted: true)
        try await second.waitUntilEstablished()
        let third = try await cyd.call(room, microphone: "none", speaker: "none")
        try await third.waitUntilEstablished()
        let all = [first, second, third]
        for call in [first, third] { try await call.sees(.bob, as: "Bob") }
        try await second.sees(.cyd, as: "Cyd")
        #expect(all.allSatisfy { $0.videoTiles().allSatisfy { !$0.isTalking } })

        await second.mute(false)
        try await Condition.await("Bob alone talks", within: .seconds(5), evidence: { "\(all.map(\.sight))" }) {
            all.allSatisfy { $0.videoTiles().filter(\.isTalking).map(\.name) == ["Bob"] }
        }
        await second.mute(true)
        try await Self.await("Bob is silent", "Bob", of: all) { !$0.isTalking }

        _ = try await meeting.focus.command(.mute("cyd"), in: "demo", by: "op")
        try await Self.await("Cyd is muted", "Cyd", of: [first, second]) { $0.isMuted }
        #expect(first.tile("Bob")?.isMuted == false)
        _ = try await meeting.focus.command(.unmute("cyd"), in: "demo", by: "op")
        try await Self.await("Cyd may speak", "Cyd", of: [first, second]) { !$0.isMuted }

        try await third.hold()
        try await Self.await("Cyd holds", "Cyd", of: [first, second]) { $0.isHeld && $0.picture == nil }
        #expect(first.tile("Bob")?.isHeld == false)
        try await third.resume()
        try await Self.await("Cyd is back", "Cyd", of: [first, second]) { !$0.isHeld && $0.picture != nil }
        await meeting.end(ada, bob, cyd)
    }
}
