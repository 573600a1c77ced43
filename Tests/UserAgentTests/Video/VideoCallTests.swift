// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Picture
import TestSupport
import Testing

@testable import UserAgent

/// Two people who see each other, without a conference between them.
struct FaceToFace {
    let ada: UserAgent
    let bob: UserAgent
    let outgoing: Call
    let incoming: Call

    static func begin(
        codecs: [VideoOptions.Codec] = VideoOptions.Codec.allCases, change: (inout UserAgent.Options) -> Void = { _ in }
    ) async throws -> FaceToFace {
        let ada = try await UserAgent.start(.visible(.ada, codecs: codecs))
        var options = UserAgent.Options.visible(.bob, codecs: codecs)
        options.acceptsCalls = true
        change(&options)
        let bob = try await UserAgent.start(options)
        let outgoing = try await ada.call("sip:bob@127.0.0.1:\(await bob.port)", microphone: "none", speaker: "none")
        var calls = bob.incoming.makeAsyncIterator()
        let incoming = try #require(await calls.next())
        try await incoming.answer(microphone: "none", speaker: "none")
        try await outgoing.waitUntilEstablished()
        try await incoming.waitUntilEstablished()
        return FaceToFace(ada: ada, bob: bob, outgoing: outgoing, incoming: incoming)
    }

    func end() async {
        await outgoing.hangUp()
        await incoming.waitUntilEnded()
        await ada.stop()
        await bob.stop()
    }
}

@Suite("A call with video", .serialized, .timeLimit(.minutes(1)))
struct VideoCallTests {
    @Test("each sees the other and, in a tile of its own, itself", arguments: VideoOptions.Codec.allCases)
    func sees(codec: VideoOptions.Codec) async throws {
        let call = try await FaceToFace.begin(codecs: [codec])
        let answered = ContinuousClock.now
        try await call.outgoing.sees(.bob, as: "bob")
        try await call.incoming.sees(.ada, as: "Ada")
        #expect(ContinuousClock.now - answered < .seconds(1), "the first picture is late")
        let tiles = call.outgoing.videoTiles()
        #expect(tiles.map(\.kind) == [.me, .member])
        try await call.outgoing.sees(.ada, as: "Ada")
        await call.end()
    }
}
