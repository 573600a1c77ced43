// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
package import SDP
package import SIP

/// What a member got instead of what it asked for.
package struct CallRefused: Error, CustomStringConvertible {
    /// The final response; nil where none came.
    package let response: SIPResponse?
    package let description: String
}

// Making, changing and ending the call.
extension TestMember {
    /// Dials and waits until the call stands.
    ///
    /// - Parameters:
    ///   - late: without an offer in the INVITE, so that the answer goes into the ACK.
    ///   - edit: changes our offer before it is sent.
    /// - Throws: `CallRefused`.
    package func dial(
        _ target: String, late: Bool = false, headers: SIPHeaders = SIPHeaders(),
        edit: @Sendable (inout SessionDescription) -> Void = { _ in }
    ) async throws {
        try call(target, late: late, headers: headers, edit: edit)
        try await reaches("the call to \(target)") { state in
            switch state {
            case .established, .ended: true
            case .idle, .calling, .ringing: false
            }
        }
        if case .ended(let end) = state {
            throw CallRefused(response: end.response, description: "\(name): call to \(target) ended: \(end)")
        }
    }

    /// Sends the INVITE and does not wait.
    package func call(
        _ target: String, late: Bool = false, headers: SIPHeaders = SIPHeaders(),
        edit: @Sendable (inout SessionDescription) -> Void = { _ in }
    ) throws {
        var uri = try SIPURI(parsing: target)
        if options.transport == .tcp { uri.parameters.set("transport", "tcp") }
        changes = []
        negotiation = makeNegotiation()
        var offer = late ? nil : negotiation?.makeOffer()
        offer.edit { video?.bundle(&$0) }
        offer.edit(edit)
        var headers = headers
        if options.readsCPIM { headers.set("Accept", "application/sdp, message/cpim, text/plain") }
        let invite = SessionInvite(
            target: uri, from: address, offer: offer?.serialized(), headers: headers,
            contact: ContactIdentity(user: name))
        state = .calling
        audio.pause(false)
        // Events of this very call may come before `invite` returns.
        let id = endpoint.core.invite(invite, now: .now)
        session = id
        settle()
    }

    /// Where requests in the call go: the newest Contact of the other side.
    package var remoteTarget: SIPURI? { session.flatMap { endpoint.core.session($0)?.dialog?.remoteTarget } }

    /// Answers calls that come in from now on.
    package func answersCalls() { answers = true }

    /// Where it can be called.
    package var uri: String { "sip:\(name)@127.0.0.1:\(endpoint.addresses.first?.address.port ?? 0)" }

    func receiveCall(_ id: SessionID, _ offer: [UInt8]?) {
        var made = makeNegotiation()
        guard answers, let offer, case .answer(let answer, _) = made.receive(offer: offer) else {
            return withCore { core, now in core.reject(id, status: 480, now: now) }
        }
        session = id
        state = .calling
        negotiation = made
        remoteDescription = try? SessionDescription(parsing: offer)
        audio.pause(false)
        withCore { core, now in core.accept(id, body: answer.serialized(), now: now) }
        applyMedia()
    }

    /// Who the member says it is.
    package nonisolated var address: NameAddress {
        NameAddress(displayName: name, uri: SIPURI(user: name, host: "members.test"))
    }

    private func makeNegotiation() -> OfferAnswer {
        var capabilities = AudioCapabilities.userAgent
        capabilities.codecs = options.codecs.map { codec in
            switch codec {
            case .opus: .opus
            case .g722: .g722
            case .pcmu: .pcmu
            case .pcma: .pcma
            }
        }
        if !options.sendsLevels { capabilities.clientToMixerLevel = nil }
        capabilities.telephoneEvent = options.sendsKeys
        capabilities.rtcpMux = options.multiplexes ? .offered : .whenOffered
        let policy = MediaPolicy(
            audio: capabilities, video: options.video.map { .accept($0.capabilities) } ?? .refuse)
        var negotiation = OfferAnswer(
            policy: policy,
            local: LocalMedia(
                address: "127.0.0.1", rtpPort: audio.port + options.portError, ssrc: audio.ssrc, cname: name),
            sessionID: .random(in: 1...1 << 40))
        negotiation.localVideo = video?.local ?? [:]
        return negotiation
    }

    // MARK: Changing

    /// Offers anew by re-INVITE and waits for the answer.
    /// - Throws: `CallRefused`, the call being as it was.
    @discardableResult
    package func reoffer(_ edit: @Sendable (inout SessionDescription) -> Void = { _ in }) async throws
        -> SessionDescription
    {
        var offer = negotiation?.makeOffer()
        offer.edit(edit)
        return try await modify(offer)
    }

