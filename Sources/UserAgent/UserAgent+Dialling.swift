// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import MediaServer
import RTP
import SDP
import SIP

// Calls that we make.
extension UserAgent {
    /// Calls a conference or a person; returns as soon as the INVITE is on its way.
    ///
    /// - Parameters:
    ///   - address: `demo@host`, `sip:demo@host:5070;transport=tcp`.
    ///   - microphone: `default`, an ALSA name, `file:x.wav`, `file:x.wav?once`, `tone:440`, `none`; nil is the system's, or silence and a
    ///     notice where it has none.
    ///   - speaker: `default`, an ALSA name, `file:heard.wav`, `none`; nil is the system's, or nowhere and a notice.
    ///   - muted: whether the microphone begins muted.
    /// - Throws: `UserAgentError` for what is wrong on our side: address, devices, sockets. What the other side says comes as events.
    public func call(
        _ address: String, microphone: String? = nil, speaker: String? = nil, muted: Bool = false
    ) async throws(UserAgentError) -> Call {
        try await dial(DialledAddress(parsing: address), microphone: microphone, speaker: speaker, muted: muted)
    }

    /// Creates a conference and joins it (RFC 4579 §5.4); `CallDescription.remote` then is its address.
    ///
    /// - Parameter conference: a factory's host (`host`), its address, or a room by name (`standup@host`), which the host creates when
    ///   nobody is there yet.
    /// - Throws: as `call` does.
    public func create(
        _ conference: String, microphone: String? = nil, speaker: String? = nil, muted: Bool = false
    ) async throws(UserAgentError) -> Call {
        try await dial(DialledAddress(creating: conference), microphone: microphone, speaker: speaker, muted: muted)
    }

    private func dial(
        _ address: DialledAddress, microphone: String?, speaker: String?, muted: Bool
    ) async throws(UserAgentError) -> Call {
        let uri = address.uri
        let targets = try await locate(uri)
        let local = try localAddress(toward: targets)
        let events = Call.makeEvents()
        let board = VideoBoard()
        let notice: @Sendable (String) -> Void = { [feed = events.continuation] in feed.yield(.notice($0)) }
        let devices = try await CallDevices.open(microphone: microphone, speaker: speaker, notice: notice)
        var camera = VideoFeed()
        let (sockets, wire): (LegSockets, LegIdentity)
        var negotiation: OfferAnswer
        let video: VideoState?
        do throws(UserAgentError) {
            (sockets, wire, negotiation) = try prepareMedia(local.host)
            if options.video.isEnabled { camera = try await openCamera(for: board, notice: notice) }
            video = try prepareVideo(camera, cname: wire.cname, in: &negotiation)
        } catch {
            devices.stop {}
            release(camera)
            throw error
        }
        negotiation.peerHost = targets.first?.host
        let offer = negotiation.makeOffer()
        let from = from(local.host)
        let invite = SessionInvite(
            target: uri, from: from, offer: offer.serialized(), headers: ["Accept": Self.accepted],
            contact: ContactIdentity(user: from.uri.user),
            route: .targets(targets), wantsChallenges: options.account != nil, followsRedirect: true)
        let id = endpoint.core.invite(invite, now: .now)
        let call = Call(id, of: self, direction: .outgoing, remote: uri.description, board: board, events: events)
        var state = CallState(call: call, wire: wire, peer: uri.host, isMuted: muted)
        state.target = uri
        state.negotiation = negotiation
        state.sockets = sockets
        state.devices = devices
        state.captureDelay = devices.captureDelay
        state.video = video
        calls[id] = state
        refreshBoard(id)
        logger.info("calling", metadata: ["uri": "\(uri)", "targets": "\(targets)"])
        settle()
        probe(id)
        return call
    }

    /// Gives up each server from which nothing came for half a second and where the system says that nobody listens.
    private func probe(_ id: SessionID) {
        Task { [weak self] in
            var probed: Set<SIPAddress> = []
            while (try? await Task.sleep(for: .milliseconds(500))) != nil, await self?.awaitsFirstResponse(id) == true {
                guard let remote = await self?.silentServer(of: id), probed.insert(remote).inserted,
                    await DatagramProbe.isRefused(remote)
                else { continue }
                await self?.giveUp(remote, for: id)
            }
        }
    }

