// SPDX-License-Identifier: GPL-3.0-or-later

import AsyncHTTPClient
import Conference
import FileSharing
import Focus
import Foundation
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestSupport
import Testing

/// The server of files that `confabd` runs, and what people do with it.
enum FileRig {
    static func makeFolder() -> String {
        FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)").path(
            percentEncoded: false)
    }

    /// Runs a server beside the rig until `body` is done.
    ///
    /// - Parameter place: A folder that stays; nil for one that goes.
    static func serve(
        _ rig: FocusRig, in place: String? = nil, certificate: String? = nil, key: String? = nil,
        _ body: @escaping @Sendable (_ folder: String) async throws -> Void
    ) async throws {
        try await serve(rig.focus, in: place, certificate: certificate, key: key) { folder, base in
            await rig.focus.filesAreServed(at: base)
            try await body(folder)
        }
    }

    static func serve(
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
        var settings = FileServer.Settings(
            host: "127.0.0.1", port: 0, folder: folder, certificate: certificate, key: key)
        if let connections { settings.mostConnections = connections }
        if let patience { settings.patience = patience }
        let server = try FileServer(settings, sharing: sharing, logger: silentLogger) { scheme, port in
            signal.yield("\(scheme)://127.0.0.1:\(port)")
        }
        let services = ServiceGroup(services: [server], logger: silentLogger)
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

    static func put(_ bytes: [UInt8], _ url: String) async throws -> (status: UInt, text: String) {
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        request.body = .bytes(ByteBuffer(bytes: bytes))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        return (response.status.code, String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }

    static func get(_ url: String) async throws -> (status: UInt, headers: [String: String], bytes: [UInt8]) {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
        let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        let body = try await response.body.collect(upTo: 4 << 20)
        return (response.status.code, headers, Array(body.readableBytesView))
    }

    /// The address in the answer to `/upload`.
    static func ticket(_ member: TestMember, _ name: String, after count: Int = 0) async throws -> String {
        try await member.say("/upload \(name)")
        let answer = try #require(try await member.reads(count + 1).last)
        return String(try #require(answer.components(separatedBy: " to ").last))
    }

    static let picture: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Array(repeating: 7, count: 3000)
}
