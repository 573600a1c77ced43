// SPDX-License-Identifier: GPL-3.0-or-later

extension Call {
    /// Answers a call that came in.
    ///
    /// - Parameters:
    ///   - microphone: `default`, an ALSA name, `file:x.wav`, `tone:440`, `none`; nil is the system's, or none where it has none.
    ///   - speaker: `default`, an ALSA name, `file:heard.wav`, `none`; nil likewise.
    /// - Throws: `UserAgentError`; the call goes on ringing where a device is at fault.
    public func answer(
        microphone: String? = nil, speaker: String? = nil, muted: Bool = false
    ) async throws(UserAgentError) {
        try await agent.answer(id, microphone: microphone, speaker: speaker, muted: muted)
    }

    /// Ends the call as its state demands: CANCEL before it is answered, BYE after, 486 to a call that rings here.
    ///
    /// Returns when devices are closed and recordings written.
    @discardableResult
    public func hangUp() async -> CallEnd {
        await agent.hangUp(id)
        return await waitUntilEnded()
    }

    /// Refuses a call that came in.
    ///
    /// - Parameter status: 400–699, such as 486 (busy) or 603 (declined).
    public func decline(status: Int = 603) async {
        await agent.decline(id, status: status)
        await waitUntilEnded()
    }

    /// Puts the other side on hold, or takes it back; returns when it has agreed.
    ///
    /// - Throws: `UserAgentError.refused` where it has not: everything stays as it was.
    public func setHold(_ isHeld: Bool) async throws(UserAgentError) {
        try await agent.setHold(id, isHeld)
    }

    public func hold() async throws(UserAgentError) { try await setHold(true) }
    public func resume() async throws(UserAgentError) { try await setHold(false) }

    /// Sends silence instead of the microphone, or the microphone again.
    public func mute(_ isMuted: Bool) async {
        await agent.mute(id, isMuted)
    }

    /// Presses keys, one after the other: RFC 4733 in the audio where the other side takes that, else SIP INFO.
    ///
    /// - Parameter digits: 0–9, *, #, A–D.
    /// - Throws: `UserAgentError.wrongState` for other characters and where the call does not stand; `refused` for a refused INFO.
    public func sendDigits(_ digits: String) async throws(UserAgentError) {
        try await agent.sendDigits(id, digits)
    }

    /// Cancels the conference for everybody, by REFER in this call (RFC 4579 §5.12). Only who created it may.
    ///
    /// - Throws: `UserAgentError.refused` with 403 where we may not.
    public func cancelConference() async throws(UserAgentError) {
        try await agent.cancelConference(of: id)
    }

    /// How the media fares; nil while there is none.
    public func statistics() async -> CallStatistics? {
        await agent.statistics(of: id)
    }
}

/// How the media of a call fares.
public struct CallStatistics: Hashable, Sendable {
    /// Address and port that media goes to.
    public var remote: String
    /// The codec that comes in, such as `opus`.
    public var codec: String
    public var packetsReceived: Int
    public var packetsSent: Int
    /// Packets lost on the way to us since the beginning.
    public var packetsLost: Int
    /// Share of our packets that the other side reports lost, 0...1.
    public var remoteLoss: Double
    /// Variation of the packets' delay (RFC 3550 §6.4.1), ms.
    public var jitter: Double
    /// By RTCP, ms; nil before the first measurement.
    public var roundTrip: Double?
    /// Delay that the jitter buffer adds, ms.
    public var bufferDelay: Double
    /// Audio made up for lost packets since the beginning, ms.
    public var concealed: Double
}
