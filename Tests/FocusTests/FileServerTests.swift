// SPDX-License-Identifier: GPL-3.0-or-later

import AsyncHTTPClient
import Conference
import FileSharing
import Focus
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TestSupport
import Testing

extension LiveFocusTests {
    /// What the server of shared files does with the disk, with connections and with its settings.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct FileServing {
        /// The same disk may be the calls' own: database, recordings, logs.
        @Test func whatWouldFillTheDiskIsRefusedAndTheRoomGoesOn() async throws {
            try await withFocus { rig in
                try await FileRig.serve(rig) { folder in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let bob = try await rig.join("team", "bob", .init(tone: nil))
                    let before = await rig.focus.configuration
                    var full = before
                    full.recording.minFree = 10_000_000
                    _ = await rig.focus.reload(full)
                    let refused = try await FileRig.put(FileRig.picture, try await FileRig.ticket(ann, "plan.png"))
                    #expect(refused.status == 507 && refused.text.contains("nearly full"), "\(refused)")
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                    _ = await rig.focus.reload(before)
                    let upload = try await FileRig.ticket(ann, "plan.png", after: 1)
                    #expect(try await FileRig.put(FileRig.picture, upload).status == 201)
                    #expect(try await bob.reads(1).last?.hasPrefix("ann: plan.png") == true)
                }
            }
        }

        @Test func whatFillsTheDiskOnItsWayIsCutOffAndLeavesNothing() async throws {
            // Enough at first and when it begins; then others have written.
            let disk = FillingDisk([10 << 20, 10 << 20])
            try await FileRig.serve(disk) { folder, base in
                let answer = try await FileRig.put(
                    FileRig.picture + Array(repeating: 7, count: 4 << 20), "\(base)/upload/ticket")
                #expect(answer.status == 507 && answer.text.contains("nearly full"), "\(answer)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                #expect(await disk.shared == 0)
                #expect(await disk.ended == 1)
            }
        }

        @Test func whoComesWhenAllConnectionsAreTakenWaitsForOne() async throws {
            let disk = FillingDisk([])
            try await FileRig.serve(disk, connections: 1) { _, base in
                let first = try await Self.connect(to: base)
                try await first.writeAndFlush(Self.requests(for: "first", 1))
                try await Condition.await("the only connection is taken") { await disk.asked.contains("first") }
                let second = try await Self.connect(to: base)
                try await second.writeAndFlush(Self.requests(for: "second", 1))
                // Were it let in, it would be read before the last of a hundred that came after it.
                try await first.writeAndFlush(Self.requests(for: "first", 100))
                try await Condition.await("the first is read to its end") {
                    await disk.asked.count { $0 == "first" } == 101
                }
                let early = await disk.asked.contains("second")
                #expect(!early)
                try await first.close()
                try await Condition.await("the second is read") { await disk.asked.contains("second") }
                try await second.close()
                #expect(try await FileRig.get("\(base)/files/none/x.png").status == 404)
            }
        }

        /// Answers that nobody reads wait in the server, and with them the connection.
        @Test func whoReadsNoAnswerKeepsNoConnection() async throws {
            let disk = FillingDisk([])
            try await FileRig.serve(disk, connections: 1, patience: .seconds(1)) { _, base in
                let deaf = try await Self.connect(to: base, reads: false)
                // More than both ends' buffers hold: that it was sent is never told.
                deaf.writeAndFlush(Self.requests(for: "deaf", 100_000), promise: nil)
                try await Condition.await("the only connection is taken") { await disk.asked.contains("deaf") }
                #expect(try await FileRig.get("\(base)/files/none/x.png").status == 404)
            }
        }

        /// - Parameter reads: whether answers are taken, which nobody looks at.
        private static func connect(to base: String, reads: Bool = true) async throws -> any Channel {
            let port = try #require(Int(base.split(separator: ":").last ?? ""))
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.autoRead, value: reads)
                .connect(host: "127.0.0.1", port: port).get()
        }

        private static func requests(for id: String, _ count: Int) -> ByteBuffer {
            ByteBuffer(string: String(repeating: "GET /files/\(id)/x.png HTTP/1.1\r\nHost: a\r\n\r\n", count: count))
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
                try await FileRig.serve(rig, certificate: path(certificate), key: path(key)) { _ in
                    let ann = try await rig.join("team", "ann", .init(tone: nil))
                    let upload = try await FileRig.ticket(ann, "x.png")
                    #expect(upload.hasPrefix("https://"))
                    var request = HTTPClientRequest(url: upload)
                    request.method = .PUT
                    request.body = .bytes(ByteBuffer(bytes: FileRig.picture))
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

        @Test func filesOutliveARestartWhereSystemdKeepsAFolder() {
            let folder = FileServer.Settings.standardFolder
            #expect(folder(["STATE_DIRECTORY": "/var/lib/confab:/var/lib/b"], 7, 8443) == "/var/lib/confab/files")
            for environment in [[:], ["STATE_DIRECTORY": ""]] {
                #expect(folder(environment, 7, 8443).hasSuffix("/confabd-7-8443"))
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

        /// A focus with little room on its disk.
        private actor FillingDisk: FileSharing {
            private var spaces: [Int64]
            private(set) var shared = 0
            private(set) var ended = 0
            /// Files that somebody wanted, at the start those of the folder.
            private(set) var asked: [String] = []

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
            func sharedFile(_ id: String) -> SharedFile? {
                asked.append(id)
                return nil
            }
            func largestFile() -> Int { 50 << 20 }
            func space(at path: String) -> Int64 { spaces.isEmpty ? 0 : spaces.removeFirst() }
        }
    }
}
