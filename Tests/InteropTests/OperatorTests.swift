// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// `confabctl` against a running focus.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct OperatorTests {
        private let tones = PhoneRoom.tones

        @Test func mutesKicksLocksAndCancelsRealPhones() async throws {
            let room = try await PhoneRoom.start()
            let focus = room.focus
            try await room.awaitAllHeard()

            let list = try await focus.ctl("list")
            #expect(list.status == 0)
            #expect(list.output.contains("meeting"), "\(list.output)")
            // A phone that is late is silent for that moment.
            try await Condition.await("three levels") {
                let levels = try await focus.members(of: "meeting").map { $0["levelDBov"] as? Double ?? -127 }
                return levels.count == 3 && levels.allSatisfy { $0 > -40 }
            }
            let members = try await focus.members(of: "meeting")
            #expect(Set(members.compactMap { $0["codec"] as? String }) == ["opus", "G.722", "PCMA"])
            #expect(members.compactMap { $0["userAgent"] as? String }.count { $0.contains("baresip") } == 1)
            #expect(members.allSatisfy { $0["remoteMedia"] as? String != nil })
            let table = try await focus.ctl("show", "meeting")
            #expect(["bare", "lin", "con"].allSatisfy(table.output.contains), "\(table.output)")

            #expect(try await focus.ctl("mute", "meeting", "lin").status == 0)
            try await room.confab.ears.awaitExactly([440], of: tones)
            try await room.baresip.ears.awaitExactly([700], of: tones)
            // Muted, it hears on.
            try await room.linphone.ears.awaitExactly([440, 700], of: tones)
            #expect(try await focus.ctl("unmute", "meeting", "lin").status == 0)
            try await room.confab.ears.awaitExactly([440, 930], of: tones)

            #expect(try await focus.ctl("lock", "meeting").status == 0)
            let stranger = try ConfabAgent.start(room.uri, .init(name: "stranger", tone: 1200))
            let refused = try await stranger.event("ended")
            #expect(refused["status"] as? Int == 480, "\(refused)")
            #expect(try await focus.ctl("unlock", "meeting").status == 0)

            let mark = await room.baresip.control.mark
            let kicked = try await focus.ctl("kick", "meeting", "bare")
            #expect(kicked.status == 0, "\(kicked)")
            _ = try await room.baresip.awaitClosed(after: mark)
            try await room.confab.ears.awaitExactly([930], of: tones)
            #expect(try await focus.ctl("kick", "meeting", "bare").status == 3)

            let linphoneMark = room.linphone.mark
            #expect(try await focus.ctl("cancel", "meeting").status == 0)
            try await room.linphone.awaitClosed(after: linphoneMark)
            let end = try await room.confab.event("ended")
            #expect(end["cause"] as? String == "hung-up-by-peer", "\(end)")
            #expect(try await focus.ctl("show", "meeting").status == 3)
            // Options before the command are taken as well.
            let rest = try await OwnProgram.confabctl.run(["--socket", focus.socket, "--json", "list"])
            #expect(rest.output.filter { !$0.isWhitespace } == "[]", "\(rest)")

            #expect(try await focus.ctl("create", "meeting").status == 0)
            try await room.linphone.dial(room.uri)
            #expect(try await focus.ctl("create", "meeting").status == 4)
            await room.stop()
        }

        /// Keys as other people's phones send them: RFC 4733 at the clock of each one's codec.
        @Test func starSixOfRealPhonesMutesThem() async throws {
            let room = try await PhoneRoom.start()
            try await room.awaitAllHeard()
            for digit in "*6" { try await room.baresip.send(digit: digit) }
            try await room.confab.ears.awaitExactly([930], of: tones)
            try await room.linphone.ears.awaitExactly([700], of: tones)
            room.linphone.send(digits: "*6")
            try await room.confab.ears.awaitExactly([], of: tones)
            for digit in "*6" { try await room.baresip.send(digit: digit) }
            try await room.confab.ears.awaitExactly([440], of: tones)
            room.linphone.send(digits: "*6")
            try await room.confab.ears.awaitExactly([440, 930], of: tones)
            await room.stop()
        }

        @Test func watchTellsWhatHappensAsItHappens() async throws {
            let focus = try await FocusProcess.start()
            let folder = try InteropFolder("watch")
            var launch = ChildProcess.Launch(
                OwnProgram.confabctl.path, ["watch", "demo", "--json", "--socket", focus.socket])
            launch.output = folder.path("output")
            let process = try ChildProcess(launch)
            let linphone = try await Linphone.start(.init(name: "lin", tone: 930, codecs: [.pcmu]))
            try await linphone.dial(focus.uri("demo"))
            try await Condition.await("joining is told", evidence: { process.printed }) {
                process.printed.contains("member-joined")
            }
            try await linphone.hangUp()
            try await Condition.await("the end is told", evidence: { process.printed }) {
                process.printed.contains("room-ended")
            }
            await focus.stop()
            #expect(await process.waitForExit(within: .seconds(5)) == .status(2))
            await linphone.stop()
        }
    }
}

/// What `confabctl` ends with where it can do nothing.
@Suite(.timeLimit(.minutes(Condition.minutes(1)))) struct OperatorExitTests {
    @Test func noFocusRunsThere() async throws {
        let outcome = try await OwnProgram.confabctl.run(["list", "--socket", "/tmp/confab-no-such-socket"])
        #expect(outcome.status == 2)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("confabctl: no focus is running"))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test func theFocusWasKilledAndLeftItsSocket() async throws {
        let focus = try await FocusProcess.start()
        focus.process.kill()
        let outcome = try await focus.ctl("list")
        #expect(outcome.status == 2, "\(outcome)")
    }

    private static let codes: [(command: String, status: Int32)] = [
        ("show nowhere", 3), ("kick nowhere bob", 3), ("mute nowhere 1", 3), ("cancel nowhere", 3), ("lock nowhere", 3),
        ("shout x", 64), ("kick demo", 64), ("list", 0), ("stats", 0), ("version", 0),
    ]

    @Test func endsWithTheDocumentedCode() async throws {
        let focus = try await FocusProcess.start()
        for (command, status) in Self.codes {
            let arguments = command.split(separator: " ").map(String.init)
            let outcome = try await focus.ctl(arguments)
            #expect(outcome.status == status, "\(command): \(outcome)")
            #expect(outcome.errors.isEmpty == (status == 0), "\(command): \(outcome)")
        }
        await focus.stop()
    }
}
