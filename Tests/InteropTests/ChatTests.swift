// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import FoundationNetworking
import TestSupport
import Testing

extension LiveFocus {
    /// What one phone writes, the others show.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct ChatTests {
        @Test func eachReadsWhatTheOthersWrite() async throws {
            let room = try await PhoneRoom.start(writes: true)
            try await room.confab.event("established")
            room.confab.process.write(line: "hello from confab")
            try await room.linphone.awaitPrinted("con: hello from confab", after: 0)
            try await room.baresip.reads("con: hello from confab")
            room.linphone.chat("hello from linphone", to: "sip:meeting@127.0.0.1")
            let first = try await room.confab.event("chat") { $0["name"] as? String == "lin" }
            #expect(first["text"] as? String == "hello from linphone")
            try await room.baresip.say("hello from baresip")
            let second = try await room.confab.event("chat") { $0["name"] as? String == "bare" }
            #expect(second["text"] as? String == "hello from baresip")
            try await room.linphone.awaitPrinted("bare: hello from baresip", after: 0)
            // Commands work from a telephone that knows nothing of them, and are its own affair.
            room.linphone.chat("/who", to: "sip:meeting@127.0.0.1")
            try await room.linphone.awaitPrinted("bare (creator", after: 0)
            #expect(room.confab.events.count { $0["event"] as? String == "chat" } == 2)

            // A file of confab's: the telephones get a link that anything opens.
            let file = FileManager.default.temporaryDirectory.appending(path: "minutes-\(UUID().uuidString).txt")
            try Data("what was decided\n".utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            room.confab.process.write(line: "/send \(file.path(percentEncoded: false))")
            let told = try await room.confab.event("chat") {
                ($0["text"] as? String)?.hasPrefix("You shared minutes-") == true
            }
            let link = try #require((told["text"] as? String)?.components(separatedBy: ": ").last)
            try await room.linphone.awaitPrinted("con: minutes-", after: 0)
            try await room.baresip.reads("con: \(file.lastPathComponent) (17 bytes): \(link)")
            let url = try #require(URL(string: link))
            #expect(try String(decoding: Data(contentsOf: url), as: UTF8.self) == "what was decided\n")
            await room.stop()
        }
    }
}
