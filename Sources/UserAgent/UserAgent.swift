// SPDX-License-Identifier: GPL-3.0-or-later
import Logging
import NIOCore
import NIOPosix
import RTP
public import SIP

/// A SIP telephone for programs: calls conferences and people, answers calls, lists and cancels conferences.
///
/// A whole call:
///
/// ```swift
/// import UserAgent
///
/// let agent = try await UserAgent.start()
/// let call = try await agent.call(CommandLine.arguments[1], microphone: "file:question.wav", speaker: "file:answer.wav")
/// for await event in call.events {
///     if case .roster(let roster) = event { print(roster.members.map(\.name)) }
///     if case .digit("9") = event { await call.hangUp() }
///     if case .ended(let end) = event { print(end) }
/// }
/// await agent.stop()
/// ```
///
/// Isolated to one NIO event loop, the one that its SIP transport reads on. Each call's audio has a thread of its own.
public actor UserAgent: SIPEndpointOwner {
    let eventLoop: any EventLoop
    package let endpoint: SIPEndpoint
    let options: Options
    let logger: Logger
    var ports: MediaPortRange
    var calls: [SessionID: CallState] = [:]
    var subscriptions: [String: Subscription] = [:]
    var insideRequests: [InDialogRequestID: (SessionID, CheckedContinuation<RequestOutcome, Never>)] = [:]
    var outsideRequests: [OutOfDialogRequestID: OutsideRequest] = [:]
    /// Requests under way that may be challenged, as they were sent.
    var challengeable: [OutOfDialogRequestID: ChallengeableRequest] = [:]
    var digest: DigestClient?
    var registration: RegistrationState?
    private var quiet: [CheckedContinuation<Void, Never>] = []
    private let incomingFeed: AsyncStream<Call>.Continuation

    /// Calls of others that ring here, for one reader; only with `Options.acceptsCalls`.
    public nonisolated let incoming: AsyncStream<Call>

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe eventLoop.executor.asUnownedSerialExecutor()
    }

    /// Binds the SIP sockets.
    ///
    /// - Throws: `UserAgentError.socket`, naming the address.
    public static func start(_ options: Options = Options()) async throws(UserAgentError) -> UserAgent {
        // A free port may be taken between being found and being bound, but hardly ten times in a row.
        for _ in 0..<10 {
            let bindings = try ListenBindings.choose(options.listen)
            let agent = try UserAgent(options, on: MultiThreadedEventLoopGroup.singleton.any())
            do throws(SIPTransportError) {
                try await agent.listen(bindings)
                return agent
            } catch .addressInUse where options.listen == nil {
                continue
            } catch {
                throw .socket("\(error)")
            }
        }
        throw .socket("no port is free for SIP")
    }

    private init(_ options: Options, on eventLoop: any EventLoop) throws(UserAgentError) {
        self.options = options
        self.eventLoop = eventLoop
        logger = options.logger
        digest = options.account.map { account in
            let user = (try? DialledAddress(parsing: account.address).uri.decodedUser) ?? options.user
            return DigestClient(user: account.login ?? user, password: account.password)
        }
        guard let range = MediaPortRange(options.mediaPorts) else {
            throw .socket("media ports \(options.mediaPorts) hold no even port with the odd one above")
        }
        ports = range
        // The roster of a thousand takes half a megabyte.
        endpoint = SIPEndpoint(
            SIPCore(configuration: options.signalling), on: eventLoop, longestMessage: 4 << 20,
            resolver: options.resolver)
        (incoming, incomingFeed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    }

    private func listen(_ bindings: [SIPBinding]) async throws(SIPTransportError) {
        try await endpoint.start(bindings, for: self)
    }

    /// Where SIP is heard, such as `udp 0.0.0.0:5060`.
    public var addresses: [String] { endpoint.addresses.map(\.description) }

    /// The port that SIP is heard on.
    public var port: Int { endpoint.addresses.first?.address.port ?? 0 }

    // MARK: Turning

    /// Runs `body` on the SIP core and then carries out all that follows from it.
    @discardableResult
    func withCore<Result>(_ body: (inout SIPCore, ContinuousClock.Instant) -> Result) -> Result {
        let result = body(&endpoint.core, .now)
        settle()
        return result
    }

    package func settle() {
        endpoint.drain { output in handle(output) }
        noteQuiet()
    }

    private func handle(_ output: SIPCoreOutput) {
        switch output {
        case .session(let id, let event): handle(event, of: id)
        case .request(let request, let transaction, _, let session): serve(request, transaction, in: session)
        case .response(let id, let outcome): finished(id, outcome)
        case .sessionResponse(_, let id, let outcome): finished(id, outcome)
        case .transmit, .findFlow: break
        }
    }

    func ring(_ call: Call) {
        incomingFeed.yield(call)
    }

    // MARK: The end

    /// Hangs up every call, ends what is followed, waits up to two seconds for the other sides to confirm, and closes the sockets.
    public func stop() async {
        incomingFeed.finish()
        await unregister()
        for id in calls.keys { hangUp(id) }
        unfollowAll()
        if !isQuiet {
            let patience = eventLoop.scheduleTask(in: .seconds(2)) { [weak self] in
                self?.assumeIsolated { $0.resumeQuiet() }
            }
            await withCheckedContinuation { quiet.append($0) }
            patience.cancel()
        }
        await endpoint.stop()
    }

    private var isQuiet: Bool {
        calls.isEmpty && endpoint.core.sessionCount == 0 && outsideRequests.isEmpty
    }

    func noteQuiet() {
        if !quiet.isEmpty, isQuiet { resumeQuiet() }
    }

    private func resumeQuiet() {
        let waiting = quiet
        quiet = []
        for continuation in waiting { continuation.resume() }
    }
}

extension UserAgent.Options {
    /// What SIP says of us.
    var signalling: SIPCoreConfiguration {
        var configuration = SIPCoreConfiguration(productName: productName)
        configuration.allow = [.invite, .ack, .bye, .cancel, .options, .info, .update, .prack, .notify, .message]
        configuration.supported = ["100rel", "timer", "eventlist", "norefersub"]
        configuration.allowEvents = []
        return configuration
    }
}
