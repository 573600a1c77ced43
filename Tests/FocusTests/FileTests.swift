// SPDX-License-Identifier: GPL-3.0-or-later

import AsyncHTTPClient
import Conference
import FileSharing
import Focus
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

extension LiveFocusTests {
    /// Files by link, through the server that `confabd` runs.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Files {
        private static func makeFolder() -> String {
            FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)").path(
                percentEncoded: false)
        }

        /// Runs a server beside the rig until `body` is done.
        ///
        /// - Parameter place: A folder that stays; nil for one that goes.
        private static func serve(
            _ rig: FocusRig, in place: String? = nil, certificate: String? = nil, key: String? = nil,
            _ body: @escaping @Sendable (_ folder: String) async throws -> Void
        ) async throws {
            try await serve(rig.focus, in: place, certificate: certificate, key: key) { folder, base in
                await rig.focus.filesAreServed(at: base)
                try await body(folder)
            }
        }

        private static func serve(
            _ sharing: any FileSharing, in place: String? = nil, certificate: String? = nil, key: String? = nil,
            connections: Int? = nil, patience: Duration? = nil,
            _ body: @escaping @Sendable (_ folder: String, _ base: String) async throws -> Void
        ) async throws {
            let folder = place ?? makeFolder()
            defer { if place == nil { try? FileManager.default.removeItem(atPath: folder) } }
            let (running, signal) = AsyncStream<String>.makeStream()
            // What a focus that was killed has left.
            let left = folder + "/confab-shared/left"
            try FileManager.default.createDirectory(
                atPath: folder + "/confab-shared", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: left))
            defer { #expect(!FileManager.default.fileExists(atPath: left)) }
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            var settings = FileServer.Settings(
                host: "127.0.0.1", port: 0, folder: folder, certificate: certificate, key: key)
            if let connections { settings.mostConnections = connections }
            if let patience { settings.patience = patience }
            let server = try FileServer(settings, sharing: sharing, logger: logger) { scheme, port in
                signal.yield("\(scheme)://127.0.0.1:\(port)")
            }
            let services = ServiceGroup(services: [server], logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await services.run() }
                var bases = running.makeAsyncIterator()
                let base = try #require(await bases.next())
                let result: Result<Void, any Error>
                do {
                    result = .success(try await body(folder + "/confab-shared", base))
                } catch {
                    result = .failure(error)
                }
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
                try result.get()
            }
        }

        private static func put(_ bytes: [UInt8], _ url: String) async throws -> (status: UInt, text: String) {
            var request = HTTPClientRequest(url: url)
            request.method = .PUT
            request.body = .bytes(ByteBuffer(bytes: bytes))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            return (response.status.code, String(buffer: try await response.body.collect(upTo: 1 << 20)))
        }

        private static func get(_ url: String) async throws -> (status: UInt, headers: [String: String], bytes: [UInt8])
        {
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
            let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
            let body = try await response.body.collect(upTo: 4 << 20)
            return (response.status.code, headers, Array(body.readableBytesView))
        }

        /// The address in the answer to `/upload`.
        private static func ticket(_ member: TestMember, _ name: String, after count: Int = 0) async throws -> String {
            try await member.say("/upload \(name)")
            let answer = try #require(try await member.reads(count + 1).last)
            return String(try #require(answer.components(separatedBy: " to ").last))
        }

        private static let picture: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Array(repeating: 7, count: 3000)

        @Test func everybodyInTheRoomGetsTheLinkAndItGoesWithTheRoom() async throws {
            try await withFocus { rig in
                try await Self.serve(rig) { folder in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let bob = try await rig.join("team", "bob", .init(tone: nil))
                    let eve = try await rig.join("other", "eve", .init(tone: nil))
                    let upload = try await Self.ticket(ann, "../our plan.png")
                    let answer = try await Self.put(Self.picture, upload)
                    #expect(answer.status == 201)
                    let said = try #require(try await bob.reads(1).last)
                    #expect(said.hasPrefix("ann: our plan.png (2 KiB): http://127.0.0.1:"), "\(said)")
                    let link = String(try #require(said.components(separatedBy: ": ").last))
                    #expect(link == answer.text.trimmingCharacters(in: .whitespacesAndNewlines))
                    let file = try await Self.get(link)
                    #expect(file.status == 200 && file.bytes == Self.picture)
                    #expect(file.headers["content-type"] == "image/png")
                    #expect(
                        file.headers["content-disposition"]?.hasPrefix("attachment; filename=\"our plan.png\"") == true)
                    #expect(file.headers["x-content-type-options"] == "nosniff")
                    // A ticket is good once; a link cannot be guessed; another room reads nothing.
                    #expect(try await Self.put(Self.picture, upload).status == 404)
                    #expect(
                        try await Self.get(link.replacingOccurrences(of: "/files/", with: "/files/x")).status == 404)
                    try await eve.say("/who")
                    #expect(try await eve.reads(1) == ["eve (creator)"])
                    _ = try await rig.focus.command(.cancel, in: "team", by: "op")
                    #expect(try await Self.get(link).status == 404)
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
                let upload = try await Self.ticket(ann, "plan.png")
                #expect(upload.hasPrefix("https://127.0.0.1:8443/upload/"), "\(upload)")
            }
        }

        @Test func filesOutliveARestartWhereSystemdKeepsAFolder() {
            let folder = FileServer.Settings.standardFolder
            #expect(folder(["STATE_DIRECTORY": "/var/lib/confab:/var/lib/b"], 7, 8443) == "/var/lib/confab/files")
            for environment in [[:], ["STATE_DIRECTORY": ""]] {
                #expect(folder(environment, 7, 8443).hasSuffix("/confabd-7-8443"))
            }
        }

        @Test func linksAreGoodAfterACrashAndFilesOfRoomsThatDidNotComeBackGo() async throws {
            let store = MemoryStore()
            let folder = Self.makeFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .init(tone: nil))
            let links = Mutex<[String]>([])
            try await Self.serve(first, in: folder) { _ in
                let answer = try await Self.put(Self.picture, try await Self.ticket(ann, "plan.png"))
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
            try await Self.serve(second, in: folder) { folder in
                // What only a later link of the same room can have.
                let later = try await Self.put(Self.picture, try await Self.ticket(ann, "later.png", after: 2)).text
                var again = try #require(URLComponents(string: later.trimmingCharacters(in: .whitespacesAndNewlines)))
                again.path = link.path()
                let url = try #require(again.url).absoluteString
                #expect(try await Self.get(url).bytes == Self.picture)
                try await Condition.await("the orphan is gone") { !FileManager.default.fileExists(atPath: orphan) }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
                _ = try await second.focus.command(.cancel, in: "team", by: "op")
                #expect(try await Self.get(url).status == 404)
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
                try await Self.serve(rig) { folder in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let bob = try await rig.join("team", "bob", .init(tone: nil))
                    let large = try await Self.put(
                        Self.picture + Array(repeating: 0, count: 2 << 20), try await Self.ticket(ann, "large.png"))
                    #expect(large.status == 413 && large.text.contains("1 MiB"), "\(large)")
                    let page = try await Self.put(
                        Array("<html><script>alert(1)</script>".utf8), try await Self.ticket(ann, "x.txt", after: 1))
                    #expect(page.status == 415 && page.text.contains("pictures"))
                    #expect(try await Self.put([], try await Self.ticket(ann, "empty", after: 2)).status == 415)
                    // Who has left shares nothing any more.
                    let late = try await Self.ticket(ann, "late.png", after: 3)
                    try await ann.hangUp()
                    #expect(try await Self.put(Self.picture, late).status == 409)
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                    #expect(await bob.messages.isEmpty)
                }
            }
        }

        /// The same disk may be the calls' own: database, recordings, logs.
        @Test func whatWouldFillTheDiskIsRefusedAndTheRoomGoesOn() async throws {
            try await withFocus { rig in
                try await Self.serve(rig) { folder in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let bob = try await rig.join("team", "bob", .init(tone: nil))
                    let before = await rig.focus.configuration
                    var full = before
                    full.recording.minFree = 10_000_000
                    _ = await rig.focus.reload(full)
                    let refused = try await Self.put(Self.picture, try await Self.ticket(ann, "plan.png"))
                    #expect(refused.status == 507 && refused.text.contains("nearly full"), "\(refused)")
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                    _ = await rig.focus.reload(before)
                    let upload = try await Self.ticket(ann, "plan.png", after: 1)
                    #expect(try await Self.put(Self.picture, upload).status == 201)
                    #expect(try await bob.reads(1).last?.hasPrefix("ann: plan.png") == true)
                }
            }
        }

        @Test func whatFillsTheDiskOnItsWayIsCutOffAndLeavesNothing() async throws {
            // Enough at first and when it begins; then others have written.
            let disk = FillingDisk([10 << 20, 10 << 20])
            try await Self.serve(disk) { folder, base in
                let answer = try await Self.put(
                    Self.picture + Array(repeating: 7, count: 4 << 20), "\(base)/upload/ticket")
                #expect(answer.status == 507 && answer.text.contains("nearly full"), "\(answer)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                #expect(await disk.shared == 0)
                #expect(await disk.ended == 1)
            }
        }

        @Test func whoComesWhenAllConnectionsAreTakenWaitsForOne() async throws {
            try await Self.serve(FillingDisk([]), connections: 1) { _, base in
                let port = try #require(Int(base.split(separator: ":").last ?? ""))
                let silent = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: port).get()
                let answered = Mutex(false)
                async let status = {
                    let status = try await Self.get("\(base)/files/none/x.png").status
                    answered.withLock { $0 = true }
                    return status
                }()
                // That nothing comes takes a while to see.
                try await Task.sleep(for: .milliseconds(500))
                #expect(!answered.withLock { $0 })
                try await silent.close()
                #expect(try await status == 404)
            }
        }

        /// Answers that nobody reads wait in the server, and with them the connection.
        @Test func whoReadsNoAnswerKeepsNoConnection() async throws {
            try await Self.serve(FillingDisk([]), connections: 1, patience: .seconds(1)) { _, base in
                let port = try #require(Int(base.split(separator: ":").last ?? ""))
                let deaf = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .channelOption(.autoRead, value: false)
                    .connect(host: "127.0.0.1", port: port).get()
                let request = "GET /files/none/x.png HTTP/1.1\r\nHost: a\r\n\r\n"
                let many = String(repeating: request, count: 100_000)
                // More than both ends' buffers hold: that it was sent is never told.
                deaf.writeAndFlush(ByteBuffer(string: many), promise: nil)
                #expect(try await Self.get("\(base)/files/none/x.png").status == 404)
            }
        }

        /// A focus with little room on its disk.
        private actor FillingDisk: FileSharing {
            private var spaces: [Int64]
            private(set) var shared = 0
            private(set) var ended = 0

            /// - Parameter spaces: what is free each time that somebody looks, after which it is nothing.
            init(_ spaces: [Int64]) { self.spaces = spaces }

            func takeTicket(_ ticket: String) -> FileTicket? {
                FileTicket(room: RoomID(1), roomName: "team", member: MemberID(1), name: ticket)
            }
            func uploadEnded(_ ticket: FileTicket) { ended += 1 }
            func share(_ file: SharedFile, by ticket: FileTicket) throws(Refusal) -> String {
                shared += 1
                return "link"
            }
            func sharedFile(_ id: String) -> SharedFile? { nil }
            func largestFile() -> Int { 50 << 20 }
            func space(at path: String) -> Int64 { spaces.isEmpty ? 0 : spaces.removeFirst() }
        }

        /// What has begun and never ends takes room on the disk that no limit of whole files counts.
        @Test func oneFileOfAMemberIsOnItsWayAtATime() async throws {
            try await withFocus { rig in
                try await Self.serve(rig) { _ in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let bob = try await rig.join("team", "bob", .init(tone: nil))
                    let first = try await Self.ticket(ann, "first.png")
                    let token = String(try #require(first.split(separator: "/").last))
                    let begun = try #require(await rig.focus.takeTicket(token))
                    let second = try await Self.ticket(ann, "second.png", after: 1)
                    #expect(try await Self.put(Self.picture, second).status == 404)
                    // Others share meanwhile.
                    #expect(try await Self.put(Self.picture, try await Self.ticket(bob, "bobs.png")).status == 201)
                    await rig.focus.uploadEnded(begun)
                    #expect(try await Self.put(Self.picture, second).status == 201)
                    // A file that is refused is one that is over.
                    let third = try await Self.ticket(bob, "third.txt", after: 3)
                    #expect(try await Self.put(Array("<html>".utf8), third).status == 415)
                    let fourth = try await Self.ticket(bob, "fourth.png", after: 4)
                    #expect(try await Self.put(Self.picture, fourth).status == 201)
                }
            }
        }

        /// What `/send` of `confab` gives to the room is shown to it by `/play`.
        @Test func aSharedFilmIsPlayedByWhoPresentsAndWhatIsNoneIsRefused() async throws {
            let film = try await LiveFocusTests.Films.film("our film.mp4", seconds: 30)
            defer { try? FileManager.default.removeItem(at: film.deletingLastPathComponent()) }
            let bytes = Array(try Data(contentsOf: film))
            try await withFocus { rig in
                try await Self.serve(rig) { _ in
                    let ann = try await rig.join("team", "ann", .camera(.red))
                    let bob = try await rig.join("team", "bob", .camera(.green))
                    #expect(try await Self.put(bytes, try await Self.ticket(bob, "our film.mp4")).status == 201)
                    #expect(
                        try await Self.put(Self.picture, try await Self.ticket(bob, "plan.png", after: 2)).status == 201
                    )
                    // Its head is that of a film.
                    let broken = Array(bytes.prefix(100)) + Array(repeating: 0, count: 1000)
                    #expect(
                        try await Self.put(broken, try await Self.ticket(bob, "broken.mp4", after: 4)).status == 201)
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

        @Test func withACertificateItIsHTTPS() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let (certificate, key) = ("c.pem", "k.pem")
            func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
            let maker = try ChildProcess(
                .init(
                    "openssl",
                    [
                        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-keyout",
                        path(key), "-out", path(certificate),
                    ]))
            #expect(await maker.waitForExit(within: .seconds(20))?.isSuccess == true)
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.certificateVerification = .none
            let client = HTTPClient(configuration: .init(tlsConfiguration: tls))
            try await withFocus { rig in
                try await Self.serve(rig, certificate: path(certificate), key: path(key)) { _ in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let upload = try await Self.ticket(ann, "x.png")
                    #expect(upload.hasPrefix("https://"))
                    var request = HTTPClientRequest(url: upload)
                    request.method = .PUT
                    request.body = .bytes(ByteBuffer(bytes: Self.picture))
                    #expect(try await client.execute(request, timeout: .seconds(10)).status.code == 201)
                }
            }
            try await client.shutdown()
            #expect(throws: FileServerError.self) {
                var settings = FileServer.Settings(host: "127.0.0.1", port: 0, folder: "/tmp")
                settings.certificate = path(certificate)
                if let problem = settings.problem { throw FileServerError(problem) }
            }
        }

        @Test func withoutAServerItIsSaidSo() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .init(tone: nil))
                try await ann.say("/upload x")
                #expect(try await ann.reads(1).last?.contains("files.listen") == true)
            }
        }

        @Test func plainHTTPIsForThisMachineAlone() {
            for (host, certificate, isFine) in [
                ("127.0.0.1", nil, true), ("::1", nil, true), ("0.0.0.0", nil, false), ("192.0.2.1", nil, false),
                ("0.0.0.0", "c.pem", true),
            ] as [(String, String?, Bool)] {
                let settings = FileServer.Settings(
                    host: host, port: 0, folder: "/tmp", certificate: certificate, key: certificate)
                #expect((settings.problem == nil) == isFine, "\(host)")
            }
        }
    }
}
