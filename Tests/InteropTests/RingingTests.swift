// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Foundation
import Glibc
import RTP
import TestSupport
import Testing

extension LiveFocus {
    /// Calls that are not answered yet, sipp at the other end: reliable ringing (RFC 3262), CANCEL (RFC 3261 §9).
    @Suite(.serialized, .enabled(if: Program.sipp.isInstalled)) struct RingingTests {
        /// sipp as a telephone that is called, with ears and a voice of the test's.
        private struct Phone {
            let audio: MemberAudio
            let sipp: Sipp.Running

            static func start(_ scenario: String) async throws -> Phone {
                let audio = try MemberAudio()
                audio.expect([0: .pcmu])
                var run = Sipp(.ours(scenario))
                run.keys["audio_port"] = "\(audio.port)"
                run.patience = .seconds(30)
                return Phone(audio: audio, sipp: try await run.start())
            }

            var address: String { "sip:sipp@127.0.0.1:\(sipp.port)" }
            var trace: SippTrace { SippTrace(sipp.messages) }

            /// Waits until sipp has sent so many responses of that status.
            func says(_ status: Int, times: Int = 1) async throws {
                try await Condition.await("sipp says \(status)", evidence: { sipp.messages }) {
                    trace.places(of: status, isSent: true).count >= times
                }
            }

            /// Speaks to where the INVITE wants to be spoken to.
            func play(_ tone: Double) throws {
                let offer = try #require(trace.requests("INVITE").first)
                let line = try #require(offer.split(separator: "\r\n").first { $0.hasPrefix("m=audio ") })
                let port = try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
                audio.play(tone)
                audio.send(.pcmu, as: 0, to: try #require(SocketAddress(host: "127.0.0.1", port: port)))
            }

            /// Waits for sipp's own end.
            func end() async -> Sipp.Outcome {
                audio.close()
                return await sipp.outcome(within: .seconds(15))
            }
        }

        private func start() async throws -> FocusProcess {
            var options = FocusProcess.Options()
            options.settings = ["conference": ["dial-out": "any"], "video": ["enabled": "false"]]
            return try await FocusProcess.start(options)
        }

        /// The PRACKs are one transaction for each reliable response, and each says what it is for.
        /// - Parameter count: how many reliable responses there were.
        private func expectPRACKs(_ count: Int, in outcome: Sipp.Outcome) throws {
            let trace = SippTrace(outcome.messages)
            let invite = try #require(trace.requests("INVITE").first)
            let sequence = RawSIPPeer.header("CSeq", of: invite)
            let pracks = trace.requests("PRACK")
            let expected = (1...count).map { "\($0) \(sequence)" }
            #expect(Set(pracks.map { RawSIPPeer.header("RAck", of: $0) }) == Set(expected), "\(pracks)")
            #expect(Set(pracks.map { RawSIPPeer.header("Via", of: $0) }).count == count, "\(pracks)")
            #expect(Set(pracks.map { RawSIPPeer.header("CSeq", of: $0) }).count == count, "\(pracks)")
        }

        /// They hear each other, until the room ends the call.
        private func talk(_ phone: Phone, _ ann: ConfabAgent, in focus: FocusProcess) async throws -> Sipp.Outcome {
            try phone.play(1000)
            try await phone.audio.hears(440)
            try await ann.ears.awaitExactly([1000], of: [440, 1000])
            #expect(try await focus.ctl("kick", "team", "sipp").status == 0)
            let outcome = await phone.end()
            #expect(outcome.isSuccess, "\(outcome.errors)\n\(focus.log)")
            return outcome
        }

        // MARK: Called reliably

        @Test func theFocusAcknowledgesA180OnceHoweverOftenItComes() async throws {
            let focus = try await start()
            let ann = try await ConfabAgent.call(focus.uri("team"), .init(name: "ann", tone: 440))
            let phone = try await Phone.start("called_rings_reliably")
            let invited = try await focus.ctl("invite", "team", phone.address, "--wait")
            #expect(invited.status == 0, "\(invited)\n\(phone.sipp.messages)")
            let outcome = try await talk(phone, ann, in: focus)
            try expectPRACKs(1, in: outcome)
            let trace = SippTrace(outcome.messages)
            #expect(trace.places(of: 180, isSent: true).count >= 2)
            #expect(trace.requests("PRACK").count >= 2, "unanswered for 0.7 s, it is sent again")
            await ann.hangUp()
            await focus.stop()
        }

        @Test func confabAcknowledgesA180OnceHoweverOftenItComes() async throws {
            let phone = try await Phone.start("called_rings_reliably")
            let confab = try await ConfabAgent.call(phone.address, .init(name: "ada", tone: 440))
            try await phone.audio.hears(440)
            #expect(await confab.hangUp() == .status(0))
            let outcome = await phone.end()
            #expect(outcome.isSuccess, "\(outcome.errors)\n\(confab.printed)")
            try expectPRACKs(1, in: outcome)
            #expect(confab.events.filter { $0["event"] as? String == "ringing" }.count == 1, "\(confab.printed)")
        }

        /// The answer is that of the 183: the 200 has none.
        @Test func theFocusTakesTheAnswerOfAReliable183() async throws {
            let focus = try await start()
            let ann = try await ConfabAgent.call(focus.uri("team"), .init(name: "ann", tone: 440))
            let phone = try await Phone.start("called_answers_early")
            async let invited = focus.ctl("invite", "team", phone.address, "--wait")
            try await phone.says(200, times: 2)
            #expect(try await focus.members(of: "team").map { $0["state"] as? String } == ["connected", "connecting"])
            try await phone.sipp.answer()
            let told = try await invited
            #expect(told.status == 0, "\(told)\n\(phone.sipp.messages)")
            let outcome = try await talk(phone, ann, in: focus)
            try expectPRACKs(2, in: outcome)
            await ann.hangUp()
            await focus.stop()
        }

        @Test func confabHearsAndIsHeardBeforeTheAnswer() async throws {
            let phone = try await Phone.start("called_answers_early")
            let confab = try ConfabAgent.start(phone.address, .init(name: "ada", tone: 440))
            try await confab.event("ringing", or: "ended") { $0["status"] as? Int == 183 }
            try phone.play(1000)
            try await confab.ears.awaitExactly([1000], of: [440, 1000])
            try await phone.audio.hears(440)
            #expect(!confab.events.contains { $0["event"] as? String == "established" }, "\(confab.printed)")
            try await phone.says(200, times: 2)
            try await phone.sipp.answer()
            try await confab.event("established", or: "ended")
            #expect(await confab.hangUp() == .status(0))
            let outcome = await phone.end()
            #expect(outcome.isSuccess, "\(outcome.errors)\n\(confab.printed)")
            try expectPRACKs(2, in: outcome)
        }

        // MARK: Called, and given up

        /// Who gives a call up that rings.
        enum GivingUp: CaseIterable {
            case kick
            case cancelledRoom
            case endOfTheFocus
            case confab
        }

        /// What sipp plays: whether it has a description before the CANCEL, and what it says last before it.
        private static let lastWords = ["called_is_cancelled": 180, "called_early_is_cancelled": 200]

        @Test(arguments: GivingUp.allCases, ["called_is_cancelled", "called_early_is_cancelled"])
        func whoRingsIsCancelled(by way: GivingUp, scenario: String) async throws {
            try await giveUp(scenario, after: try #require(Self.lastWords[scenario]), by: way)
        }

        /// The other side answers before the CANCEL is there: the call stands, and is ended by BYE.
        @Test(arguments: [GivingUp.kick, .confab])
        func anAnswerThatCrossesTheCANCELIsEndedByBYE(by way: GivingUp) async throws {
            try await giveUp("called_answers_cancelled", after: 180, by: way)
        }

        private func giveUp(_ scenario: String, after status: Int, by way: GivingUp) async throws {
            let phone = try await Phone.start(scenario)
            guard way != .confab else {
                let confab = try ConfabAgent.start(phone.address, .init(name: "ada", tone: 440))
                try await confab.event("ringing", or: "ended")
                try await phone.says(status)
                #expect(await confab.hangUp() == .status(0))
                let outcome = await phone.end()
                #expect(outcome.isSuccess, "\(outcome.errors)\n\(confab.printed)")
                return
            }
            let focus = try await start()
            #expect(try await focus.ctl("create", "team").status == 0)
            #expect(try await focus.ctl("invite", "team", phone.address).status == 0)
            try await phone.says(status)
            switch way {
            case .kick: #expect(try await focus.ctl("kick", "team", "sipp").status == 0)
            case .cancelledRoom: #expect(try await focus.ctl("cancel", "team").status == 0)
            case .endOfTheFocus, .confab: #expect(await focus.stop() == .status(0))
            }
            let outcome = await phone.end()
            #expect(outcome.isSuccess, "\(outcome.errors)\n\(focus.log)")
            await focus.stop()
        }

        // MARK: Calling confab

        /// A `confab answer` that rings for ever: its microphone is a pipe without a writer, the slowest sound card.
        private func ringing(at port: Int, in folder: InteropFolder) async throws -> ConfabAgent {
            let microphone = folder.path("microphone")
            guard mkfifo(microphone, 0o600) == 0 else { throw CallFailed(reason: "no pipe: errno \(errno)") }
            var options = ConfabAgent.Options(name: "ada", tone: 440)
            options.microphone = "file:\(microphone)"
            options.answersOnce = false
            return try await ConfabAgent.answering(at: port, options)
        }

        private func awaitAbandoned(_ count: Int, by confab: ConfabAgent) async throws {
            try await Condition.await("\(count) callers have given up", evidence: { confab.printed }) {
                confab.events.filter { $0["cause"] as? String == "abandoned" }.count == count
            }
        }

        /// The focus answers each INVITE in the turn that reads it: none is pending long enough. `confab` rings first.
        @Test func callersThatGiveUpWhileConfabRingsGet487() async throws {
            let port = try FreePort.allocate()
            let folder = try InteropFolder("ringing")
            let confab = try await ringing(at: port, in: folder)

            let racer = try RawSIPPeer(target: port)
            #expect(try await racer.raceCancel(room: "ada") == .cancelled)
            try await awaitAbandoned(1, by: confab)

            let plain = try await Sipp(.ours("cancel_ringing"), target: "127.0.0.1:\(port)").run()
            #expect(plain.isSuccess, "\(plain.errors)\n\(confab.printed)")
            try await awaitAbandoned(2, by: confab)

            // The 180 is sent again until the PRACK comes, and no more.
            let reliable = try await Sipp(.ours("prack_ringing"), target: "127.0.0.1:\(port)").run()
            #expect(reliable.isSuccess, "\(reliable.errors)\n\(reliable.messages)")
            let trace = SippTrace(reliable.messages)
            let rings = trace.places(of: 180, isSent: false)
            let prack = try #require(trace.entries.firstIndex { $0.isSent && $0.message.hasPrefix("PRACK ") })
            #expect(rings.count >= 2 && rings.allSatisfy { $0 < prack }, "\(reliable.messages)")
            #expect(Set(rings.map { RawSIPPeer.header("RSeq", of: trace.entries[$0].message) }).count == 1)
            try await awaitAbandoned(3, by: confab)

            #expect(confab.process.isRunning)
            #expect(await confab.hangUp() == .status(0))
        }

        @Test func aPRACKThatTheACKHasOvertakenIsAnswered() async throws {
            let port = try FreePort.allocate()
            let confab = try await ConfabAgent.answering(at: port, .init(name: "ada", tone: 440))
            let outcome = try await Sipp(.ours("late_prack"), target: "127.0.0.1:\(port)").run()
            #expect(outcome.isSuccess, "\(outcome.errors)\n\(outcome.messages)")
            #expect(try await confab.event("ended")["cause"] as? String == "hung-up-by-peer")
            await confab.hangUp()
        }
    }
}
