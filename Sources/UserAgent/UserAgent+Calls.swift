// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import MediaServer
import NIOCore
import SDP
import SIP

// What happens in calls, whoever made them.
extension UserAgent {
    func handle(_ event: SessionEvent, of id: SessionID) {
        switch event {
        case .incoming(let request, let offer, let flow): admit(request, offer: offer, over: flow, as: id)
        case .progress(let response, let body):
            calls[id]?.call.tell(.ringing(status: response.status))
            // Early audio: an announcement, or a ringing tone made over there.
            if let body { take(body, of: id) }
        case .offer(let offer): renegotiate(id, offer: offer)
        case .offerWanted: offerAgain(id)
        case .offerWithdrawn: calls[id]?.negotiation?.abandonOffer()
        case .answer(let answer): take(answer, of: id)
        case .established(let contact, _): established(id, contact: contact)
        case .modifyFailed(let status): modifyFailed(id, status: status)
        case .modifyOutdated:
            calls[id]?.negotiation?.abandonOffer()
            followHold(id)
        case .ended(let end): ended(id, CallEnd(end))
        case .challenged(let response): challenged(id, response)
        case .refreshed: break
        }
    }

    // MARK: Coming in

    private func admit(_ request: SIPRequest, offer: [UInt8]?, over flow: Flow, as id: SessionID) {
        guard options.acceptsCalls else {
            return withCore { core, now in core.reject(id, status: 480, now: now) }
        }
        let caller = request.from
        let uri =
            caller.map { Identity(user: $0.uri.decodedUser, host: $0.uri.host, scheme: $0.uri.scheme).uri } ?? "unknown"
        let call = Call(
            id, of: self, direction: .incoming, remote: uri, remoteName: caller?.displayName, events: Call.makeEvents())
        let wire = LegIdentity(
            ssrc: .random(in: 1 ... .max), sourceID: 0, cname: String(UInt64.random(in: 0 ... .max), radix: 36))
        var state = CallState(call: call, wire: wire, peer: flow.remote.host, isMuted: false)
        state.offer = offer
        state.flow = flow
        calls[id] = state
        logger.info("a call comes in", metadata: ["from": "\(uri)", "call-id": "\(request.callID ?? "")"])
        withCore { core, now in core.progress(id, status: 180, now: now) }
        ring(call)
    }

    func answer(_ id: SessionID, microphone: String?, speaker: String?, muted: Bool) async throws(UserAgentError) {
        guard let state = calls[id], let flow = state.flow, !state.isAnswering, state.end == nil else {
            throw .wrongState("the call does not ring")
        }
        calls[id]?.isAnswering = true
        let call = state.call
        let devices: CallDevices
        do throws(UserAgentError) {
            devices = try await CallDevices.open(microphone: microphone, speaker: speaker) { call.tell(.notice($0)) }
        } catch {
            calls[id]?.isAnswering = false
            throw error
        }
        var camera = VideoFeed()
        do throws(UserAgentError) {
            if offersVideo(state) { camera = try await openCamera(for: call.board) { call.tell(.notice($0)) } }
        } catch {
            calls[id]?.isAnswering = false
            devices.stop {}
            throw error
        }
        guard calls[id] != nil, calls[id]?.end == nil else {
            devices.stop {}
            release(camera)
            throw .wrongState("the caller has given up")
        }
        calls[id]?.devices = devices
        calls[id]?.captureDelay = devices.captureDelay
        calls[id]?.isMuted = muted
        do throws(UserAgentError) {
            try accept(id, over: flow, camera: camera)
        } catch {
            // Else it ends with the call.
            if calls[id]?.video == nil { release(camera) }
            throw error
        }
    }

    /// Whether there is a use for a camera: an offer without video is answered without.
    private func offersVideo(_ state: CallState) -> Bool {
        guard options.video.isEnabled else { return false }
        guard let offer = state.offer else { return true }
        let description = try? SessionDescription(parsing: offer)
        return description?.media.contains { $0.kind == .video && $0.port != 0 } == true
    }

