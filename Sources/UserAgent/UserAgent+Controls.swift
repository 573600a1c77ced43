// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SDP
import SIP

// Hold, mute and keys.
extension UserAgent {
    // MARK: Hold

    func setHold(_ id: SessionID, _ isHeld: Bool) async throws(UserAgentError) {
        guard let state = calls[id], state.end == nil, endpoint.core.session(id)?.isEstablished == true else {
            throw .wrongState("only a call that stands can be held")
        }
        calls[id]?.wantsHold = isHeld
        let failure = await withCheckedContinuation { continuation in
            calls[id]?.holdWaiters.append(continuation)
            followHold(id)
        }
        if let failure { throw failure }
    }

    /// Offers hold or resume where what is wanted is not what is agreed, once no other offer is open.
    func followHold(_ id: SessionID) {
        guard var negotiation = calls[id]?.negotiation, let state = calls[id], state.end == nil,
            endpoint.core.session(id)?.isEstablished == true, !negotiation.hasOpenOffer
        else { return }
        guard negotiation.isHeld != state.wantsHold else {
            settleHold(id, failure: nil)
            return followVideo(id)
        }
        let offer = state.wantsHold ? negotiation.hold() : negotiation.resume()
        calls[id]?.negotiation = negotiation
        withCore { core, now in core.modify(id, offer: offer.serialized(), now: now) }
    }

    func modifyFailed(_ id: SessionID, status: Int) {
        calls[id]?.negotiation?.abandonOffer()
        if calls[id]?.video?.isOffering == true {
            videoRefused(id, status: status)
            return followHold(id)
        }
        guard let negotiation = calls[id]?.negotiation else { return }
        calls[id]?.wantsHold = negotiation.isHeld
        let refusal = Refusal(status: status, reason: SIPResponse.reasonPhrase(status))
        settleHold(id, failure: .refused(refusal))
    }

    /// Tells everybody who waits how hold or resume came out.
    func settleHold(_ id: SessionID, failure: UserAgentError?) {
        guard let state = calls[id] else { return }
        calls[id]?.holdWaiters = []
        let isHeld = state.negotiation?.isHeld ?? false
        if isHeld != state.isHeld {
            calls[id]?.isHeld = isHeld
            state.call.tell(.held(isHeld))
            refreshBoard(id)
        }
        if failure != nil { calls[id]?.wantsHold = isHeld }
        for waiter in state.holdWaiters { waiter.resume(returning: failure) }
    }

    // MARK: Mute

    func mute(_ id: SessionID, _ isMuted: Bool) {
        guard let state = calls[id], state.end == nil, state.isMuted != isMuted else { return }
        calls[id]?.isMuted = isMuted
        state.media?.post(.mute(isMuted))
        state.call.tell(.muted(isMuted))
        refreshBoard(id)
    }

    // MARK: Keys

    func sendDigits(_ id: SessionID, _ digits: String) async throws(UserAgentError) {
        guard let state = calls[id], state.end == nil, let audio = state.negotiation?.audio, let media = state.media
        else {
            throw .wrongState("keys can be pressed only in a call that stands")
        }
        var keys: [DTMFDigit] = []
        for character in digits {
            guard let digit = DTMFDigit(character) else {
                throw .wrongState("\"\(character)\" is no key of a telephone: 0-9, *, # and A-D are")
            }
            keys.append(digit)
        }
        if audio.sendTelephoneEvent != nil { return media.post(.sendDigits(digits)) }
        for key in keys {
            var headers = SIPHeaders()
            headers.set("Content-Type", DTMFInfo.relayContentType)
            let info = DTMFInfo(digit: key, milliseconds: 160)
            try await requestInside(id, .info, headers: headers, body: info.relayBody)
        }
    }
}
