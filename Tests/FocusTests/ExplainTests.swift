// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Explaining {
        @Test func itSaysWhatWasDescribedChosenAndWhatHappened() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 440))
                let bob = try await rig.join("team", "bob", .tone(1000, .g722))
                try await ann.audio.hears(1000)
                try await Condition.await("figures") {
                    try await !rig.focus.explain("ann", in: nil).chosen.isEmpty
                }
                let explanation = try await rig.focus.explain("ann", in: nil)
                #expect(explanation.room == "team" && explanation.member.displayName == "ann")
                #expect(explanation.theirs.first?.hasPrefix("audio at 127.0.0.1:") == true)
                #expect(explanation.theirs.first?.contains("sendrecv: PCMU/8000") == true)
                #expect(explanation.ours.count == 2)
                #expect(explanation.chosen.first?.hasPrefix("audio: PCMU to 127.0.0.1:") == true)
                #expect(!explanation.problems.contains { $0.contains("not heard") }, "\(explanation.problems)")
                let events = explanation.events.map { "\($0.kind.rawValue) \($0.text)" }
                #expect(events.prefix(1) == ["received INVITE sip:team@127.0.0.1"])
                #expect(events.contains("sent SIP/2.0 200 OK") && events.contains("received ACK sip:team@127.0.0.1"))
                #expect(explanation.events == explanation.events.sorted { $0.at < $1.at })

                // RTCP both ways, of both media.
                try ann.screen.ask(by: .pictureLoss)
                try await Condition.await("RTCP", within: .seconds(15)) {
                    let control = try await rig.focus.explain("ann", in: nil).events
                    return control.contains { $0.kind == .controlReceived && $0.text.contains("PLI for") }
                        && control.contains { $0.kind == .controlSent && $0.text.hasPrefix("video: ") }
                        && control.contains { $0.kind == .controlSent && $0.text.hasPrefix("audio: ") }
                }

                // What is wrong.
                _ = try await rig.focus.command(.mute("bob"), in: "team", by: "op")
                _ = try await bob.hold()
                try await Condition.await("hold") { try await rig.focus.room("team").members[1].held }
                let problems = try await rig.focus.explain("bob", in: "team").problems
                #expect(problems.contains("not heard: muted by operator op"), "\(problems)")
                #expect(problems.contains { $0.contains("holds the call") })
                #expect(problems.contains("no video: it has not asked for any"))
            }
        }

        @Test func thePINIsNotAmongIt() async throws {
            var board = RoomDefinition(name: "board")
            board.pin = "4711"
            let rooms = [board]
            try await withFocus {
                $0.conference.rooms = rooms
            } _: { rig in
                let ann = try await rig.member("ann")
                try await ann.dial(rig.uri("board") + ";pin=4711")
                let eve = try await rig.join("board", "eve")
                try await eve.press("47")
                let explanation = try await rig.focus.explain("ann", in: "board")
                let events = explanation.events + (try await rig.focus.explain("eve", in: "board").events)
                let words = events.filter { ![.controlReceived, .controlSent].contains($0.kind) }
                #expect(!words.isEmpty && !words.contains { $0.text.contains("47") }, "\(words)")
                #expect(try await rig.focus.explain("eve", in: nil).problems.contains { $0.contains("waits outside") })
            }
        }

        /// Who is in two rooms is told apart.
        @Test func whoIsMeantIsAsked() async throws {
            try await withFocus { rig in
                for room in ["one", "two"] { _ = try await rig.join(room, "ann") }
                let error = await #expect(throws: ControlError.self) { try await rig.focus.explain("ann", in: nil) }
                guard case .ambiguousMember(let words) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(words.contains("one, two"))
                #expect(try await rig.focus.explain("2", in: nil).room == "two")
                await #expect(throws: ControlError.self) { try await rig.focus.explain("dan", in: nil) }
            }
        }
    }
}
