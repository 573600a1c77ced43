// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FileSharing
import Focus
import Foundation
import Logging
import NIOCore
import NIOPosix
import OperatorAPI
import SIP
import ServiceLifecycle
import Storage
import UnixSignals

/// The focus, the operator API and the signals, together.
struct Daemon {
    let configuration: FocusConfiguration
    let logger: Logger
    /// Reads the configuration again.
    let reload: @Sendable () throws(ConfigurationError) -> FocusConfiguration

    init(
        _ configuration: FocusConfiguration, logger: Logger,
        reload: @escaping @Sendable () throws(ConfigurationError) -> FocusConfiguration
    ) {
        self.configuration = configuration
        self.logger = logger
        self.reload = reload
    }

    /// nil where no files are shared.
    private func fileServer(for focus: Focus) throws -> FileServer? {
        guard let place = configuration.files.listen else { return nil }
        let settings = FileServer.Settings(
            host: place.host, port: place.port,
            folder: configuration.files.folder
                ?? FileServer.Settings.standardFolder(
                    environment: ProcessInfo.processInfo.environment, user: getuid(), port: place.port),
            certificate: configuration.files.certificate, key: configuration.files.key)
        let publicURL = configuration.files.publicURL
        return try FileServer(settings, sharing: focus, logger: logger) { scheme, port in
            let served = HostPort(host: place.host, port: port)
            Task {
                if publicURL == nil, served.isWildcard {
                    await focus.filesAreServed(everywhereBy: scheme, port: port)
                } else {
                    await focus.filesAreServed(at: publicURL ?? "\(scheme)://\(served)")
                }
            }
        }
    }

    func run() async throws {
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let database = try configuration.storage.file.map { try SQLiteStore(path: $0, logger: logger) }
        let focus = try await Focus.start(
            configuration, store: database ?? NoStore(), on: group.next(), logger: logger)
        let settings = configuration.operator
        let path =
            settings.socket
            ?? OperatorSocket.standardPath(environment: ProcessInfo.processInfo.environment, user: getuid())
        let announcement = await Announcement(focus.addresses, socket: path)
        // Services end in the reverse of this order: operators can watch the focus say goodbye.
        var services: [any Service] = [
            OperatorServer(
                socketPath: path, mode: settings.mode, group: settings.group, control: focus, metrics: focus,
                logger: logger, onRunning: { announcement.print() })
        ]
        if let place = settings.metricsListen {
            services.append(
                OperatorServer(metricsHost: place.host, port: place.port, metrics: focus, logger: logger))
        }
        if let files = try fileServer(for: focus) { services.append(files) }
        if let database { services.append(ForgettingService(focus: focus, database: database, logger: logger)) }
        services.append(ReloadService(focus: focus, logger: logger, reload: reload))
        services.append(FocusService(focus: focus))
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        ).run()
        try await group.shutdownGracefully()
    }
}

/// Keeps the focus up until the process is to end, then drains it.
private struct FocusService: Service {
    let focus: Focus

    func run() async throws {
        try? await gracefulShutdown()
        await focus.drain(within: focus.configuration.drain)
    }
}

/// Takes from the database, every hour, what is older than it is to be kept.
private struct ForgettingService: Service {
    let focus: Focus
    let database: SQLiteStore
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let configuration = await focus.configuration
                let now = Date()
                let before: (Duration?) -> Date? = { age in age.map { now - Double($0.components.seconds) } }
                do {
                    try await database.forget(
                        chatBefore: before(configuration.chat.keep),
                        recordsBefore: before(configuration.storage.keepRecords))
                } catch {
                    logger.error("old entries stay in the database", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }
}

/// Reads the configuration again on SIGHUP.
private struct ReloadService: Service {
    let focus: Focus
    let logger: Logger
    let reload: @Sendable () throws(ConfigurationError) -> FocusConfiguration

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do throws(ConfigurationError) {
                let configuration = try reload()
                for warning in configuration.warnings { logger.warning("\(warning)") }
                let changes = await focus.reload(configuration)
                for change in changes.all { logger.notice("configuration changed", metadata: ["change": "\(change)"]) }
                if changes.isEmpty { logger.notice("configuration read again: nothing changed") }
            } catch {
                logger.error("configuration not taken over", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// What to dial, in words, once everything listens.
private struct Announcement {
    private let text: String

    init(_ addresses: [SIPBinding], socket: String) {
        var lines = ["confabd \(Release.version) is ready. Dial, with any name in place of demo:"]
        if let first = addresses.first(where: { $0.kind == .udp }) ?? addresses.first {
            let address = first.address
            let port = (address.port == 5060 ? "" : ":\(address.port)") + (first.kind == .tcp ? ";transport=tcp" : "")
            let hosts = address.isWildcard ? Self.localHosts(ipv6: address.isIPv6) : [address.host]
            for host in hosts {
                let shown = host.contains(":") ? "[\(host)]" : host
                let place = host == "127.0.0.1" || host == "::1" ? "from this machine" : "from the network"
                let uri = "  sip:demo@\(shown)\(port)"
                lines.append(uri + String(repeating: " ", count: max(2, 40 - uri.count)) + place)
            }
        }
        lines.append("Listening on \(addresses.map(\.description).joined(separator: ", ")).")
        lines.append("Operators: confabctl list --socket \(socket)")
        text = lines.joined(separator: "\n")
    }

    func print() {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    private static func localHosts(ipv6: Bool) -> [String] {
        let hosts = ((try? System.enumerateDevices()) ?? []).compactMap { device -> String? in
            guard let address = device.address, address.protocol == (ipv6 ? .inet6 : .inet) else { return nil }
            guard let host = address.ipAddress, !host.hasPrefix("fe80") else { return nil }
            return host
        }
        let loopback = ipv6 ? "::1" : "127.0.0.1"
        return [loopback] + hosts.filter { $0 != loopback && !$0.hasPrefix("127.") }
    }
}
