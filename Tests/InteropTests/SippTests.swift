// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Logging
import NIOPosix
import TestSupport
import Testing

/// sipp's scenarios against the real focus, and what sipp cannot play.
@Suite(.serialized, .timeLimit(.minutes(Condition.minutes(5))), .enabled(if: Program.sipp.isInstalled))
struct SippTests {
    @Test(
        arguments: [
            "join_leave", "late_offer", "hold_resume", "hold_by_address", "update", "session_timer_refresh",
            "session_timer_too_small", "options", "cancel_conference", "require_100rel",
        ], PhoneTransport.allCases)
    func playsToItsEnd(scenario: String, transport: PhoneTransport) async throws {
        let focus = try await FocusProcess.start()
        var run = Sipp(.ours(scenario), target: focus.address)
        run.transport = transport
        run.pause = 300
        let outcome = try await run.run()
        #expect(outcome.isSuccess, "\(outcome.errors)\n\(focus.log)")
        #expect(try await focus.ctl("list", "--json").output.filter { !$0.isWhitespace } == "[]")
        #expect(await focus.stop() == .status(0))
    }

    /// While the scenario holds, the member is on hold for the room, is sent nothing and is not missed; then it is back.
    @Test(arguments: ["hold_resume", "hold_by_address"])
    func theRoomKnowsOfTheHoldAndOfItsEnd(scenario: String) async throws {
        var options = FocusProcess.Options()
        options.settings = ["media": ["rtp-timeout": "2s"]]
        let focus = try await FocusProcess.start(options)
        let stays = try await ConfabAgent.call(focus.uri("room"), .init(name: "stays", tone: 440))
        var run = Sipp(.ours(scenario), target: focus.address)
        // Longer than silence is borne with, and than a look at the room takes on a slow machine.
        run.pause = 3000
        run.echoes = true
        let running = try await run.start()
        func isHeld() async throws -> [Bool?] {
            let members = try await focus.members(of: "room").filter { $0["displayName"] as? String == "sipp" }
            return members.map { $0["held"] as? Bool }
        }
        // The log has what a look at the room may come too late for.
        try await focus.awaitLogged("member held")
        try await Condition.await("on hold", evidence: { focus.log }) { try await isHeld() == [true] }
        try await focus.awaitLogged("member resumed")
        #expect(try await isHeld() != [true])
        let outcome = await running.outcome(within: .seconds(30))
        #expect(outcome.isSuccess, "\(outcome.errors)\n\(focus.log)")
        #expect(!focus.log.contains("cause=media-lost"))
        await stays.hangUp()
        await focus.stop()
    }

    @Test func manyJoinAtOnce() async throws {
        let focus = try await FocusProcess.start()
        var run = Sipp(.ours("join_leave"), target: focus.address)
        run.calls = 100
        run.rate = 50
        run.limit = 100
        let outcome = try await run.run()
        #expect(outcome.isSuccess, "\(outcome.errors)")
        #expect(await focus.stop() == .status(0))
    }

    @Test func ipv6() async throws {
        var options = FocusProcess.Options()
        options.hosts = ["::1"]
        let focus = try await FocusProcess.start(options)
        var run = Sipp(.ours("join_leave"), target: "[::1]:\(focus.port)")
        run.host = "[::1]"
        let outcome = try await run.run()
        #expect(outcome.isSuccess, "\(outcome.errors)\n\(focus.log)")
        await focus.stop()
    }

    @Test func theFactoryMakesAFreshRoomForEachCall() async throws {
        let focus = try await FocusProcess.start()
        var run = Sipp(.ours("create_by_factory"), target: focus.address)
        run.service = "conference-factory"
        run.calls = 3
        run.rate = 10
        let outcome = try await run.run()
        #expect(outcome.isSuccess, "\(outcome.errors)")
        let rooms = focus.log.split(separator: "\n").filter { $0.contains("room opened") && $0.contains("factory") }
        let names = rooms.compactMap { $0.split(separator: " ").first { $0.hasPrefix("room=") } }
        #expect(Set(names).count == 3, "\(names)")
        await focus.stop()
    }

    /// Whoever did not create the conference gets 403, and nothing changes.
    @Test func onlyTheCreatorCancels() async throws {
        let focus = try await FocusProcess.start()
        let creator = try await ConfabAgent.call(focus.uri("room"), .init(name: "creator", tone: 440))
        let outcome = try await Sipp(.ours("cancel_refused"), target: focus.address).run()
        #expect(outcome.isSuccess, "\(outcome.errors)")
        #expect(creator.process.isRunning)
        #expect(try await focus.members(of: "room").count == 1)
        await creator.hangUp()
        await focus.stop()
    }

