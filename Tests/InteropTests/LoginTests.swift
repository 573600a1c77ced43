// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// A focus where only who has an account gets in.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct LoginTests {
        private func start() async throws -> FocusProcess {
            var options = FocusProcess.Options()
            options.settings["auth"] = ["mode": "users"]
            return try await FocusProcess.start(options)
        }

        /// Waits until they can be called by their names.
        private func awaitRegistered(_ names: Set<String>, at focus: FocusProcess) async throws {
            try await Condition.await("\(names) are registered", evidence: { focus.log }) {
                let users = try await focus.ctl("user", "list", "--json").json as? [[String: Any]] ?? []
                let registered = users.filter { ($0["places"] as? [String])?.isEmpty == false }
                return names.isSubset(of: registered.compactMap { $0["name"] as? String })
            }
        }

        @Test func phonesRegisterCallAndHearEachOther() async throws {
            let focus = try await start()
            var bareOptions = Baresip.Options(name: "bare", tone: 440, codecs: [.opus])
            bareOptions.account = try await focus.account("bare")
            var linOptions = Linphone.Options(name: "lin", tone: 930, codecs: [.pcmu])
            linOptions.account = try await focus.account("lin")
            var conOptions = ConfabAgent.Options(name: "con", tone: 700, codecs: [.g722])
            conOptions.account = try await focus.account("con")
            let baresip = try await Baresip.start(bareOptions)
            let linphone = try await Linphone.start(linOptions)
            try await awaitRegistered(["bare", "lin"], at: focus)
            try await baresip.dial(focus.uri("meeting"))
            try await linphone.dial(focus.uri("meeting"))
            let confab = try await ConfabAgent.call(focus.uri("meeting"), conOptions)
            try await baresip.ears.awaitExactly([930, 700], of: PhoneRoom.tones)
            try await linphone.ears.awaitExactly([440, 700], of: PhoneRoom.tones)
            try await confab.ears.awaitExactly([440, 930], of: PhoneRoom.tones)
            // The roster came by a SUBSCRIBE that was challenged too.
            try await confab.event("roster")
            await confab.hangUp()
            await linphone.stop()
            await baresip.stop()
            await focus.stop()
        }

        /// Linphone takes the room for the conference that it is, once it has an account: by `isfocus` it subscribes to the roster, and its
        /// list of participants follows.
        @Test func linphonesListOfParticipantsFollowsTheRoster() async throws {
            let focus = try await start()
            var linOptions = Linphone.Options(name: "lin", tone: 930, codecs: [.pcmu])
            linOptions.account = try await focus.account("lin")
            linOptions.tellsAll = true
            var conOptions = ConfabAgent.Options(name: "con", tone: 700, codecs: [.g722])
            conOptions.account = try await focus.account("con")
            let linphone = try await Linphone.start(linOptions)
            try await awaitRegistered(["lin"], at: focus)
            try await linphone.dial(focus.uri("meeting"))
            let confab = try await ConfabAgent.call(focus.uri("meeting"), conOptions)
            let participant = "participant with address IdentityAddress(sip:con@127.0.0.1)"
            let conference = "conference IdentityAddress(sip:meeting@127.0.0.1) has been successful"
            try await linphone.awaitThought("Addition of \(participant) to \(conference)")
            await confab.hangUp()
            try await linphone.awaitThought("Removal of \(participant) from \(conference)")
            await linphone.stop()
            await focus.stop()
        }

        @Test func whoHasNoPasswordOrAWrongOneStaysOut() async throws {
            let focus = try await start()
            var options = ConfabAgent.Options(name: "con", tone: 700)
            await #expect(throws: CallFailed.self) {
                _ = try await ConfabAgent.call(focus.uri("meeting"), options)
            }
            options.account = PhoneAccount(user: "con", password: "wrong", server: focus.address)
            await #expect(throws: CallFailed.self) {
                _ = try await ConfabAgent.call(focus.uri("meeting"), options)
            }
            try await focus.awaitLogged("authentication failed")
            for log in [focus.log, Fail2ban.journal(focus.log)] {
                #expect(try Fail2ban.matches(in: log) == ["127.0.0.1"], "\(log)")
            }
            #expect(try await focus.ctl("list", "--json").json as? [String] == [])
            await focus.stop()
        }

        /// Who has logged in and waits is called by its name alone.
        @Test func aConfabThatHasRegisteredIsCalledByItsName() async throws {
            let focus = try await start()
            var annOptions = ConfabAgent.Options(name: "ann", tone: 440, codecs: [.pcmu])
            annOptions.account = try await focus.account("ann")
            var conOptions = ConfabAgent.Options(name: "con", tone: 700, codecs: [.g722])
            conOptions.account = try await focus.account("con")
            let ann = try await ConfabAgent.call(focus.uri("meeting"), annOptions)
            let con = try await ConfabAgent.answering(at: try FreePort.allocate(), conOptions)
            try await awaitRegistered(["con"], at: focus)
            let invited = try await focus.ctl("invite", "meeting", "con", "--wait")
            #expect(invited.status == 0, "\(invited)")
            try await ann.ears.awaitExactly([700], of: [440, 700])
            try await con.ears.awaitExactly([440], of: [440, 700])
            await con.hangUp()
            await ann.hangUp()
            await focus.stop()
        }

        @Test func anotherPasswordTakesTheOldOnesPlaceAndWhoIsRemovedStaysOut() async throws {
            let focus = try await start()
            var options = ConfabAgent.Options(name: "con", tone: 700, codecs: [.pcmu])
            options.account = try await focus.account("con")
            let made = try await focus.ctl("user", "password", "con", "--generate", "--json").json as? [String: Any]
            let password = try #require(made?["password"] as? String)
            await #expect(throws: CallFailed.self) {
                _ = try await ConfabAgent.call(focus.uri("meeting"), options)
            }
            options.account?.password = password
            let agent = try await ConfabAgent.call(focus.uri("meeting"), options)
            await agent.hangUp()
            #expect(try await focus.ctl("user", "remove", "con").status == 0)
            #expect(try await focus.ctl("user", "remove", "con").status != 0)
            await #expect(throws: CallFailed.self) {
                _ = try await ConfabAgent.call(focus.uri("meeting"), options)
            }
            #expect(try await focus.ctl("user", "list", "--json").json as? [String] == [])
            await focus.stop()
        }

        @Test(.enabled(if: Fail2ban.isInstalled), arguments: ["text", "json"])
        func fail2banItselfFindsWhoGuesses(format: String) async throws {
            var settings = FocusProcess.Options()
            settings.settings["auth"] = ["mode": "users"]
            settings.settings["log"] = ["format": format]
            let focus = try await FocusProcess.start(settings)
            var options = ConfabAgent.Options(name: "con", tone: 700)
            options.account = PhoneAccount(user: "con", password: "wrong", server: focus.address)
            await #expect(throws: CallFailed.self) {
                _ = try await ConfabAgent.call(focus.uri("meeting"), options)
            }
            try await focus.awaitLogged("authentication failed")
            for log in [focus.log, Fail2ban.journal(focus.log)] {
                #expect(try await Fail2ban.sources(in: log) == ["127.0.0.1"], "\(log)")
            }
            await focus.stop()
        }

        /// A line end in a name is no line end in the log, where somebody else's address could be written behind it.
        @Test(arguments: ["%0a", "%0d%0a", "%e2%80%a8"])
        func nobodyWritesLinesOfTheLog(lineEnd: String) async throws {
            let focus = try await FocusProcess.start()
            let forged = "x warning confabd: attempt=1 reason=x source=198.51.100.7 user= [Focus] authentication failed"
            let user =
                "a\(lineEnd)"
                + forged.replacing(" ", with: "%20").replacing(":", with: "%3a").replacing("[", with: "%5b").replacing(
                    "]", with: "%5d") + lineEnd
            let peer = try RawSIPPeer(target: focus.port)
            await peer.send(lines: [
                "REGISTER sip:127.0.0.1 SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:\(peer.port);branch=z9hG4bK-forged",
                "Max-Forwards: 70", "From: <sip:\(user)@127.0.0.1>;tag=forged", "To: <sip:\(user)@127.0.0.1>",
                "Call-ID: forged", "CSeq: 1 REGISTER", "Contact: <sip:eve@127.0.0.1:\(peer.port)>",
            ])
            #expect(try await peer.receive().flatMap(RawSIPPeer.status) == 200)
            try await focus.awaitLogged("registered")
            #expect(focus.log.contains("source=198.51.100.7"))
            for log in [focus.log, Fail2ban.journal(focus.log)] {
                #expect(try Fail2ban.matches(in: log).isEmpty, "\(log)")
            }
            await focus.stop()
        }

        @Test func sippRegistersWithItsOwnDigest() async throws {
            let focus = try await start()
            let account = try await focus.account("sipp")
            var run = Sipp(.ours("register"), target: focus.address)
            run.service = account.user
            run.account = account
            let outcome = try await run.run()
            #expect(outcome.isSuccess, "\(outcome.errors)\(outcome.messages)")
            await focus.stop()
        }
    }
}
