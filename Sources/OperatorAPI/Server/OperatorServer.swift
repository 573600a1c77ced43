// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import HTTPService
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Serves the operator API over a Unix socket, or metrics alone over TCP. Runs until graceful shutdown or cancellation.
package struct OperatorServer: Service {
    private enum Place {
        case socket(SocketFile)
        case metrics(host: String, port: Int)
    }

    /// Of `/metrics` over TCP at a time: whoever waits there without a word takes no descriptor that a call needs.
    private static let mostReaders = 32
    private static let patience: TimeAmount = .seconds(60)

    private let place: Place
    private let control: (any ConferenceControl)?
    private let metrics: any MetricsSource
    private let logger: Logger
    private let onRunning: @Sendable (Int?) -> Void

    /// The whole API over a Unix socket.
    ///
    /// - Parameters:
    ///   - socketPath: Absolute path. Its folder is made if missing; the file of a dead process is replaced.
    ///   - mode: Permissions of the socket: who may write to it may command.
    ///   - group: Group of the socket file; nil to leave it.
    ///   - onRunning: Called once it listens.
    package init(
        socketPath: String, mode: UInt32 = 0o660, group: String? = nil, control: any ConferenceControl,
        metrics: any MetricsSource, logger: Logger, onRunning: @escaping @Sendable () -> Void = {}
    ) {
        place = .socket(SocketFile(path: socketPath, mode: mode, group: group))
        self.control = control
        self.metrics = metrics
        self.logger = logger
        self.onRunning = { _ in onRunning() }
    }

    /// `/metrics` alone, over TCP.
    ///
    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - onRunning: Called once it listens, with the port.
    package init(
        metricsHost host: String, port: Int, metrics: any MetricsSource, logger: Logger,
        onRunning: @escaping @Sendable (Int?) -> Void = { _ in }
    ) {
        place = .metrics(host: host, port: port)
        control = nil
        self.metrics = metrics
        self.logger = logger
        self.onRunning = onRunning
    }

    /// - Throws: `OperatorServerError` when it cannot listen.
    package func run() async throws {
        switch place {
        case .socket(let file):
            try file.prepare()
            defer { file.remove() }
            try await serve(
                .unixDomainSocket(path: file.bindPath), named: file.path,
                publish: { () throws(OperatorServerError) in try file.publish() })
        case .metrics(let host, let port):
            try await serve(.hostname(host, port: port), named: "\(host):\(port)", publish: {})
        }
    }

    private func serve(
        _ address: BindAddress, named name: String,
        publish: @escaping @Sendable () throws(OperatorServerError) -> Void
    ) async throws {
        let outcome = Mutex<Outcome>(.starting)
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let onRunning = self.onRunning
        var configuration = ApplicationConfiguration(address: address, serverName: "confabd")
        // An operator's watch may be silent for hours, and who may open the socket may do more than that.
        var connections = HTTP1Channel.Configuration()
        if case .metrics = place {
            configuration.availableConnectionsDelegate = MaximumAvailableConnections(Self.mostReaders, logger: quiet)
            connections = .ending(afterSilenceOf: Self.patience)
        }
        let application = Application(
            router: OperatorRoutes.router(control: control, metrics: metrics),
            server: .http1(configuration: connections), configuration: configuration,
            onServerRunning: { channel in
                do throws(OperatorServerError) {
                    try publish()
                    outcome.withLock { $0 = .running }
                    onRunning(channel.localAddress?.port)
                } catch {
                    outcome.withLock { $0 = .failed(error) }
                    channel.close(promise: nil)
                }
            }, logger: quiet)
        do {
            try await application.run()
        } catch {
            switch outcome.withLock({ $0 }) {
            case .starting: throw OperatorServerError.cannotBind(name, String(describing: error))
            case .failed(let reason): throw reason
            case .running: throw error
            }
        }
        if case .failed(let error) = outcome.withLock({ $0 }) { throw error }
    }

    private enum Outcome {
        case starting
        case running
        case failed(OperatorServerError)
    }
}
