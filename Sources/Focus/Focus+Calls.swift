// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
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
        case .offerWithdrawn: calls[id]?.negotiation?.abandonOffer()
        case .progress(let response, _): tellProgress(of: id, response.status, response.reason, isLast: false)
        case .modifyFailed, .modifyOutdated: calls[id]?.negotiation?.abandonOffer()
        case .refreshed, .challenged: break
        }
    }

    // MARK: Coming in

    private func admit(_ request: SIPRequest, offer: [UInt8]?, over flow: Flow, as id: SessionID) {
        let now = ContinuousClock.now
        counters.calls += 1
        traces.begin(request.callID ?? "")
        traces.note(request.callID ?? "", .received, request.summary)
        defer { if calls[id] == nil { traces.end(request.callID ?? "") } }
        guard recovering != nil || admission.admit(now: now) else {
            counters.refused["overload", default: 0] += 1
            var headers = SIPHeaders()
            headers.set("Retry-After", "5")
            withCore { core, now in core.reject(id, status: 503, reason: nil, headers: headers, now: now) }
            return
        }
        let identity: Identity
        let film = film(calling: request, over: flow)
        switch film.map({ LoginVerdict.welcome($0.identity) }) ?? recovering.map({ LoginVerdict.welcome($0.identity) })
            ?? identify(request, over: flow)
        {
        case .welcome(let welcome): identity = welcome
        case .refused(let status, let fields):
            var headers = SIPHeaders()
            for (name, value) in fields { headers.add(name, value) }
            return withCore { core, now in core.reject(id, status: status, reason: nil, headers: headers, now: now) }
        }
        let replacement = replacement(in: request, over: flow)
        if case .refused(let status) = replacement {
            return withCore { core, now in core.reject(id, status: status, reason: nil, headers: SIPHeaders(), now: now)
            }
        }
        var join = JoinRequest(
            identity: identity, callID: request.callID ?? "", userAgent: request.headers.first("User-Agent"),
            pin: request.uri.parameters.value("pin"))
        var address = conferenceAddress(request.uri, over: flow)
        // It may have gone to another room since.
        if let recovering { address = ConferenceAddress(user: recovering.room, host: address.host) }
        do throws(Refusal) {
            if let recovering {
                join.isInvited = true
                join.standing = recovering.standing
            } else if film != nil {
                join.isInvited = true
            } else if case .call(_, let standing) = replacement {
                join.isInvited = true
                join.standing = standing
            } else {
                try requirePatience(of: identity, over: flow, calling: address)
            }
            let admission = try registry.join(
                join, at: address, now: now, date: Date())
            let member = admission.member
            if let film { filmJoined(film.token, as: member, by: join.callID) }
            let wire = LegIdentity(
                ssrc: .random(in: 1 ... .max), sourceID: .random(in: 1 ... .max), cname: Self.makeCanonicalName(),
                name: identity.label)
            calls[id] = FocusCall(
                session: id, member: member, room: admission.step.room, roomName: admission.step.name,
                callID: join.callID, flow: flow, place: place(request.uri, over: flow), leg: LegID(member.number),
                wire: wire, offer: offer,
                takesINFO: request.allow.isEmpty || request.allow.contains("INFO"),
                readsCPIM: request.headers.all("Accept").joined(separator: ",").lowercased().contains(
                    CPIMMessage.contentType))
            if case .call(let old, let standing) = replacement { calls[id]?.replaces = (old.session, standing) }
            if recovering == nil, let list = request.bodyPart(ResourceList.contentType) {
                calls[id]?.guests = ResourceList.entries(in: list) ?? []
            }
            if store.isLasting, offer != nil { calls[id]?.invite = request.serialized() }
            sessions[member] = id
            let contact = ContactIdentity(user: ConferenceAddress.escaped(admission.step.name), isFocus: true)
            endpoint.core.setContact(id, contact)
            perform(admission.step)
        } catch {
            refuse(id, error, request, room: roomName(at: address))
        }
    }

    /// Who has guessed too often waits.
    private func requirePatience(
        of identity: Identity, over flow: Flow, calling address: ConferenceAddress
    ) throws(Refusal) {
        guard case .room(let room) = try registry.policy.destination(address),
            let wait = login.limiter.wait(guesser(identity, over: flow, in: room), now: .now)
        else { return }
        throw Refusal(.forbidden, "Too many failures: try again in \(wait.components.seconds + 1) s")
    }

    private func refuse(_ id: SessionID, _ refusal: Refusal, _ request: SIPRequest, room: String?) {
        let status = refusal.status(for: request)
        counters.refused[refusal.kind.rawValue, default: 0] += 1
        var headers = SIPHeaders()
        headers.set("Warning", refusal.warning(agent: configuration.warningAgent))
        if let seconds = refusal.retryAfter { headers.set("Retry-After", "\(seconds)") }
        logger.info(
            "call refused",
            metadata: metadata(
                callID: request.callID, room: room,
                ["target": "\(request.uri)", "status": "\(status)", "reason": "\(refusal.kind.rawValue)"]))
        withCore { core, now in core.reject(id, status: status, reason: nil, headers: headers, now: now) }
    }

    /// RFC 7022 §4.2: a short-term persistent name, 96 random bits.
    static func makeCanonicalName() -> String {
        String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt32.random(in: 0 ... .max), radix: 36)
    }

    // MARK: Media

    /// Gives a member its sockets and negotiates; false when the call has been refused instead.
    func connectMedia(_ member: MemberID) {
        guard let id = sessions[member], var call = calls[id] else { return }
        let host = mediaHost(for: call.offer, over: call.flow)
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
        ownPorts.insert(port)
        ownPorts.insert(port + 1)
        var negotiation = OfferAnswer(
            policy: MediaPolicy(audio: configuration.audioCapabilities, video: videoPolicy(for: call)),
            local: LocalMedia(
                address: host, rtpPort: Int(port), ssrc: call.wire.ssrc, cname: call.wire.cname, label: "1"),
            sessionID: UInt64.random(in: 1...0x3FFF_FFFF_FFFF))
        negotiation.peerHost = call.flow.remote.host
        calls[id] = call
        if let offer = call.offer {
            let outcome = answer(offer, with: &negotiation, for: &call)
            calls[id] = call
            switch outcome {
            case .rejected(let rejection):
                return fail(
                    id, status: rejection.status, warning: rejection.warningText, code: rejection.warningCode,
                    why: rejection.warningText)
            case .answer(let answer, _):
                guard let settings = settings(negotiation.audio, of: call) else {
                    return fail(
                        id, status: 488, warning: "Incompatible network address formats", code: 301,
                        why: "unusable media address")
                }
                call.settings = settings
                call.isHeld = settings.remoteHolds
                call.description = answer.serialized()
                call.negotiation = negotiation
                dropUnusedVideo(&call)
            }
        } else {
            if configuration.video.enabled { offerVideo(&call, &negotiation) }
            call.description = negotiation.makeOffer().serialized()
            call.negotiation = negotiation
        }
        call.offer = nil
        calls[id] = call
    }

    /// What a leg is to do; nil where there is an address that media cannot or must not go to: a name, or one of our own ports, which
    /// would tie two rooms together.
    private func settings(_ audio: NegotiatedAudio?, of call: FocusCall) -> LegSettings? {
        guard let audio, var settings = LegSettings(audio, configuration.legPreferences) else { return nil }
        settings.signallingHost = SocketAddress(host: call.flow.remote.host, port: 0)
        let targets = [settings.remoteMedia, settings.remoteControl]
        guard !targets.contains(where: { ownPorts.contains($0.port) && isLocal($0) }) else { return nil }
        return settings
    }

    func isLocal(_ address: SocketAddress) -> Bool {
        let host = address.host
        if host.hasPrefix("127.") || host == "::1" || host == configuration.media.advertised { return true }
        return localHosts.contains(host)
    }

    /// Takes over new settings: opens the leg once the call is established, changes it after, and tells the room of a hold.
    private func apply(_ settings: LegSettings, to id: SessionID) {
        guard var call = calls[id] else { return }
        var settings = settings
        settings.isApart = registry.room(of: call.member)?.isWaiting(call.member) ?? false
        call.settings = settings
        let holdChanged = call.isHeld != settings.remoteHolds
        call.isHeld = settings.remoteHolds
        let silenced = registry.room(of: call.member)?.isSilenced(call.member) ?? false
        if call.legIsOpen {
            media.update(call.leg, settings)
        } else if call.isEstablished, let sockets = call.sockets {
            media.open(
                call.leg, in: MediaRoomID(call.room.number), sockets, as: call.wire, settings, silenced: silenced)
            call.legIsOpen = true
        }
        calls[id] = call
        if !settings.isApart { applyVideo(to: id) }
        if holdChanged, let step = registry.hold(call.member, call.isHeld, now: .now) { perform(step) }
        tellOfVideo(of: id)
    }

    /// A member waits no more, or comes from another room.
    func comeIn(_ id: SessionID) {
        if let settings = calls[id]?.settings { apply(settings, to: id) }
    }

    /// The host that a peer on `flow` is told to send media to: of the family of its own media address, which need not be that of
    /// its signalling.
    private func mediaHost(for offer: [UInt8]?, over flow: Flow) -> String {
        if let advertised = configuration.media.advertised { return advertised }
        let local = endpoint.localAddress(for: flow).host
        let fitting: String? =
            if let peer = offer.flatMap({ Self.mediaHost(offeredIn: $0) }),
                AddressFamily(of: peer) != AddressFamily(of: local)
            { SIPEndpoint.sourceHost(toward: peer) } else { nil }
        return Self.mediaHost(local: local, fitting: fitting, bound: configuration.media.bind)
    }

    /// The address that we name: `fitting` is of the family that the caller named, `local` where its call came in. A caller of another
    /// family than we are `bound` to is told what we listen on all the same: most phones have both, and media is latched to.
    static func mediaHost(local: String, fitting: String?, bound: String?) -> String {
        guard let bound else { return fitting ?? local }
        return [fitting, local].compactMap { $0 }.first { AddressFamily(of: $0) == AddressFamily(of: bound) } ?? bound
    }

    /// Where the first live audio stream of an offer wants its media.
    static func mediaHost(offeredIn offer: [UInt8]) -> String? {
        guard let description = try? SessionDescription(parsing: offer) else { return nil }
        return description.media.first { $0.kind == .audio && $0.port != 0 }
            .flatMap { description.connection(for: $0)?.address }
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

    func renegotiate(_ id: SessionID, offer: [UInt8]) {
        guard var call = calls[id], var negotiation = call.negotiation else { return }
        // An offer comes through while ours only waits, after glare: theirs is answered, and ours is made anew (RFC 3261 §14.1).
        let hasOffer = negotiation.hasOpenOffer
        negotiation.abandonOffer()
        calls[id]?.negotiation = negotiation
        defer { if hasOffer { offerFromHere(id) } }
        let outcome = answer(offer, with: &negotiation, for: &call)
        switch outcome {
        case .answer(let answer, _):
            // Audio switched off stops media both ways (RFC 3264 §8.2); the call may take it up again.
            let wanted = negotiation.audio == nil ? call.settings?.stopped : settings(negotiation.audio, of: call)
            guard let settings = wanted else {
                restoreVideo(&call, to: calls[id]?.video)
                return withCore { core, now in core.answer(id, body: nil, status: 488, now: now) }
            }
            call.negotiation = negotiation
            call.lastOffer = offer
            dropUnusedVideo(&call)
            calls[id] = call
            withCore { core, now in core.answer(id, body: answer.serialized(), now: now) }
            apply(settings, to: id)
            journal(id)
        case .rejected(let rejection):
            restoreVideo(&call, to: calls[id]?.video)
            call.negotiation = negotiation
            calls[id] = call
            withCore { core, now in core.answer(id, body: nil, status: rejection.status, now: now) }
        }
    }

    private func offerAgain(_ id: SessionID) {
        guard let offer = calls[id]?.negotiation?.makeOffer() else { return }
        withCore { core, now in core.answer(id, body: offer.serialized(), now: now) }
    }

    private func take(_ answer: [UInt8], of id: SessionID) {
        guard var call = calls[id], var negotiation = call.negotiation else { return }
        let hadAudio = negotiation.audio != nil
        let outcome = negotiation.receive(answer: answer)
        if case .agreed = outcome, let settings = settings(negotiation.audio, of: call) {
            call.negotiation = negotiation
            dropUnusedVideo(&call)
            calls[id] = call
            return apply(settings, to: id)
        }
        // After a re-offer the call goes on as it was; without any audio yet there is nothing to go on with.
        if hadAudio {
            calls[id]?.negotiation?.abandonOffer()
            return
        }
        let why = "no usable audio in the answer"
        logger.info("call ended", metadata: metadata(call, ["reason": "\(why)"]))
        closeLeg(id)
        forget(id)
        withCore { core, now in core.terminate(id, reason: SIPReason(cause: 488, text: "No usable audio"), now: now) }
        if let step = registry.leave(call.member, .setupFailed(why), now: .now) { perform(step) }
    }

    // MARK: Ending

    private func established(_ id: SessionID) {
        guard let call = calls[id] else { return }
        calls[id]?.isEstablished = true
        answered(id)
        calls[id]?.description = nil
        if let settings = call.settings { apply(settings, to: id) }
        if call.isHeld, let step = registry.hold(call.member, true, now: .now) { perform(step) }
        if let step = registry.established(call.member, now: .now) { perform(step) }
        journal(id)
        finishReplacement(of: id)
        callGuests(of: id)
    }

    private func ended(_ id: SessionID, _ end: SessionEnd) {
        roster.sessionEnded(id)
        tellEnd(of: id, end)
        if let call = calls[id] {
            closeLeg(id)
            forget(id)
            if let step = registry.leave(call.member, Departure(end), now: .now) { perform(step) }
        }
    }

    /// Takes the leg out of its room, both ways at once. Nothing of the member is mixed or sent from the next tick on.
    func closeLeg(_ id: SessionID) {
        guard var call = calls[id] else { return }
        closeVideo(&call)
        calls[id] = call
        if call.legIsOpen { media.close(call.leg) }
        if let port = call.negotiation.flatMap({ UInt16(exactly: $0.local.rtpPort) }) ?? call.sockets?.localAddress.port
        {
            ownPorts.remove(port)
            ownPorts.remove(port + 1)
        }
        calls[id]?.legIsOpen = false
        calls[id]?.sockets = nil
    }

    func forget(_ id: SessionID) {
        closeLeg(id)
        guard let call = calls.removeValue(forKey: id) else { return }
        if let key = call.journalKey { store.keep(.journalEnded(key: key)) }
        traces.end(call.callID)
        sessions[call.member] = nil
        if !keyframeRequests.isEmpty { keyframeRequests = keyframeRequests.filter { $0.value != call.leg } }
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
