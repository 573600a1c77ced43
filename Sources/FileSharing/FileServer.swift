// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// Takes files of members and gives them to whoever has the link.
///
///     PUT /upload/TICKET        once; 201 with the link
///     GET /files/ID/NAME        as an attachment, never as a page
package struct FileServer: Service {
    package struct Settings: Sendable {
        package var host: String
        /// 0 for any free one.
        package var port: Int
        /// Where files are put, in a folder of their own. At the start what the focus does not know goes: what one that was killed has left,
        /// of rooms that did not come back, is nobody's.
        package var folder: String
        /// PEM files; nil for HTTP, on loopback alone.
        package var certificate: String?
        package var key: String?
        /// Open at a time; who comes when all are taken waits until one is free. Calls need descriptors of the process, too.
        package var mostConnections = 256
        /// After so long without a byte a connection is closed, and an upload given up: one whose sender has gone without
        /// a word would keep its member from sharing more.
        package var patience = Duration.seconds(60)

        package init(host: String, port: Int, folder: String, certificate: String? = nil, key: String? = nil) {
            self.host = host
            self.port = port
            self.folder = folder
            self.certificate = certificate
            self.key = key
        }

        /// Where files are put where nobody says: below what systemd keeps for a service over restarts (`StateDirectory=`), which it does
        /// not do with temporary files, else among those.
        package static func standardFolder(environment: [String: String], user: UInt32, port: Int) -> String {
            if let state = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return "\(state)/files" }
            return FileManager.default.temporaryDirectory.appending(path: "confabd-\(user)-\(port)")
                .path(percentEncoded: false)
        }

        /// What is wrong with them, for an operator; nil for nothing.
        package var problem: String? {
            if (certificate == nil) != (key == nil) { return "files.certificate and files.key come together" }
            guard certificate == nil, !["127.0.0.1", "::1", "localhost"].contains(host) else { return nil }
            return "files.listen: without files.certificate files are served on 127.0.0.1 or ::1 alone"
        }
    }

    private typealias Context = BasicRequestContext

    private let settings: Settings
    private let folder: String
    private let sharing: any FileSharing
    private let logger: Logger
    private let onRunning: @Sendable (_ scheme: String, _ port: Int) -> Void

    /// - Parameter onRunning: Called once it listens.
    /// - Throws: `FileServerError`, for settings that make no sense and a folder that cannot be made.
    package init(
        _ settings: Settings, sharing: any FileSharing, logger: Logger,
        onRunning: @escaping @Sendable (_ scheme: String, _ port: Int) -> Void
    ) throws {
        if let problem = settings.problem { throw FileServerError(problem) }
        folder = settings.folder + "/confab-shared"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw FileServerError("files.folder \(settings.folder) cannot be used: \(error)")
        }
        self.settings = settings
        self.sharing = sharing
        self.logger = logger
        self.onRunning = onRunning
    }

    package func run() async throws {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where await sharing.sharedFile(name) == nil {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        let router = Router(context: Context.self)
        router.put("upload/:ticket") { request, context in try await upload(request, context) }
        router.get("files/:id/:name") { request, context in try await download(request, context) }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let configuration = ApplicationConfiguration(
            address: .hostname(settings.host, port: settings.port), serverName: "confabd",
            availableConnectionsDelegate: MaximumAvailableConnections(settings.mostConnections, logger: quiet))
        let scheme = settings.certificate == nil ? "http" : "https"
        let running: @Sendable (any Channel) async -> Void = { [onRunning] channel in
            onRunning(scheme, channel.localAddress?.port ?? 0)
        }
        let connections = HTTP1Channel.Configuration.ending(afterSilenceOf: .init(settings.patience))
        if let tls = try makeTLS() {
            try await Application(
                router: router,
                server: .tls(.http1(configuration: connections), tlsConfiguration: tls),
                configuration: configuration, onServerRunning: running, logger: quiet
            ).run()
        } else {
            try await Application(
                router: router, server: .http1(configuration: connections),
                configuration: configuration, onServerRunning: running, logger: quiet
            ).run()
        }
    }

    private func makeTLS() throws -> TLSConfiguration? {
        guard let certificate = settings.certificate, let key = settings.key else { return nil }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            return .makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        } catch {
            throw FileServerError("files.certificate and files.key cannot be read: \(error)")
        }
    }

    // MARK: In

    private func upload(_ request: Request, _ context: Context) async throws -> Response {
        guard let text = context.parameters.get("ticket"), let ticket = await sharing.takeTicket(text) else {
            return Self.refuse(
                .notFound,
                "This upload is not, or not any more, allowed, or your last file is still on its way:"
                    + " write /upload NAME once more")
        }
        do {
            let response = try await take(request, by: ticket, context)
            await sharing.uploadEnded(ticket)
            return response
        } catch {
            await sharing.uploadEnded(ticket)
            throw error
        }
    }

    private func take(_ request: Request, by ticket: FileTicket, _ context: Context) async throws -> Response {
        let id = SecretToken.make()
        let path = "\(folder)/\(id)"
        let limit = await sharing.largestFile()
        let size: Int
        let type: String?
        do {
            let length = request.headers[.contentLength].flatMap { Int($0) } ?? 1
            guard try await sharing.space(at: path) >= min(length, limit) else { throw Unfit.forDisk }
            (size, type) = try await receive(request.body, at: path, limit: limit, context)
        } catch {
            try? FileManager.default.removeItem(atPath: path)
            switch error {
            case Unfit.forAnybody: return Self.refuse(.contentTooLarge, "A file has \(limit >> 20) MiB at most")
            case Unfit.forDisk:
                logger.warning(
                    "file refused: the disk is nearly full",
                    metadata: ["folder": "\(folder)", "room": "\(ticket.roomName)"])
                return Self.refuse(
                    .init(code: 507, reasonPhrase: "Insufficient Storage"),
                    "The disk of the conference server is nearly full: no files can be shared now")
            default: throw error
            }
        }
        guard size > 0, let type else {
            try? FileManager.default.removeItem(atPath: path)
            return Self.refuse(.unsupportedMediaType, "What is shared are \(FileKind.known)")
        }
        do throws(Refusal) {
            let file = SharedFile(id: id, name: ticket.name, type: type, bytes: size, path: path, room: ticket.room)
            let link = try await sharing.share(file, by: ticket)
            return Response(
                status: .created, headers: [.contentType: "text/plain; charset=utf-8", .location: link],
                body: .init(byteBuffer: ByteBuffer(string: link + "\n")))
        } catch {
            try? FileManager.default.removeItem(atPath: path)
            return Self.refuse(.conflict, error.text)
        }
    }

    /// What has come of a file so far.
    private struct Received {
        var size = 0
        var head: [UInt8] = []
        /// The size up to which the disk was found to have room.
        var surveyed: Int64 = 0
        var unfit: Unfit?
    }

    /// What a file is too large for.
    private enum Unfit: Error {
        case forAnybody
        case forDisk
    }

    /// The disk is looked at again after so many bytes.
    private static let surveyStep: Int64 = 1 << 20

    /// Writes what comes to a file, off the event loop.
    ///
    /// - Returns: Bytes, and what it is by its beginning.
    /// - Throws: `Unfit` where it was stopped for that.
    private func receive(
        _ body: RequestBody, at path: String, limit: Int, _ context: Context
    ) async throws -> (Int, String?) {
        let received = Mutex(Received())
        let contents = body.map { [sharing] chunk async throws in
            let needsSurvey = try received.withLock { received in
                received.size += chunk.readableBytes
                if received.head.count < 4096 {
                    received.head += chunk.readableBytesView.prefix(4096 - received.head.count)
                }
                guard received.size <= limit else {
                    received.unfit = .forAnybody
                    throw Unfit.forAnybody
                }
                return received.size > received.surveyed
            }
            guard needsSurvey else { return chunk }
            let space = try await sharing.space(at: path) - Int64(chunk.readableBytes)
            try received.withLock { received in
                guard space >= 0 else {
                    received.unfit = .forDisk
                    throw Unfit.forDisk
                }
                received.surveyed = Int64(received.size) + min(space, Self.surveyStep)
            }
            return chunk
        }
        do {
            try await FileIO().writeFile(contents: contents, path: path, context: context)
        } catch {
            // What the writer makes of the error that stopped it is its own affair.
            if let unfit = received.withLock({ $0.unfit }) { throw unfit }
            throw error
        }
        return received.withLock { ($0.size, FileKind.type(of: $0.head)) }
    }

    // MARK: Out

    private func download(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = context.parameters.get("id"), let file = await sharing.sharedFile(id) else {
            return Self.refuse(.notFound, "There is no such file, or its conference is over")
        }
        let body = try await FileIO().loadFile(path: file.path, context: context)
        var headers: HTTPFields = [
            .contentType: file.type, .cacheControl: "private, no-store", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'none'; sandbox",
        ]
        let ascii = String(file.name.map { $0.isASCII && $0 != "\"" ? $0 : "_" })
        headers[.contentDisposition] =
            "attachment; filename=\"\(ascii)\"; filename*=UTF-8''\(PercentEncoding.encode(file.name))"
        return Response(status: .ok, headers: headers, body: body)
    }

    private static func refuse(_ status: HTTPResponse.Status, _ words: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: words + "\n")))
    }
}

/// Why files are not served.
package struct FileServerError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