    private func awaitsFirstResponse(_ id: SessionID) -> Bool {
        endpoint.core.awaitsFirstResponse(id)
    }

    private func silentServer(of id: SessionID) -> SIPAddress? {
        endpoint.core.silentServer(of: id)
    }

    private func giveUp(_ remote: SIPAddress, for id: SessionID) {
        guard silentServer(of: id) == remote else { return }
        withCore { core, now in core.datagramsRefused(by: remote, now: now) }
    }

    // MARK: Where to, where from

    /// Looks up the servers that a request to `uri` goes to, the first that answers (RFC 3263).
    func locate(_ uri: SIPURI) async throws(UserAgentError) -> [FlowTarget] {
        var asked = uri
        if asked.parameters.value("transport") == nil, options.transport == .tcp {
            asked.parameters.set("transport", "tcp")
        }
        guard let target = FlowTarget(asked) else {
            throw .address(uri.description, advice: "its transport is not supported; udp and tcp are")
        }
        do throws(SIPResolutionError) {
            return try await endpoint.resolver.locate(target)
        } catch {
            throw .unreachable(host: error.host, reason: "\(error.reason); an address is NAME@HOST or NAME@HOST:PORT")
        }
    }

    /// The address of ours that the first of `targets` sees that can be reached from here, numeric.
    func localAddress(toward targets: [FlowTarget]) throws(UserAgentError) -> SIPAddress {
        for target in targets {
            let remote = SIPAddress(host: target.host, port: target.port)
            let anywhere = SIPAddress(host: remote.isIPv6 ? "::" : "0.0.0.0", port: 0)
            let local = endpoint.localAddress(for: Flow(kind: target.kind, local: anywhere, remote: remote))
            if !local.isWildcard { return local }
        }
        throw .unreachable(host: targets.first?.host ?? "there", reason: "no local address leads there")
    }

    /// Who we are, without tag: the same for every request that leaves from `host`, so that a conference created in one call can be
    /// cancelled from another program.
    func from(_ host: String) -> NameAddress {
        if let account = options.account, var own = try? DialledAddress(parsing: account.address).uri {
            own.parameters.remove("transport")
            let name = options.displayName
            return NameAddress(displayName: name.isEmpty ? nil : name, uri: own)
        }
        let address = Identity(user: options.user, host: host).uri
        let uri = (try? SIPURI(parsing: address)) ?? SIPURI(user: "user", host: host)
        let name = options.displayName
        return NameAddress(displayName: name.isEmpty ? nil : name, uri: uri)
    }

    // MARK: Media to be

    /// Sockets, our name on the wire, and a negotiation that has not begun.
    func prepareMedia(_ host: String) throws(UserAgentError) -> (LegSockets, LegIdentity, OfferAnswer) {
        let sockets: LegSockets
        do throws(MediaSocketError) {
            let family: SocketAddress.Family = host.utf8.contains(UInt8(ascii: ":")) ? .ipv6 : .ipv4
            sockets = LegSockets(try ports.open(on: .any(family)))
        } catch {
            throw .socket("no socket for media: \(error)")
        }
        let wire = LegIdentity(
            ssrc: .random(in: 1 ... .max), sourceID: 0,
            cname: String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt32.random(in: 0 ... .max), radix: 36))
        var capabilities = AudioCapabilities.userAgent
        capabilities.codecs = options.codecs.map(\.description)
        let negotiation = OfferAnswer(
            policy: MediaPolicy(audio: capabilities, video: videoPolicy),
            local: LocalMedia(address: host, rtpPort: Int(sockets.localAddress.port)),
            sessionID: UInt64.random(in: 1...0x3FFF_FFFF_FFFF))
        return (sockets, wire, negotiation)
    }
}

extension UserAgent.Codec {
    var description: AudioCodecDescription {
        switch self {
        case .opus: .opus
        case .g722: .g722
        case .pcma: .pcma
        case .pcmu: .pcmu
        }
    }
}
