// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import MediaServer
import RTP
import SDP
import SIP

// Calls: from an INVITE to a member of a room, and what happens to the call after.
extension Focus {
    func handle(_ event: SessionEvent, of id: SessionID) {
        switch event {
        case .incoming(let request, let offer, let flow): admit(request, offer: offer, over: flow, as: id)
        case .offer(let offer): renegotiate(id, offer: offer)
        case .offerWanted: offerAgain(id)
        case .answer(let answer): take(answer, of: id)
        case .established(_, _): established(id)
        case .ended(let end): ended(id, end)
        case .refreshed, .progress, .offerWithdrawn, .challenged, .modifyFailed, .modifyOutdated: break
        }
    }

    // MARK: Coming in

    private func admit(_ request: SIPRequest, offer: [UInt8]?, over flow: Flow, as id: SessionID) {
        let now = ContinuousClock.now
        counters.calls += 1
        guard admission.admit(now: now) else {
            counters.refused["overload", default: 0] += 1
            var headers = SIPHeaders()
            headers.set("Retry-After", "5")
            withCore { core, now in core.reject(id, status: 503, reason: nil, headers: headers, now: now) }
            return
        }
        let identity = Identity(of: request)
        let join = JoinRequest(
            identity: identity, callID: request.callID ?? "", userAgent: request.headers.first("User-Agent"))
        do throws(Refusal) {
            let admission = try registry.join(join, at: ConferenceAddress(request.uri), now: now)
            let member = admission.member
            let wire = LegIdentity(
                ssrc: .random(in: 1 ... .max), sourceID: .random(in: 1 ... .max), cname: Self.makeCanonicalName())
            calls[id] = FocusCall(
                session: id, member: member, room: admission.step.room, roomName: admission.step.name,
                callID: join.callID, flow: flow, leg: LegID(member.number), wire: wire, offer: offer)
            sessions[member] = id
            let contact = ContactIdentity(user: ConferenceAddress.escaped(admission.step.name), isFocus: true)
            endpoint.core.setContact(id, contact)
            if admission.step.effects.contains(.opened) {
                creatorHosts[admission.step.room] = flow.remote.host
            }
            perform(admission.step)
        } catch {
            refuse(id, error, callID: join.callID, target: request.uri)
        }
    }

    private func refuse(_ id: SessionID, _ refusal: Refusal, callID: String, target: SIPURI) {
        counters.refused[refusal.kind.rawValue, default: 0] += 1
        var headers = SIPHeaders()
        headers.set("Warning", refusal.warning(agent: configuration.warningAgent))
        if let seconds = refusal.retryAfter { headers.set("Retry-After", "\(seconds)") }
        logger.info(
            "call refused",
            metadata: [
                "call-id": "\(callID)", "target": "\(target)", "status": "\(refusal.status)",
                "reason": "\(refusal.kind.rawValue)",
            ])
        withCore { core, now in core.reject(id, status: refusal.status, reason: nil, headers: headers, now: now) }
    }