    private func accept(_ id: SessionID, over flow: Flow, camera: VideoFeed) throws(UserAgentError) {
        guard var state = calls[id] else { throw .wrongState("the call is over") }
        let (sockets, _, fresh) = try prepareMedia(endpoint.localAddress(for: flow).host)
        var negotiation = fresh
        negotiation.peerHost = flow.remote.host
        if offersVideo(state) {
            state.video = try prepareVideo(camera, cname: state.wire.cname, in: &negotiation)
            calls[id]?.video = state.video
        }
        let body: [UInt8]
        if let offer = state.offer {
            switch negotiation.receive(offer: offer) {
            case .answer(let answer, _): body = answer.serialized()
            case .rejected(let rejection):
                var headers = SIPHeaders()
                headers.set("Warning", "\(rejection.warningCode) confab \"\(rejection.warningText)\"")
                withCore { core, now in
                    core.reject(id, status: rejection.status, reason: nil, headers: headers, now: now)
                }
                throw .wrongState("no audio in common: \(rejection.warningText)")
            }
        } else {
            body = negotiation.makeOffer().serialized()
        }
        state.negotiation = negotiation
        state.sockets = sockets
        state.offer = nil
        calls[id] = state
        applyMedia(id)
        if negotiation.audio != nil { applyVideo(id) }
        withCore { core, now in core.accept(id, body: body, now: now) }
    }

    // MARK: Standing

    private func established(_ id: SessionID, contact: SIPURI) {
        guard let state = calls[id] else { return }
        let isFocus = endpoint.core.session(id)?.peerIsFocus ?? false
        var remote = state.call.remote
        // A conference is named by its focus's Contact: for a factory that is the only place to learn it (RFC 4579 §5.4).
        if isFocus {
            var uri = contact
            uri.parameters.remove("transport")
            remote = uri.description
        }
        let codec = state.negotiation?.audio?.codec.encodingName ?? ""
        let description = CallDescription(remote: remote, isFocus: isFocus, codec: codec)
        calls[id]?.description = description
        state.call.tell(.established(description))
        logger.info("call established", metadata: ["remote": "\(remote)", "codec": "\(codec)", "focus": "\(isFocus)"])
        if isFocus {
            calls[id]?.conference = contact
            subscribe(id, to: contact)
        }
        refreshBoard(id)
        followHold(id)
    }

    // MARK: Ending

    /// Ends the call as its state demands.
    func hangUp(_ id: SessionID) {
        guard let state = calls[id], state.end == nil else { return }
        let rings = state.call.direction == .incoming && endpoint.core.session(id)?.isEstablished != true
        if rings, state.media == nil { return decline(id, status: 486) }
        withCore { core, now in core.terminate(id, now: now) }
    }

    func decline(_ id: SessionID, status: Int) {
        guard let state = calls[id], state.end == nil, state.call.direction == .incoming else { return }
        withCore { core, now in core.reject(id, status: min(max(status, 400), 699), now: now) }
    }

    /// Ends a call for a reason of our own.
    func giveUp(_ id: SessionID, _ end: CallEnd, reason: SIPReason) {
        guard calls[id] != nil, calls[id]?.end == nil else { return }
        ended(id, end)
        withCore { core, now in core.terminate(id, reason: reason, now: now) }
    }

    /// The SIP session is over; the call is when its devices are closed.
    private func ended(_ id: SessionID, _ end: CallEnd) {
        guard let state = calls[id], state.end == nil else { return }
        calls[id]?.end = end
        unsubscribe(id)
        for waiter in state.holdWaiters { waiter.resume(returning: .wrongState("\(end)")) }
        calls[id]?.holdWaiters = []
        for (request, waiting) in insideRequests where waiting.0 == id {
            insideRequests[request] = nil
            waiting.1.resume(returning: .transportError)
        }
        // One for the audio and one for the video.
        calls[id]?.closing = 2
        if let media = state.media {
            media.stop()
        } else if let devices = state.devices {
            devices.stop { [self] in closed(id) }
        } else {
            released(id)
        }
        if let video = state.video {
            stop(video) { [self] in closed(id) }
        } else {
            released(id)
        }
    }

    /// The same on any thread.
    private nonisolated func closed(_ id: SessionID) {
        eventLoop.execute { self.assumeIsolated { $0.released(id) } }
    }

    /// A part of the call is closed. When all are, recordings are written and devices free.
    func released(_ id: SessionID) {
        calls[id]?.closing -= 1
        guard let state = calls[id], state.closing <= 0 else { return }
        calls[id] = nil
        let end = state.end ?? .lost("its audio ended")
        state.call.board.set(own: VideoBoard.Own(name: options.displayName), people: [], conference: nil)
        state.call.board.clearStreams()
        logger.info("call ended", metadata: ["remote": "\(state.call.remote)", "end": "\(end)"])
        state.call.tell(.ended(end))
        noteQuiet()
    }
}
