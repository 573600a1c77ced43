// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Foundation
import Synchronization
import TestSupport
import Testing

extension LiveFocusTests {
    /// Files by link, as the people of a room share them.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Files {
        @Test func everybodyInTheRoomGetsTheLinkAndItGoesWithTheRoom() async throws {
            try await withFocus { rig in
                try await FileRig.serve(rig) { folder in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let bob = try await rig.join("team", "bob", .init(tone: nil))
                    let eve = try await rig.join("other", "eve", .init(tone: nil))
                    let upload = try await FileRig.ticket(ann, "../our plan.png")
                    let answer = try await FileRig.put(FileRig.picture, upload)
                    #expect(answer.status == 201)
                    let said = try #require(try await bob.reads(1).last)
                    #expect(said.hasPrefix("ann: our plan.png (2 KiB): http://127.0.0.1:"), "\(said)")
                    let link = String(try #require(said.components(separatedBy: ": ").last))
                    #expect(link == answer.text.trimmingCharacters(in: .whitespacesAndNewlines))
                    let file = try await FileRig.get(link)
                    #expect(file.status == 200 && file.bytes == FileRig.picture)
                    #expect(file.headers["content-type"] == "image/png")
                    #expect(
                        file.headers["content-disposition"]?.hasPrefix("attachment; filename=\"our plan.png\"") == true)
                    #expect(file.headers["x-content-type-options"] == "nosniff")
                    // A ticket is good once; a link cannot be guessed; another room reads nothing.
                    #expect(try await FileRig.put(FileRig.picture, upload).status == 404)
                    #expect(
                        try await FileRig.get(link.replacingOccurrences(of: "/files/", with: "/files/x")).status == 404)
                    try await eve.say("/who")
                    #expect(try await eve.reads(1) == ["eve (creator)"])
                    _ = try await rig.focus.command(.cancel, in: "team", by: "op")
                    #expect(try await FileRig.get(link).status == 404)
                    try await Condition.await("the file is gone") {
                        try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty
                    }
                }
            }
        }

        @Test("on every address of the machine, links have the one that the author dials")
        func wildcard() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .init(tone: nil))
                await rig.focus.filesAreServed(everywhereBy: "https", port: 8443)
                let upload = try await FileRig.ticket(ann, "plan.png")
                #expect(upload.hasPrefix("https://127.0.0.1:8443/upload/"), "\(upload)")
            }
        }

        @Test func linksAreGoodAfterACrashAndFilesOfRoomsThatDidNotComeBackGo() async throws {
            let store = MemoryStore()
            let folder = FileRig.makeFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .init(tone: nil))
            let links = Mutex<[String]>([])
            try await FileRig.serve(first, in: folder) { _ in
                let answer = try await FileRig.put(FileRig.picture, try await FileRig.ticket(ann, "plan.png"))
                links.withLock { $0.append(answer.text.trimmingCharacters(in: .whitespacesAndNewlines)) }
                // Where to put it, and that it is there: what is under way at the crash never comes.
                _ = try await ann.reads(2)
            }
            let link = try #require(URL(string: links.withLock { $0.first ?? "" }))
            let orphan = folder + "/confab-shared/orphan"
            try Data("x".utf8).write(to: URL(filePath: orphan))
            let stranded = SharedFile(
                id: "orphan", name: "x", type: "text/plain", bytes: 1, path: orphan, room: RoomID(1))
            store.keep(.file(StoredFile(stranded, room: "over")))
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store)
            try await FileRig.serve(second, in: folder) { folder in
                // What only a later link of the same room can have.
                let upload = try await FileRig.ticket(ann, "later.png", after: 2)
                let later = try await FileRig.put(FileRig.picture, upload).text
                var again = try #require(URLComponents(string: later.trimmingCharacters(in: .whitespacesAndNewlines)))
                again.path = link.path()
                let url = try #require(again.url).absoluteString
                #expect(try await FileRig.get(url).bytes == FileRig.picture)
                try await Condition.await("the orphan is gone") { !FileManager.default.fileExists(atPath: orphan) }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
                _ = try await second.focus.command(.cancel, in: "team", by: "op")
                #expect(try await FileRig.get(url).status == 404)
                try await Condition.await("the files are gone") {
                    try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty
                }
            }
            #expect(try await store.load().files.isEmpty)
            await ann.vanish()
            await second.stop()
        }

        @Test func whatIsTooLargeOrNothingToShareIsRefusedAndLeavesNothing() async throws {
            try await withFocus {
                $0.files.maxSize = 1
            } _: { rig in
                try await FileRig.serve(rig) { folder in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let bob = try await rig.join("team", "bob", .init(tone: nil))
                    let large = try await FileRig.put(
                        FileRig.picture + Array(repeating: 0, count: 2 << 20),
                        try await FileRig.ticket(ann, "large.png"))
                    #expect(large.status == 413 && large.text.contains("1 MiB"), "\(large)")
                    let page = try await FileRig.put(
                        Array("<html><script>alert(1)</script>".utf8), try await FileRig.ticket(ann, "x.txt", after: 1))
                    #expect(page.status == 415 && page.text.contains("pictures"))
                    #expect(try await FileRig.put([], try await FileRig.ticket(ann, "empty", after: 2)).status == 415)
                    // Who has left shares nothing any more.
                    let late = try await FileRig.ticket(ann, "late.png", after: 3)
                    try await ann.hangUp()
                    #expect(try await FileRig.put(FileRig.picture, late).status == 409)
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                    #expect(await bob.messages.isEmpty)
                }
            }
        }

        /// What has begun and never ends takes room on the disk that no limit of whole files counts.
        @Test func oneFileOfAMemberIsOnItsWayAtATime() async throws {
            try await withFocus { rig in
                try await FileRig.serve(rig) { _ in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let bob = try await rig.join("team", "bob", .init(tone: nil))
                    let first = try await FileRig.ticket(ann, "first.png")
                    let token = String(try #require(first.split(separator: "/").last))
                    let begun = try #require(await rig.focus.takeTicket(token))
                    let second = try await FileRig.ticket(ann, "second.png", after: 1)
                    #expect(try await FileRig.put(FileRig.picture, second).status == 404)
                    // Others share meanwhile.
                    #expect(
                        try await FileRig.put(FileRig.picture, try await FileRig.ticket(bob, "bobs.png")).status == 201)
                    await rig.focus.uploadEnded(begun)
                    #expect(try await FileRig.put(FileRig.picture, second).status == 201)
                    // A file that is refused is one that is over.
                    let third = try await FileRig.ticket(bob, "third.txt", after: 3)
                    #expect(try await FileRig.put(Array("<html>".utf8), third).status == 415)
                    let fourth = try await FileRig.ticket(bob, "fourth.png", after: 4)
                    #expect(try await FileRig.put(FileRig.picture, fourth).status == 201)
                }
            }
        }

        /// What `/send` of `confab` gives to the room is shown to it by `/play`.
        @Test func aSharedFilmIsPlayedByWhoPresentsAndWhatIsNoneIsRefused() async throws {
            let film = try await LiveFocusTests.Films.film("our film.mp4", seconds: 30)
            defer { try? FileManager.default.removeItem(at: film.deletingLastPathComponent()) }
            let bytes = Array(try Data(contentsOf: film))
            try await withFocus { rig in
                try await FileRig.serve(rig) { _ in
                    let ann = try await rig.join("team", "ann", .camera(.red))
                    let bob = try await rig.join("team", "bob", .camera(.green))
                    #expect(try await FileRig.put(bytes, try await FileRig.ticket(bob, "our film.mp4")).status == 201)
                    let plan = try await FileRig.ticket(bob, "plan.png", after: 2)
                    #expect(try await FileRig.put(FileRig.picture, plan).status == 201)
                    // Its head is that of a film.
                    let broken = Array(bytes.prefix(100)) + Array(repeating: 0, count: 1000)
                    let upload = try await FileRig.ticket(bob, "broken.mp4", after: 4)
                    #expect(try await FileRig.put(broken, upload).status == 201)
                    let told = try await bob.reads(6).count
                    try await bob.say("/play our film.mp4")
                    #expect(
                        try await bob.reads(told + 1).last?.hasPrefix("Only moderators and operators may play films")
                            == true)
                    let read = try await ann.reads(3).count
                    try await ann.say("/play plan.png")
                    #expect(try await ann.reads(read + 1).last == "plan.png is no film, but image/png.")
                    try await ann.say("/play none.mp4")
                    #expect(
                        try await ann.reads(read + 2).last == "No file none.mp4 was shared in conference team.")
                    try await ann.say("/play file:/etc/passwd")
                    #expect(try await ann.reads(read + 3).last?.hasPrefix("/play needs the name") == true)
                    try await ann.say("/play broken.mp4")
                    #expect(
                        try await ann.reads(read + 5).last?.hasPrefix("broken.mp4 is not played: ") == true)
                    try await ann.say("/presenter bob")
                    _ = try await ann.reads(read + 6)
                    try await bob.say("/play our film.mp4")
                    try await ann.screen.sees(.blue)
                    try await ann.audio.hears(1300)
                    try await bob.audio.hears(1300)
                    #expect(try await rig.focus.room("team").members.last?.displayName == "our film.mp4")
                    try await bob.say("/stop")
                    try await ann.audio.losesTone(1300)
                    #expect(try await rig.focus.room("team").members.count == 2)
                    try await bob.say("/stop")
                    try await Condition.await("it to be so already") {
                        await bob.messages.last == "It is so already."
                    }
                }
            }
        }

        @Test func withoutAServerItIsSaidSo() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .init(tone: nil))
                try await ann.say("/upload x")
                #expect(try await ann.reads(1).last?.contains("files.listen") == true)
            }
        }
    }
}
