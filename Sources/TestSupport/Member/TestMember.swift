// SPDX-License-Identifier: GPL-3.0-or-later

package import Audio
package import NIOCore
import NIOPosix
import RTP
package import SDP
package import SIP

/// A conference member that does what a test tells it: one call at a time over real sockets on 127.0.0.1, a tone to say and a recording
/// of what it hears. It keeps to the protocols; what breaks them is said with `WireSocket`.
///
/// Isolated to an event loop. Verbs return when what they ask for has happened, or throw what came instead.
package actor TestMember: SIPEndpointOwner {
    /// What a member is made of.
    package struct Options: Sendable {
        package var codecs: [AudioCodec] = [.pcmu]
        /// Hz; nil for silence.
        package var tone: Double?
        /// dBFS.
        package var level = -20.0
        /// Whether RFC 6464 levels are offered and sent.
        package var sendsLevels = false
        package var multiplexes = false
        /// Whether telephone events are offered (RFC 4733).
        package var sendsKeys = true
        /// Added to the RTP port in the SDP: what a NAT does to a member that does not know of it.
        package var portError = 0
        package var records = true
        package var transport = SIPTransportKind.udp
        /// SIP over `::1`; media stays on 127.0.0.1.
        package var isIPv6 = false
        package var sessionTimer = SessionTimerSettings()
        /// Bytes of a message that it takes over TCP, at the port that it takes datagrams at (RFC 3261 §18.1.1);
        /// nil: it takes none there.
        package var longestMessage: Int?
        /// Status that MESSAGEs are answered with.
        package var messageStatus = 200
        /// Whether it says that it reads messages in envelopes (RFC 3862).
        package var readsCPIM = false
        /// nil: it offers no video.
        package var video: MemberVideo.Options?

        package init(_ codec: AudioCodec = .pcmu, tone: Double? = nil) {
            codecs = [codec]
            self.tone = tone
        }
    }

    /// How far the call is.
    package enum CallState: Hashable, Sendable {
        case idle
        case calling
        case ringing(Int)
        case established
        case ended(SessionEnd)
    }

    /// A request that came in, with the session that it came in.
    package struct Incoming: Sendable {
        package let request: SIPRequest
        package let inCall: Bool
        package let at: ContinuousClock.Instant
    }

    package nonisolated let name: String
    package nonisolated let audio: MemberAudio
    /// nil where its options have none.
    package nonisolated let video: MemberVideo?
    package nonisolated let options: Options
    package let endpoint: SIPEndpoint
    private let eventLoop: any EventLoop

    package internal(set) var state = CallState.idle
    package internal(set) var negotiation: OfferAnswer?
    /// The newest description of the other side.
    package internal(set) var remoteDescription: SessionDescription?
    /// Target of the other side, with `isfocus` as parameter where it said so.
    package internal(set) var remoteContact: SIPURI?
    package internal(set) var isInFocus = false
    /// Requests that came in, NOTIFYs among them, oldest first.
    package internal(set) var requests: [Incoming] = []
    var session: SessionID?
    /// Whether a call that comes in is answered.
    var answers = false
    var changes: [ChangeOutcome] = []
    var outcomes: [InDialogRequestID: RequestOutcome] = [:]
    var outsideOutcomes: [OutOfDialogRequestID: RequestOutcome] = [:]
    var subscriptions: [Dialog] = []
    /// What the next INFOs that ask for a key frame are answered with, whatever the camera can.
    package internal(set) var statusesOfINFO: [Int] = []

    enum ChangeOutcome: Sendable {
        case answered(SessionDescription)
        case failed(status: Int)
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe eventLoop.executor.asUnownedSerialExecutor()
    }

    /// Binds the member's sockets.
    package static func start(
        _ name: String, _ options: Options = Options(),
        on eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    ) async throws -> TestMember {
        let member = try TestMember(name, options, eventLoop)
        try await member.listen()
        return member
    }

    private init(_ name: String, _ options: Options, _ eventLoop: any EventLoop) throws {
        self.name = name
        self.options = options
        self.eventLoop = eventLoop
        audio = try MemberAudio()
        video = try options.video.map { try MemberVideo(name, $0) }
        audio.play(options.tone, level: options.level)
        var configuration = SIPCoreConfiguration(productName: "TestMember")
        configuration.allowEvents = ["conference", "refer"]
        configuration.supported.append("eventlist")
        configuration.sessionTimer = options.sessionTimer
        endpoint = SIPEndpoint(
            SIPCore(configuration: configuration), on: eventLoop, longestMessage: options.longestMessage)
    }

    private func listen() async throws {
        let host = options.isIPv6 ? "::1" : "127.0.0.1"
        let port = options.longestMessage == nil ? 0 : try FreePort.allocate()
        try await endpoint.start(
            [SIPBinding(.udp, host: host, port: port), SIPBinding(.tcp, host: host, port: port)], for: self)
    }

    /// The member goes away without a word: its sockets close and nothing is sent any more.
    package func vanish() async {
        audio.close()
        video?.close()
        await endpoint.stop()
    }

    /// Ends the call, if there is one, and lets go of everything.
    package func stop() async {
        if state == .established { try? await hangUp() }
        await vanish()
    }

    // MARK: Turning

    func withCore<Result>(_ body: (inout SIPCore, ContinuousClock.Instant) -> Result) -> Result {
        let result = body(&endpoint.core, .now)
        settle()
        return result
    }

    package func settle() {
        endpoint.drain { output in handle(output) }
    }

    private func handle(_ output: SIPCoreOutput) {
        switch output {
        case .session(let id, .incoming(_, let offer, _)): receiveCall(id, offer)
        case .session(let id, let event): if id == session { handle(event, id) }
        case .request(let request, let transaction, _, let inside):
            requests.append(Incoming(request: request, inCall: inside != nil, at: .now))
            let status = status(for: request)
            let response = SIPResponse(to: request, status: status)
            withCore { core, now in core.respond(transaction, response, now: now) }
        case .response(let id, let outcome): if outcome.isFinal { outsideOutcomes[id] = outcome }
        case .sessionResponse(_, let id, let outcome): if outcome.isFinal { outcomes[id] = outcome }
        case .transmit, .findFlow: break
        }
    }

    private func status(for request: SIPRequest) -> Int {
        switch request.method {
        case .notify, .options: return 200
        case .message: return options.messageStatus
        case .info:
            guard let video, video.options.takesINFO, let type = request.contentType,
                MediaControl(contentType: type, body: request.body) == .pictureFastUpdate
            else { return 501 }
            if !statusesOfINFO.isEmpty { return statusesOfINFO.removeFirst() }
            video.tellOfINFO()
            return 200
        default: return 501
        }
    }

    private func handle(_ event: SessionEvent, _ id: SessionID) {
        switch event {
        case .progress(let response, _): state = .ringing(response.status)
        case .answer(let bytes):
            let outcome = negotiation?.receive(answer: bytes)
            guard case .agreed = outcome, let answer = try? SessionDescription(parsing: bytes) else {
                changes.append(.failed(status: 0))
                return
            }
            remoteDescription = answer
            changes.append(.answered(answer))
            applyMedia()
        case .offer(let bytes):
            remoteDescription = try? SessionDescription(parsing: bytes)
            guard case .answer(let answer, _) = negotiation?.receive(offer: bytes) else {
                return withCore { core, now in core.answer(id, body: nil, status: 488, now: now) }
            }
            withCore { core, now in core.answer(id, body: answer.serialized(), now: now) }
            applyMedia()
        case .offerWanted:
            guard let offer = negotiation?.makeOffer() else { return }
            withCore { core, now in core.answer(id, body: offer.serialized(), now: now) }
        case .established(let contact, _):
            remoteContact = contact
            isInFocus = endpoint.core.session(id)?.peerIsFocus ?? false
            state = .established
        case .modifyFailed(let status): changes.append(.failed(status: status))
        case .ended(let end):
            state = .ended(end)
            audio.pause(true)
            video?.apply([])
        case .incoming, .offerWithdrawn, .challenged, .refreshed, .modifyOutdated: break
        }
    }

    /// Sends and expects what is agreed.
    func applyMedia() {
        video?.apply(negotiation?.videos ?? [])
        guard let agreed = negotiation?.audio, let codec = AudioCodec(rawValue: agreed.codec.encodingName) else {
            return
        }
        audio.expect(
            agreed.receivePayloadTypes.compactMapValues { AudioCodec(rawValue: $0.encodingName) },
            mixLevelID: agreed.mixerToClientLevelID, records: options.records)
        guard let destination = SocketAddress(host: agreed.remoteRTP.host, port: agreed.remoteRTP.port),
            !destination.isUnspecified
        else { return }
        audio.send(
            codec, as: agreed.sendPayloadType, to: destination,
            levelID: options.sendsLevels ? agreed.clientToMixerLevelID : nil)
    }
}
