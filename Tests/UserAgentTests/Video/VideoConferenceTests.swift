// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Foundation
import Geometry
import Picture
import RTP
import SIP
import TestSupport
import Testing

@testable import UserAgent

@Suite("A conference with video", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
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

    /// Stripes one pixel wide: what was scaled on its way has none.
    @Test("a screen of 1920x1080 arrives pixel for pixel, in either codec", arguments: VideoOptions.Codec.allCases)
    func largeScreen(codec: VideoOptions.Codec) async throws {
        let size = PictureSize(1920, 1080)
        let drawn = PictureFrame(size)
        TestPattern(name: "slides", color: Patch.screen.color).draw(0, on: drawn)
        let (black, white) = (PictureColor(luma: 30, cb: 128, cr: 128), PictureColor(luma: 220, cb: 128, cr: 128))
        let stripes = PictureArea(x: 800, y: 900, width: 64, height: 32)
        drawn.fill(stripes, white)
        for x in stride(from: 0, to: stripes.width, by: 2) {
            drawn.fill(PictureArea(x: stripes.x + x, y: stripes.y, width: 1, height: stripes.height), black)
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "confab-slide-\(UUID()).png")
        try Data(PNG.encode(drawn)).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }

        let meeting = try await Meeting.begin()
        var options = UserAgent.Options.visible(.ada, codecs: [codec])
        options.video.quality = .auto
        let (ada, bob) = (
            try await UserAgent.start(options), try await UserAgent.start(.visible(.bob, codecs: [codec]))
        )
        let first = try await ada.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await first.waitUntilEstablished()
        let second = try await bob.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await second.waitUntilEstablished()
        try await second.sees(.ada, as: "Ada")
        try await first.share(VideoSourceSpec(parsing: "image:\(file.path)"))
        try await second.sees(.screen, of: .screen, named: "Ada", within: .seconds(10))
        try await Condition.await("stripes", within: .seconds(10), evidence: { second.sight }) {
            guard let seen = second.videoTiles().first(where: { $0.kind == .screen })?.picture?.frame,
                seen.size == size
            else { return false }
            let row = (0..<stripes.width).map { x in
                Int(seen.meanColor(in: PictureArea(x: stripes.x + x, y: stripes.y + 16, width: 1, height: 1)).luma)
            }
            return zip(row, row.dropFirst()).allSatisfy { abs($0 - $1) > 60 }
        }
        await meeting.end(ada, bob)
    }

    @Test("three: each sees the other two, by name and colour, and a shared screen by whose it is")
    func three() async throws {
        let meeting = try await Meeting.begin()
        let people = [
            try await UserAgent.start(.visible(.ada)), try await UserAgent.start(.visible(.bob)),
            try await UserAgent.start(.visible(.cyd)),
        ]
        let patches = [Patch.ada, .bob, .cyd]
        var joined: [Call] = []
        for person in people {
            let call = try await person.call(meeting.uri("demo"), microphone: "none", speaker: "none")
            try await call.waitUntilEstablished()
            joined.append(call)
        }
        let calls = joined
        for (index, call) in calls.enumerated() {
            for (other, patch) in patches.enumerated() where other != index {
                try await call.sees(patch, as: "\(patch)".capitalized)
            }
            #expect(call.videoTiles().count == 3, "\(call.sight)")
            #expect(call.videoTiles().filter { $0.kind == .me }.map(\.name) == ["\(patches[index])".capitalized])
        }

        try await calls[0].share(VideoSourceSpec(parsing: Patch.screen.camera))
        for call in calls[1...] {
            try await call.sees(.screen, of: .screen, named: "Ada")
            try await call.sees(.ada, as: "Ada")
            try await call.sees(call === calls[1] ? .cyd : .bob, as: call === calls[1] ? "Cyd" : "Bob")
        }
        let presenter: String? = try await calls[1].first { event in
            if case .video(.presenter(let name?)) = event { name } else { nil }
        }
        #expect(presenter == "Ada")
        try await calls[0].share(nil)
        try await Condition.await("no screen", within: .seconds(3), evidence: { calls[1].sight }) {
            !calls[1].videoTiles().contains { $0.kind == .screen }
        }

        try await calls[2].hold()
        try await calls[0].misses("Cyd", because: "on hold")
        try await calls[2].resume()
        try await calls[0].sees(.cyd, as: "Cyd")
        await calls[1].hangUp()
        try await Condition.await("Bob gone", within: .seconds(3), evidence: { calls[0].sight }) {
            calls[0].tile("Bob") == nil && calls[0].videoTiles().count == 2
        }
        for person in people { await person.stop() }
        await meeting.end()
    }

    @Test("who has one codec sees who has the other, by name, in a picture that the conference makes")
    func codecs() async throws {
        let meeting = try await Meeting.begin()
        let ada = try await UserAgent.start(.visible(.ada, codecs: [.vp8]))
        let bob = try await UserAgent.start(.visible(.bob, codecs: [.h264]))
        let first = try await ada.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await first.waitUntilEstablished()
        let second = try await bob.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await second.waitUntilEstablished()
        try await first.sees(.bob, as: "Bob")
        try await second.sees(.ada, as: "Ada")
        #expect(first.videoTiles().map(\.name) == ["Ada", "Bob"])
        await meeting.end(ada, bob)
    }

    @Test("a conference that refuses more lines keeps the call as it was")
    func refusal() async throws {
        var options = UserAgent.Options.visible(.bob, codecs: [.vp8])
        options.codecs = [.pcmu]
        options.video.slots = 0
        options.acceptsCalls = true
        let bob = try await UserAgent.start(options)
        let target = "sip:bob@127.0.0.1:\(await bob.port)"
        let focus = try WireCall("room", to: await bob.port)
        let port = focus.socket.address.port
        let offer = WireSocket.bytes(
            """
            v=0
            o=- 1 1 IN IP4 127.0.0.1
            s=-
            c=IN IP4 127.0.0.1
            t=0 0
            m=audio 40000 RTP/AVP 0
            m=video 40002 RTP/AVP 96
            a=rtpmap:96 VP8/90000
            a=rtcp-mux

            """)
        async let answered = focus.invite(
            target, body: offer, headers: ["Contact": "<sip:room@127.0.0.1:\(port)>;isfocus"])
        var calls = bob.incoming.makeAsyncIterator()
        let call = try #require(await calls.next())
        try await call.answer(microphone: "none", speaker: "none")
        let answer = try await answered
        #expect(answer.status == 200)
        // Nobody is answered with what was not offered.
        #expect(!String(decoding: answer.body, as: UTF8.self).contains("rtx/90000"))
        await focus.ack()
        let invitation = try #require(await focus.socket.receive(beginning: "INVITE"))
        #expect(invitation.contains("a=content:slides"))
        #expect(invitation.contains("a=group:BUNDLE"))
        // The line for screens is new and offers retransmissions (RFC 4588); the other one stays as it was agreed.
        #expect(invitation.components(separatedBy: "rtx/90000").count == 2)
        #expect(invitation.components(separatedBy: "a=ssrc-group:FID ").count == 2)
        guard case .message(.request(let request)) = SIPParser.parse(Array(invitation.utf8)) else {
            Issue.record("no request")
            return
        }
        await focus.socket.send(SIPResponse(to: request, status: 488, toTag: request.to?.tag).serialized())
        _ = try #require(await focus.socket.receive(beginning: "ACK"))
        #expect(await focus.socket.receive(beginning: "INVITE", within: .seconds(1)) == nil, "it insists")
        // What it wants of the one line, it says all the same.
        try await call.setCamera(false)
        let change = try #require(await focus.socket.receive(beginning: "INVITE"))
        #expect(change.contains("a=recvonly"))
        #expect(change.components(separatedBy: "m=video").count == 2)
        async let end = call.hangUp()
        _ = try await focus.answersBye()
        #expect(await end == .hungUp)
        await bob.stop()
    }

    @Test("a conference that shows one picture at a time is seen all the same")
    func oneLine() async throws {
        let meeting = try await Meeting.begin()
        var options = UserAgent.Options.visible(.ada)
        options.video.slots = 0
        let (ada, bob) = (try await UserAgent.start(options), try await UserAgent.start(.visible(.bob)))
        let first = try await ada.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await first.waitUntilEstablished()
        let second = try await bob.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await second.waitUntilEstablished()
        try await first.sees(.bob, as: "Bob")
        try await second.sees(.ada, as: "Ada")
        await meeting.end(ada, bob)
    }
}