    /// A cancelled conference is gone: who calls later gets 410.
    @Test func laterCallersGet410() async throws {
        let focus = try await FocusProcess.start()
        let stays = try await ConfabAgent.call(focus.uri("other"), .init(name: "stays", tone: 440))
        #expect(try await Sipp(.ours("cancel_conference"), target: focus.address).run().isSuccess)
        let late = try await Sipp(.ours("join_leave"), target: focus.address).run()
        #expect(late.messages.contains("SIP/2.0 410 "), "\(late.messages.suffix(1500))")
        #expect(stays.process.isRunning)
        await stays.hangUp()
        await focus.stop()
    }

    /// Every fifth message of sipp's is lost on purpose, of each kind; all calls come about and end all the same.
    @Test func retransmissionsBringCallsThroughLoss() async throws {
        let focus = try await FocusProcess.start()
        var run = Sipp(.ours("join_leave"), target: focus.address)
        run.calls = 30
        run.rate = 10
        run.limit = 30
        run.loss = 20
        let outcome = try await run.run()
        #expect(outcome.isSuccess, "\(outcome.errors)\n\(outcome.screen.suffix(2000))")
        try await Condition.await("everybody has left", within: .seconds(40), evidence: { focus.log }) {
            try await focus.ctl("list", "--json").output.filter { !$0.isWhitespace } == "[]"
        }
        await focus.stop()
    }

    @Test func theAnswerComesAgainUntilTheACKDoes() async throws {
        let focus = try await FocusProcess.start()
        let outcome = try await Sipp(.ours("lost_ack"), target: focus.address).run()
        #expect(outcome.isSuccess, "\(outcome.errors)")
        // Without an ACK for 3.5 s: the 200 goes out at 0, 0.5, 1.5 and 3.5 s.
        let answers = outcome.messages.split(separator: "SIP/2.0 200 OK").count - 1
        #expect(answers >= 4, "\(answers) answers, one of them to BYE")
        await focus.stop()
    }

    /// 64 T1 without an ACK end the call by BYE. T1 is a tenth of the usual here.
    @Test func aCallThatIsNeverAcknowledgedEnds() async throws {
        var options = FocusProcess.Options()
        options.settings = ["sip": ["timers": "{t1: 50ms, t2: 400ms}"]]
        let focus = try await FocusProcess.start(options)
        let outcome = try await Sipp(.ours("never_ack"), target: focus.address).run()
        #expect(outcome.isSuccess, "\(outcome.errors)\n\(focus.log)")
        await focus.stop()
    }

    @Test func cancelRacesEndOneWayOrTheOther() async throws {
        let focus = try await FocusProcess.start()
        let stays = try await ConfabAgent.call(focus.uri("race"), .init(name: "stays", tone: 440))
        for _ in 0..<20 {
            let racer = try RawSIPPeer(target: focus.port)
            _ = try await racer.raceCancel(room: "race")
        }
        try await Condition.await("only one is left", evidence: { focus.log }) {
            try await focus.members(of: "race").count == 1
        }
        await stays.hangUp()
        await focus.stop()
    }
}

/// Against a focus in this process, whose sessions may be shorter than the 90 s of any configuration file (RFC 4028 §5).
@Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1))), .enabled(if: Program.sipp.isInstalled))
struct SessionExpiryTests {
    @Test func aSessionThatIsNotRefreshedEndsByBYE() async throws {
        let port = try FreePort.allocate()
        var configuration = FocusConfiguration()
        configuration.sip.listen = [ListenAddress(transport: .udp, host: "127.0.0.1", port: port)]
        configuration.sip.sessionExpires = .seconds(3)
        configuration.sip.sessionMin = .seconds(2)
        configuration.media.rtpPorts = PortRange(lower: 30_000, upper: 32_766)
        let silent = Logger(label: "focus") { _ in SwiftLogNoOpLogHandler() }
        let focus = try await Focus.start(
            configuration, on: MultiThreadedEventLoopGroup.singleton.next(), logger: silent)
        let events = await focus.events(room: nil)
        var run = Sipp(.ours("session_timer_expiry"), target: "127.0.0.1:\(port)")
        run.keys["session_expires"] = "3"
        run.patience = .seconds(10)
        let outcome = try await run.run()
        #expect(outcome.isSuccess, "\(outcome.errors)\n\(outcome.messages.suffix(2000))")
        #expect(await focus.rooms().isEmpty)
        await focus.drain(within: .seconds(1))
        var cause: String?
        for await event in events where event.kind == .memberLeft { cause = event.detail }
        #expect(cause == "session-expired")
    }
}
