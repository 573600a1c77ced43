// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// The end of `confabd` with phones in the room.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct DrainTests {
        @Test(arguments: [SIGTERM, SIGINT])
        func everybodyIsToldGoodbye(signal: Int32) async throws {
            // Longer than `stop` waits until it kills.
            let room = try await PhoneRoom.start(drain: "60s")
            try await room.awaitAllHeard()
            let mark = await room.baresip.control.mark
            let linphoneMark = room.linphone.mark
            let began = ContinuousClock.now
            #expect(await room.focus.stop(signal) == .status(0))
            // Everybody answers the BYE, so it does not wait for its deadline.
            #expect(ContinuousClock.now - began < .seconds(30))
            _ = try await room.baresip.awaitClosed(after: mark)
            try await room.linphone.awaitClosed(after: linphoneMark)
            let end = try await room.confab.event("ended")
            #expect(end["cause"] as? String == "hung-up-by-peer", "\(end)")
            #expect(!FileManager.default.fileExists(atPath: room.focus.socket))
            await room.stop()
        }

        /// A phone that died does not answer the BYE: the deadline ends the wait.
        @Test func theDeadlineHolds() async throws {
            var options = FocusProcess.Options()
            options.drain = "1s"
            let focus = try await FocusProcess.start(options)
            let linphone = try await Linphone.start(.init(name: "lin", tone: 930, codecs: [.pcmu]))
            try await linphone.dial(focus.uri("demo"))
            linphone.kill()
            let began = ContinuousClock.now
            #expect(await focus.stop() == .status(0))
            #expect(ContinuousClock.now - began < .seconds(8))
            options.port = focus.port
            // Nothing of it is left: the same port serves at once.
            let next = try await FocusProcess.start(options)
            await next.stop()
        }
    }
}

