// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Foundation
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