    /// Puts the conference on hold (`sendonly`), or by an edit in another form. The tone goes on: it is the music on hold.
    @discardableResult
    package func hold(_ edit: @Sendable (inout SessionDescription) -> Void = { _ in }) async throws
        -> SessionDescription
    {
        var offer = negotiation?.hold()
        offer.edit(edit)
        return try await modify(offer)
    }

    /// Begins to offer video, or gives its line up, by re-INVITE.
    package func offersVideo(_ offers: Bool) async throws {
        negotiation?.localVideo = offers ? video?.local ?? [:] : [:]
        _ = try await modify(negotiation?.makeOffer(.full))
    }

    /// Switches its camera off or on by re-INVITE: the line becomes `recvonly`, or what it was.
    package func showsCamera(_ shows: Bool) async throws {
        negotiation?.localVideo[.main]?.direction = shows ? nil : .recvonly
        try await reoffer()
    }

    /// Gives its line for shared screens up by re-INVITE, or takes it up again.
    package func offersSlides(_ offers: Bool) async throws {
        negotiation?.localVideo[.slides] = offers ? video?.local[.slides] : nil
        try await reoffer()
    }

    /// Takes the call up again.
    @discardableResult
    package func resume() async throws -> SessionDescription {
        try await modify(negotiation?.resume())
    }

    /// Moves to new sockets and tells so.
    package func moveMedia() async throws {
        try audio.rebind()
        negotiation?.local.rtpPort = audio.port
        negotiation?.local.rtcpPort = audio.port + 1
        try await reoffer()
    }

    private func modify(_ offer: SessionDescription?) async throws -> SessionDescription {
        guard let session, var offer else { throw CallRefused(response: nil, description: "\(name) has no call") }
        if offer.groups.isEmpty { video?.bundle(&offer) }
        changes = []
        withCore { core, now in core.modify(session, offer: offer.serialized(), now: now) }
        try await Condition.await("\(name): the answer to a re-INVITE", every: .milliseconds(5)) { [self] in
            if !changes.isEmpty { return true }
            if case .ended = state { return true }
            return false
        }
        switch changes.first {
        case .answered(let answer): return answer
        case .failed(let status):
            negotiation?.abandonOffer()
            throw CallRefused(response: SIPResponse(status: status), description: "\(name): re-INVITE got \(status)")
        case nil: throw CallRefused(response: nil, description: "\(name): the call ended: \(state)")
        }
    }

    /// Presses keys as agreed on: RFC 4733 packets in place of the audio.
    package func press(_ keys: String) throws {
        guard let events = negotiation?.audio?.sendTelephoneEvent else {
            throw CallRefused(response: nil, description: "\(name): no telephone events agreed on")
        }
        audio.press(keys, payloadType: events.payloadType, clockRate: events.clockRate)
    }

    // MARK: Ending

    /// Says BYE (or CANCEL, as the state demands) and waits until the other side has answered it.
    package func hangUp() async throws {
        guard let session else { return }
        withCore { core, now in core.terminate(session, now: now) }
        try await Condition.await("\(name): the answer to BYE", every: .milliseconds(5)) { [self] in
            isQuiet
        }
    }

    /// No session and no BYE is under way.
    package var isQuiet: Bool { endpoint.core.sessionCount == 0 }

    /// Waits until the other side has ended the call.
    /// - Returns: how.
    @discardableResult
    package func isHungUp(within patience: Duration = .seconds(10)) async throws -> SessionEnd {
        try await reaches("\(name): the end of the call", within: patience) { state in
            if case .ended = state { true } else { false }
        }
        guard case .ended(let end) = state else { return .byLocal }
        return end
    }

    /// Waits for a state of the call.
    package func reaches(
        _ what: String, within patience: Duration = .seconds(10), _ wanted: @Sendable (CallState) -> Bool
    ) async throws {
        try await Condition.await(what, within: patience, every: .milliseconds(5)) { [self] in wanted(state) }
    }
}

extension SessionEnd {
    /// The Reason of a BYE that came; nil for any other end.
    package var reason: SIPReason? {
        if case .byRemote(let reasons) = self { reasons.first } else { nil }
    }

    /// The response that refused the call.
    package var response: SIPResponse? {
        if case .rejected(let response) = self { response } else { nil }
    }
}

extension SessionDescription? {
    fileprivate mutating func edit(_ change: (inout SessionDescription) -> Void) {
        guard var description = self else { return }
        change(&description)
        self = description
    }
}