    /// RFC 7022 §4.2: a short-term persistent name, 96 random bits.
    private static func makeCanonicalName() -> String {
        String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt32.random(in: 0 ... .max), radix: 36)
    }

    // MARK: Media

    /// Gives a member its sockets and negotiates; false when the call has been refused instead.
    func connectMedia(_ member: MemberID) {
        guard let id = sessions[member], var call = calls[id] else { return }
        let host = mediaHost(over: call.flow)
        do throws(MediaSocketError) {
            guard let address = SocketAddress(host: host, port: 0) else {
                return fail(id, status: 500, warning: "No media address", why: "media address \(host) is not numeric")
            }
            let bound = configuration.media.bind.flatMap { SocketAddress(host: $0, port: 0) } ?? .any(address.family)
            call.sockets = LegSockets(try ports.open(on: bound, options: configuration.socketOptions))
        } catch {
            return fail(id, status: 503, warning: "No media port is free", why: "\(error)", retryAfter: 30)
        }
        guard let port = call.sockets?.localAddress.port else { return }
        var negotiation = OfferAnswer(
            policy: MediaPolicy(audio: configuration.audioCapabilities),
            local: LocalMedia(
                address: host, rtpPort: Int(port), ssrc: call.wire.ssrc, cname: call.wire.cname, label: "1"),
            sessionID: UInt64.random(in: 1...0x3FFF_FFFF_FFFF))
        if let offer = call.offer {
            switch negotiation.receive(offer: offer) {
            case .rejected(let rejection):
                return fail(
                    id, status: rejection.status, warning: rejection.warningText, code: rejection.warningCode,
                    why: rejection.warningText)
            case .answer(let answer, _):
                call.description = answer.serialized()
            }
        } else {
            call.description = negotiation.makeOffer().serialized()
        }
        call.negotiation = negotiation
        calls[id] = call
        applyMedia(id)
    }

    /// Brings the media leg and the room's view of hold in line with what is negotiated.
    private func applyMedia(_ id: SessionID) {
        guard var call = calls[id], let audio = call.negotiation?.audio else { return }
        guard let settings = LegSettings(audio, configuration.legPreferences) else {
            logger.warning(
                "media address is not numeric",
                metadata: ["call-id": "\(call.callID)", "address": "\(audio.remoteRTP.host)"])
            return
        }
        if call.legIsOpen {
            media.update(call.leg, settings)
        } else if let sockets = call.sockets {
            media.open(call.leg, in: MediaRoomID(call.room.number), sockets, as: call.wire, settings)
            call.legIsOpen = true
            call.sockets = nil
        }
        let holdChanged = call.isHeld != audio.remoteHolds
        call.isHeld = audio.remoteHolds
        calls[id] = call
        if holdChanged, let step = registry.hold(call.member, call.isHeld, now: .now) { perform(step) }
    }

    /// The host that peers on `flow` are told to send media to.
    private func mediaHost(over flow: Flow) -> String {
        configuration.media.advertised ?? endpoint.localAddress(for: flow).host
    }

    private func fail(
        _ id: SessionID, status: Int, warning: String, code: Int = 399, why: String, retryAfter: Int? = nil
    ) {
        guard let call = calls[id] else { return }
        var headers = SIPHeaders()
        headers.set("Warning", "\(code) \(configuration.warningAgent) \"\(warning)\"")
        if let retryAfter { headers.set("Retry-After", "\(retryAfter)") }
        counters.refused["media", default: 0] += 1
        logger.info("call refused", metadata: metadata(call, ["status": "\(status)", "reason": "\(why)"]))
        forget(id)
        withCore { core, now in core.reject(id, status: status, reason: nil, headers: headers, now: now) }
        if let step = registry.leave(call.member, .setupFailed(why), now: .now) { perform(step) }
    }

    // MARK: Changes

    private func renegotiate(_ id: SessionID, offer: [UInt8]) {
        guard var negotiation = calls[id]?.negotiation else { return }
        let outcome = negotiation.receive(offer: offer)
        calls[id]?.negotiation = negotiation
        switch outcome {
        case .answer(let answer, _):
            withCore { core, now in core.answer(id, body: answer.serialized(), now: now) }
            applyMedia(id)
        case .rejected(let rejection):
            withCore { core, now in core.answer(id, body: nil, status: rejection.status, now: now) }
        }
    }

    private func offerAgain(_ id: SessionID) {
        guard let offer = calls[id]?.negotiation?.makeOffer() else { return }
        withCore { core, now in core.answer(id, body: offer.serialized(), now: now) }
    }

    private func take(_ answer: [UInt8], of id: SessionID) {
        guard var negotiation = calls[id]?.negotiation else { return }
        let hadAudio = negotiation.audio != nil
        let outcome = negotiation.receive(answer: answer)
        calls[id]?.negotiation = negotiation
        switch outcome {
        case .agreed:
            applyMedia(id)
        case .unusable(let problem):
            // After a re-offer the call goes on as it was; without any audio yet there is nothing to go on with.
            guard !hadAudio, let call = calls[id] else { return }
            logger.info("no audio agreed on", metadata: metadata(call, ["problem": "\(problem)"]))
            let reason = SIPReason(cause: 488, text: "No usable audio in the answer")
            withCore { core, now in core.terminate(id, reason: reason, now: now) }
        }
    }

    // MARK: Ending

    private func established(_ id: SessionID) {
        guard let call = calls[id] else { return }
        if let step = registry.established(call.member, now: .now) { perform(step) }
    }

    private func ended(_ id: SessionID, _ end: SessionEnd) {
        roster.sessionEnded(id)
        if let call = calls[id] {
            closeLeg(id)
            forget(id)
            if let step = registry.leave(call.member, Departure(end), now: .now) { perform(step) }
        }
        noteCallEnded()
    }

    /// Takes the leg out of its room, both ways at once. Nothing of the member is mixed or sent from the next tick on.
    func closeLeg(_ id: SessionID) {
        guard let call = calls[id] else { return }
        if call.legIsOpen { media.close(call.leg) }
        calls[id]?.legIsOpen = false
        calls[id]?.sockets = nil
    }

    func forget(_ id: SessionID) {
        guard let call = calls.removeValue(forKey: id) else { return }
        sessions[call.member] = nil
        if call.legIsOpen { media.close(call.leg) }
    }

    func metadata(_ call: FocusCall, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "call-id": "\(call.callID)", "room": "\(call.roomName)", "member": "\(call.member)",
        ]
        metadata.merge(more) { _, new in new }
        return metadata
    }
}

extension Departure {
    init(_ end: SessionEnd) {
        switch end {
        case .byRemote, .byLocal: self = .hungUp
        case .cancelled: self = .abandoned
        case .rejected(let response): self = .setupFailed("refused with \(response.status)")
        case .timeout: self = .setupFailed("no answer in time")
        case .dialogLost, .transportError: self = .transportLost
        case .sessionExpired: self = .sessionExpired
        case .protocolError(let text): self = .setupFailed(text)
        }
    }
}
