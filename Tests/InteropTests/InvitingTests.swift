// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// `confabctl invite`: people who have not dialled are called.
    @Suite(.serialized) struct InvitingTests {
        private func start(dialOut: String = "any") async throws -> FocusProcess {
            var options = FocusProcess.Options()
            options.settings["conference"] = ["dial-out": dialOut]
            return try await FocusProcess.start(options)
        }

        /// The events that `confabctl` printed, a line each.
        private func events(_ outcome: OwnProgram.Outcome) -> [[String: Any]] {
            outcome.output.split(separator: "\n").compactMap {
                (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
            }
        }

        private func kinds(_ outcome: OwnProgram.Outcome) -> [String] {
            events(outcome).compactMap { $0["kind"] as? String }
        }

        @Test func aConfabThatAnswersIsInTheRoomAndHeardAndIsBusyForTheNext() async throws {
            let focus = try await start()
            let ann = try await ConfabAgent.call(focus.uri("team"), .init(name: "ann", tone: 440))
            let port = try FreePort.allocate()
            let bob = try await ConfabAgent.answering(at: port, .init(name: "bob", tone: 700))
            let address = "sip:bob@127.0.0.1:\(port)"

            let invited = try await focus.ctl("invite", "team", address, "--wait")
            #expect(invited.status == 0, "\(invited)")
            #expect(invited.errors.isEmpty)
            let members = try await focus.members(of: "team")
            #expect(members.map { $0["wasCalled"] as? Bool } == [nil, true], "\(members)")
            let number = try #require(members.last?["id"] as? String)
            #expect(invited.output.hasPrefix("Calling \(number) <sip:bob@127.0.0.1>.\n"), "\(invited)")
            let lines = invited.output.split(separator: "\n").dropFirst().map { $0.dropFirst("00:00:00".count) }
            #expect(lines.last == "  team: bob (\(number)) answers", "\(invited)")
            try await ann.ears.awaitExactly([700], of: [440, 700])
            try await bob.ears.awaitExactly([440], of: [440, 700])
            #expect(try await focus.members(of: "team").map { $0["state"] as? String } == ["connected", "connected"])

            let busy = try await focus.ctl("invite", "team", address, "--wait", "--json")
            #expect(busy.status == 5, "\(busy)")
            #expect(busy.errors.isEmpty)
            let told = try #require(events(busy).last)
            #expect(told["kind"] as? String == "called-not-reached", "\(busy)")
            #expect(told["detail"] as? String == "486 Busy Here", "\(busy)")
            #expect(told["memberName"] as? String == "bob" && told["room"] as? String == "team")
            #expect(busy.output.split(separator: "\n").count == events(busy).count, "each line is an event: \(busy)")
            #expect(try await focus.members(of: "team").count == 2)

            await bob.hangUp()
            await ann.hangUp()
            await focus.stop()
        }

        @Test(arguments: ["603 Decline", "480 Temporarily Unavailable"])
        func whoDeclinesOrDoesNotAnswerIsSaidToHave(refusal: String) async throws {
            let focus = try await start()
            #expect(try await focus.ctl("create", "team").status == 0)
            let phone = try RawSIPPeer(target: focus.port)
            async let rung: Void = phone.ring(thenRefuseWith: refusal)
            let invited = try await focus.ctl("invite", "team", "sip:bob@127.0.0.1:\(phone.port)", "--wait", "--json")
            try await rung
            #expect(invited.status == 5, "\(invited)")
            #expect(kinds(invited) == ["called-ringing", "called-not-reached"], "\(invited)")
            #expect(events(invited).last?["detail"] as? String == refusal, "\(invited)")
            #expect(try await focus.members(of: "team").isEmpty)
            await focus.stop()
        }

        /// The operator gives it up: the telephone stops, and who waits for it does, too.
        @Test func whoRingsAndRingsIsGivenUp() async throws {
            let focus = try await start()
            #expect(try await focus.ctl("create", "team").status == 0)
            let phone = try RawSIPPeer(target: focus.port)
            async let rung: Void = phone.ring(thenRefuseWith: nil)
            async let invited = focus.ctl("invite", "team", "sip:bob@127.0.0.1:\(phone.port)", "--wait")
            try await Condition.await("bob is called") { try await focus.members(of: "team").count == 1 }
            #expect(try await focus.ctl("kick", "team", "bob").status == 0)
            try await rung
            let outcome = try await invited
            #expect(outcome.status == 5, "\(outcome)")
            #expect(outcome.output.contains("bob (1) is not reached (408 Request Timeout)"), "\(outcome)")
            await focus.stop()
        }

        @Test func whoCannotBeCalledIsNamedAndTheOthersRing() async throws {
            let focus = try await start()
            let ann = try await ConfabAgent.call(focus.uri("team"), .init(name: "ann", tone: 440))
            let port = try FreePort.allocate()
            let bob = try await ConfabAgent.answering(at: port, .init(name: "bob", tone: 700))
            let outcome = try await focus.ctl("invite", "team", "not an address", "sip:bob@127.0.0.1:\(port)", "--wait")
            #expect(outcome.status == 1, "\(outcome)")
            #expect(outcome.errors.hasPrefix("confabctl: not an address is not called: "), "\(outcome)")
            #expect(outcome.output.contains(" answers\n"), "\(outcome)")
            try await ann.ears.awaitExactly([700], of: [440, 700])
            await bob.hangUp()
            await ann.hangUp()
            await focus.stop()
        }

        @Test(arguments: [[], ["--wait"], ["--json"], ["--wait", "--json"]])
        func aRoomThatIsNotThereAndPeopleWhoMayNotBeCalled(flags: [String]) async throws {
            let focus = try await start(dialOut: "registered")
            func invite(_ room: String) async throws -> OwnProgram.Outcome {
                let command = ["invite", room, "sip:bob@192.0.2.1", "--socket", focus.socket]
                return try await OwnProgram.confabctl.run(command + flags)
            }
            let nowhere = try await invite("nowhere")
            #expect(nowhere.status == 3 && nowhere.output.isEmpty, "\(nowhere)")
            #expect(nowhere.errors.contains("nowhere"), "\(nowhere)")
            #expect(try await focus.ctl("create", "team").status == 0)
            let refused = try await invite("team")
            #expect(refused.status == 4 && refused.output.isEmpty, "\(refused)")
            #expect(refused.errors.contains("is not registered here"), "\(refused)")
            await focus.stop()
        }
    }
}
