// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// Recordings where something goes wrong: a disk that is really full, a focus that is really killed.
    @Suite(.serialized) struct RecordingTests {
        private static let tones = [440.0, 1000]

        /// Two members in a meeting that is recorded.
        private static func meet(_ focus: FocusProcess) async throws -> [ConfabAgent] {
            var agents: [ConfabAgent] = []
            for tone in tones {
                agents.append(
                    try await ConfabAgent.call(focus.uri("meeting"), .init(name: "con\(Int(tone))", tone: tone)))
            }
            try await agents[0].ears.awaitExactly([1000], of: tones)
            let started = try await focus.ctl("record", "meeting", "start", "--video")
            #expect(started.status == 0, "\(started.errors)")
            return agents
        }

        private static func files(_ focus: FocusProcess) async throws -> [[String: Any]] {
            try await focus.ctl("recordings", "--json").json as? [[String: Any]] ?? []
        }

        private static func read(_ agents: [ConfabAgent], _ words: String) async throws {
            for agent in agents {
                try await agent.event("chat") { ($0["text"] as? String)?.contains(words) == true }
            }
        }

        /// What a program prints, whatever it thinks of the file.
        private static func output(_ program: String, _ arguments: [String], in folder: InteropFolder) async throws
            -> Data
        {
            var launch = ChildProcess.Launch(program, arguments)
            launch.output = folder.path("output")
            launch.errors = folder.path("errors")
            let process = try ChildProcess(launch)
            #expect(await process.waitForExit(within: .seconds(30)) != nil)
            return FileManager.default.contents(atPath: folder.path("output")) ?? Data()
        }

        /// A file system of 96 KiB, which any user may have in a name space of its own.
        private static func mounting(_ folder: String) -> [String] {
            ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=96k none \"$0\" && exec \"$@\"", folder]
        }

        private static var mayMount: Bool {
            get async throws {
                let folder = try InteropFolder("mount")
                let command = mounting(folder.path) + ["true"]
                let process = try? ChildProcess(.init(command[0], Array(command.dropFirst())))
                return await process?.waitForExit(within: .seconds(10))?.isSuccess == true
            }
        }

        @Test(.enabled { try await mayMount })
        func aDiskThatIsReallyFullEndsTheRecordingAndNotTheMeeting() async throws {
            let folder = try InteropFolder("full")
            var options = FocusProcess.Options()
            options.settings["recording"] = ["folder": folder.path, "min-free": "0"]
            options.launcher = Self.mounting(folder.path)
            let focus = try await FocusProcess.start(options)
            let agents = try await Self.meet(focus)
            try await focus.awaitLogged("recording ended", within: .seconds(40))
            try await Self.read(agents, "The recording had to end: the disk is")
            try await agents[0].ears.awaitExactly([1000], of: Self.tones)
            try await agents[1].ears.awaitExactly([440], of: Self.tones)
            let shown = try await focus.ctl("show", "meeting", "--json").json as? [String: Any]
            #expect((shown?["members"] as? [Any])?.count == 2)
            #expect((shown?["summary"] as? [String: Any])?["recording"] == nil && shown?["recording"] == nil)
            let refused = try await focus.ctl("record", "meeting", "start")
            #expect(refused.status != 0)
            for agent in agents { await agent.hangUp() }
            await focus.stop()
        }

        @Test func whatWasRecordedIsRecordedAgainAfterAKill() async throws {
            let folder = try InteropFolder("taken-up")
            try folder.makeFolder("recordings")
            var options = FocusProcess.Options()
            options.settings["storage"] = ["file": folder.path("confab.sqlite")]
            options.settings["recording"] = ["folder": folder.path("recordings"), "min-free": "1"]
            var focus = try await FocusProcess.start(options)
            options.port = focus.port
            let agents = try await Self.meet(focus)
            try await Condition.await("three seconds in the file") {
                (try await Self.files(focus).first?["seconds"] as? Double ?? 0) >= 3
            }
            let killed = ContinuousClock.now
            await focus.stop(SIGKILL)
            focus = try await FocusProcess.start(options)
            try await focus.awaitLogged("calls=2")
            print("recording goes on \(ContinuousClock.now - killed) after the kill")
            try await Self.read(agents, "recorded again")
            try await agents[0].ears.awaitExactly([1000], of: Self.tones)
            try await Condition.await("three seconds in a second file") {
                let files = try await Self.files(focus)
                return files.count == 2 && files.allSatisfy { ($0["seconds"] as? Double ?? 0) >= 3 }
            }
            let files = try await Self.files(focus)
            #expect(files.map { $0["isOpen"] as? Bool } == [true, false])
            #expect(files.map { $0["kind"] as? String } == ["video", "video"])
            #expect(try await focus.ctl("record", "meeting", "stop").status == 0)
            for file in files {
                let path = try #require(file["path"] as? String)
                let streams = String(
                    decoding: try await Self.output("ffprobe", ["-show_streams", path], in: folder), as: UTF8.self)
                #expect(streams.contains("codec_name=vp8") && streams.contains("codec_name=opus"))
                let raw = try await Self.output(
                    "ffmpeg", ["-v", "quiet", "-i", path, "-f", "s16le", "-ar", "8000", "-ac", "1", "-"], in: folder)
                let samples = raw.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
                #expect(samples.count > 16_000)
                let ears = ToneDetector(sampleRate: 8000)
                for tone in Self.tones { #expect(ears.usualLevel(of: tone, in: samples) > -40) }
            }
            let table = try await focus.ctl("recordings").output
            #expect(table.contains("KIND") && table.contains("video"))
            for agent in agents { await agent.hangUp() }
            await focus.stop()
        }
    }
}