/// Starting, reloading and what stops a start.
@Suite(.timeLimit(.minutes(Condition.minutes(1)))) struct DaemonTests {
    @Test func aSecondFocusOnThePortSaysSo() async throws {
        let first = try await FocusProcess.start()
        var options = FocusProcess.Options()
        options.port = first.port
        let second = try FocusProcess.launch(options)
        #expect(await second.process.waitForExit(within: .seconds(10)) == .status(1))
        #expect(second.log.contains("127.0.0.1:\(first.port)"), "\(second.log)")
        #expect(second.log.contains("in use"), "\(second.log)")
        #expect(second.log.contains("--listen"), "what to do about it: \(second.log)")
        #expect(try await first.ctl("list").status == 0)
        await first.stop()
    }

    @Test func aSecondFocusOnTheSocketSaysSo() async throws {
        let first = try await FocusProcess.start()
        var options = FocusProcess.Options()
        options.settings = ["operator": ["socket": first.socket]]
        let second = try FocusProcess.launch(options)
        #expect(await second.process.waitForExit(within: .seconds(10)) == .status(1))
        #expect(second.log.contains(first.socket), "\(second.log)")
        #expect(try await first.ctl("list").status == 0)
        await first.stop()
    }

    @Test func theLogsLevelChangesAtOnce() async throws {
        let focus = try await FocusProcess.start()
        func open(_ room: String) async throws { #expect(try await focus.ctl("create", room).status == 0) }
        try await open("first")
        try await focus.awaitLogged("room=first")
        try focus.reload(["log": ["level": "error"]])
        try await focus.awaitLogged("log.level: debug -> error (at once)")
        try await open("second")
        let mark = focus.mark
        try focus.reload(["log": ["level": "info"]])
        try await focus.awaitLogged("log.level: error -> info (at once)", after: mark)
        try await open("third")
        try await focus.awaitLogged("room=third")
        #expect(!focus.log.contains("room=second"), "\(focus.log)")
        await focus.stop()
    }

    /// A member whose call never came to stand does not answer: the deadline that a reload brought ends the wait.
    @Test func theDeadlineOfTheEndChangesAtOnce() async throws {
        var options = FocusProcess.Options()
        options.drain = "60s"
        let focus = try await FocusProcess.start(options)
        let peer = try RawSIPPeer(target: focus.port)
        try await peer.leaveUnanswered(room: "demo")
        try focus.reload(drain: "1s")
        try await focus.awaitLogged("drain: 1m -> 1s (at once)")
        let began = ContinuousClock.now
        #expect(await focus.stop() == .status(0))
        let took = ContinuousClock.now - began
        #expect(took > .milliseconds(900) && took < .seconds(5), "\(took)")
    }

    @Test func hangUpReadsTheConfigurationAgain() async throws {
        let focus = try await FocusProcess.start()
        let before = try await ConfabAgent.call(focus.uri("before"), .init(name: "before", tone: 440))
        try focus.reload(["conference": ["adhoc": "false"], "media": ["rtp-ports": "31000-32000"]])
        try await focus.awaitLogged("conference.adhoc: true -> false (at once)")
        try await focus.awaitLogged("media.rtp-ports: 30000-32766 -> 31000-32000 (after a restart)")
        let refused = try ConfabAgent.start(focus.uri("unheard-of"), .init(name: "late", tone: 700))
        #expect(try await refused.event("ended")["status"] as? Int == 404)
        #expect(before.process.isRunning)

        let mark = focus.mark
        try focus.reload(["conference": ["adhoc": "perhaps"]])
        try await focus.awaitLogged("not taken over", after: mark)
        #expect(focus.log.contains("expected true or false"), "\(focus.log)")
        #expect(before.process.isRunning)
        await before.hangUp()
        #expect(await focus.stop() == .status(0))
    }

    @Test(arguments: [
        ("sip:\n  lisen: [\"udp:127.0.0.1:5060\"]\n", "2:3", "did you mean listen?"),
        ("drain: soon\n", "1:8", "drain: expected"),
        ("media:\n  rtp-ports: 40000-30000\n", "2:14", "a range of ports"),
        ("audio:\n  codecs: [opus, mp3]\n", "2:18", "one of opus, g722, pcmu, pcma"),
        ("sip: [\n", "2:1", "is not YAML"),
    ])
    func aMistakeInTheConfigurationStopsTheStart(text: String, place: String, words: String) async throws {
        let folder = try InteropFolder("config")
        try folder.write(text, as: "wrong.yaml")
        let outcome = try await OwnProgram.confabd.run(["--config", folder.path("wrong.yaml")])
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains("\(folder.path("wrong.yaml")):\(place): "), "\(outcome.errors)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test func aFileThatIsNotThereIsNamed() async throws {
        let outcome = try await OwnProgram.confabd.run(["--config", "/nowhere/confabd.yaml"])
        #expect(outcome.status == 78)
        #expect(outcome.errors == "/nowhere/confabd.yaml: cannot be read: there is no such file\n")
    }

    @Test func aMistakeOnTheCommandLineIsToldWithoutAPlaceInAFile() async throws {
        let outcome = try await OwnProgram.confabd.run(["--log-level", "loud"])
        #expect(outcome.status == 78)
        #expect(outcome.errors.hasPrefix("command line: log.level: expected one of trace, debug"), "\(outcome.errors)")
    }

    @Test func anAddressOfAnotherMachineIsToldInWords() async throws {
        let outcome = try await OwnProgram.confabd.run(["--listen", "udp:192.0.2.77:5060"])
        #expect(outcome.status == 1)
        #expect(
            outcome.errors.contains("192.0.2.77:5060: Cannot assign requested address; choose"), "\(outcome.errors)")
    }

    /// Lines that a program breaks for itself stay below the width that it would break them at.
    @Test(arguments: [
        (OwnProgram.confabd, ["--help"]), (.confab, ["--help"]), (.confab, ["help", "call"]),
        (.confab, ["help", "create"]), (.confab, ["help", "answer"]), (.confab, ["help", "list"]),
        (.confab, ["help", "devices"]), (.confabctl, ["--help"]), (.confabctl, ["help", "create"]),
    ])
    func examplesOfTheHelpStandOnLinesOfTheirOwn(program: OwnProgram, arguments: [String]) async throws {
        let outcome = try await program.run(arguments)
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        let examples = try #require(lines.firstIndex { $0.hasPrefix("EXAMPLE") })
        let usage = try #require(lines.firstIndex { $0.hasPrefix("USAGE:") })
        for line in lines[(examples + 1)..<usage] {
            guard !line.isEmpty else { break }
            #expect(line.hasPrefix("  "), "broken in two: \(outcome.output)")
        }
    }
}
