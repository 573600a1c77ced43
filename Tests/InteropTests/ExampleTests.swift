// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// The README's program, which is built as anybody's is: it sees of our package only what is public.
    @Suite(.serialized) struct ExampleTests {
        private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        private static func text(of file: String) throws -> String {
            try String(contentsOf: root.appending(path: file), encoding: .utf8)
        }

        @Test func itIsWhatTheReadmeAndTheLibrarySay() throws {
            let program = try Self.text(of: "Docs/Example/main.swift").split(separator: "\n").dropFirst()
            #expect(program.filter { !$0.hasPrefix("import") }.count <= 10)
            let readme = try Self.text(of: "README.md").split(separator: "\n")
            #expect(readme.contains(program))
            let comment = try Self.text(of: "Sources/UserAgent/UserAgent.swift").split(separator: "\n")
                .filter { $0.hasPrefix("/// ") }.map { $0.dropFirst(4) }
            #expect(comment.contains(program))
        }

        @Test func itCallsSpeaksListensAndHangsUp() async throws {
            let focus = try await FocusProcess.start()
            let ann = try await ConfabAgent.call(focus.uri("demo"), .init(name: "ann", tone: 440))
            let folder = try InteropFolder("example")
            try folder.writeTone(700, seconds: 2, rate: 16_000, as: "question.wav")
            var launch = ChildProcess.Launch(OwnProgram.example.path, ["demo@\(focus.address)"])
            launch.folder = folder.path
            launch.output = folder.path("output")
            let program = try ChildProcess(launch)
            try await ann.ears.awaitExactly([700], of: [440, 700])
            let ears = Ears { folder.path("answer.wav") }
            try await ears.awaitExactly([440], of: [440, 700])
            // Its own key 9 it does not hear, but the end of the call.
            #expect(try await focus.ctl("cancel", "demo").status == 0)
            #expect(await program.waitForExit(within: .seconds(5)) == .status(0))
            #expect(program.printed.contains("ann"), "\(program.printed)")
            #expect(program.printed.contains("the other side hung up"), "\(program.printed)")
            await focus.stop()
        }
    }
}
