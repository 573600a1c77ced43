// SPDX-License-Identifier: GPL-3.0-or-later

/// Decides whose packets are a leg's and where our own go: symmetric RTP (RFC 4961) for peers behind a NAT, without
/// letting a stranger take a call over. A pure machine; times come in as arguments.
///
/// ```
///   open ── packet from the signalled address ──────────────────▶ latched(signalled)
///   open ── N packets in a row from one other source ───────────▶ latched(that source)
///   latched(X) ── from X ────────────────────────────────────────▶ latched(X)       accept
///   latched(X) ── from the signalled address ────────────────────▶ latched(signalled)
///   latched(X) ── from Y, X alive ───────────────────────────────▶ latched(X)       drop
///   latched(X) ── N in a row from Y, re-negotiated ──────────────▶ latched(Y)
///   latched(X) ── N in a row from Y, X silent, same SSRC or host ▶ latched(Y)
/// ```
///
/// "In a row": one source, one SSRC, each sequence number the successor of the one before, payload types negotiated.
/// The signalled address is believed at once, since signalling named it.
package struct MediaLatch: Sendable {
    /// The rule's numbers.
    package struct Rule: Hashable, Sendable {
        /// Packets in a row that another source than the signalled one must send.
        package var packets: Int
        /// Silence after which a latched source may be replaced, milliseconds.
        package var silence: Int

        package init(packets: Int = 3, silence: Int = 3000) {
            precondition(packets > 0 && silence > 0, "a latch needs packets and a silence to count")
            self.packets = packets
            self.silence = silence
        }
    }

    private enum State {
        /// Nobody has been heard; media goes to the signalled address.
        case open
        /// Media goes to `source`, last heard at `heard`; `mayMove`: a re-negotiation allows another source to follow.
        case latched(source: SocketAddress, heard: MediaInstant, mayMove: Bool)
    }

    private let rule: Rule
    private var state = State.open
    /// SSRC of the last packet accepted.
    private var latchedSSRC: UInt32?
    private var challengers = LatchChallengers()
    private var payloadTypes: PayloadTypeSet
    private var signalled: SocketAddress?
    private var signalledControl: SocketAddress?
    /// Where RTCP came from last, while latched.
    private var controlSource: SocketAddress?
    private var isMultiplexed: Bool
    /// The signalled address before a hold put 0.0.0.0 in its place.
    private var beforeHold: SocketAddress?

    /// - Parameters:
    ///   - signalled: the peer's RTP address from SDP; nil while unknown.
    ///   - control: the peer's RTCP address from SDP (`a=rtcp`, else RTP's port + 1); ignored where multiplexed.
    ///   - payloadTypes: what the peer may send.
    package init(
        signalled: SocketAddress?, control: SocketAddress?, isMultiplexed: Bool, payloadTypes: PayloadTypeSet,
        rule: Rule = .init()
    ) {
        self.rule = rule
        self.signalled = Self.usable(signalled)
        self.signalledControl = Self.usable(control)
        self.isMultiplexed = isMultiplexed
        self.payloadTypes = payloadTypes
    }

    /// The source that the leg is latched on; nil before the first.
    package var latchedSource: SocketAddress? {
        guard case .latched(let source, _, _) = state else { return nil }
        return source
    }

    /// Where our RTP goes; nil where the peer is unknown, or on hold in the old form (0.0.0.0).
    package var destination: SocketAddress? {
        beforeHold == nil ? latchedSource ?? signalled : nil
    }

    /// Where our RTCP goes: with RTP where multiplexed; else where RTCP comes from, else the port above the latched
    /// one, or as signalled while RTP goes there.
    package var controlDestination: SocketAddress? {
        guard let destination else { return nil }
        if isMultiplexed { return destination }
        if let controlSource { return controlSource }
        if destination == signalled { return signalledControl ?? destination.with(port: destination.port &+ 1) }
        return destination.with(port: destination.port &+ 1)
    }

    /// Judges one RTP packet. No allocation.
    package mutating func receive(
        _ header: RTPHeader, from source: SocketAddress, now: MediaInstant
    ) -> MediaLatchVerdict {
        guard payloadTypes.contains(header.payloadType) else { return .drop(.payloadType) }
        switch state {
        case .open:
            guard source == signalled || challengers.record(header, from: source) >= rule.packets else {
                return .drop(.probing)
            }
            latchedSSRC = header.ssrc
            return latch(source, now: now)
        case .latched(let current, let heard, let mayMove):
            if source == current {
                latchedSSRC = header.ssrc
                // What was re-negotiated holds with its own address: others may follow until it has been heard.
                state = .latched(source: current, heard: now, mayMove: mayMove && source != signalled)
                return .accept
            }
            if source == signalled {
                latchedSSRC = header.ssrc
                return latch(source, now: now)
            }
            guard mayMove || mayFollow(header, from: source, current, silent: now.milliseconds(since: heard)) else {
                return .drop(.foreignSource)
            }
            guard challengers.record(header, from: source) >= rule.packets else { return .drop(.probing) }
            latchedSSRC = header.ssrc
            return latch(source, now: now)
        }
    }

    /// Whether a silent source may be replaced without a word from signalling: by the same stream from another place (a NAT that
    /// forgot the old way), or by the same host. A stranger knows neither the SSRC nor can it send from that host.
    private func mayFollow(
        _ header: RTPHeader, from source: SocketAddress, _ current: SocketAddress, silent milliseconds: Int
    ) -> Bool {
        milliseconds >= rule.silence && (header.ssrc == latchedSSRC || source.isSameHost(as: current))
    }

    /// Judges one RTCP datagram: accepted from where RTCP was signalled or the host that the leg is latched on, and
    /// where multiplexed from the very source of RTP. Keeps a latched source alive that sends no RTP.
    package mutating func receiveControl(from source: SocketAddress, now: MediaInstant) -> MediaLatchVerdict {
        guard case .latched(let current, _, let mayMove) = state else {
            let expected = isMultiplexed ? signalled : signalledControl
            return source == expected ? .accept : .drop(.foreignSource)
        }
        if isMultiplexed {
            guard source == current else { return .drop(.foreignSource) }
        } else {
            let isSignalled = source == signalledControl && current == signalled
            guard isSignalled || source.isSameHost(as: current) else { return .drop(.foreignSource) }
        }
        state = .latched(source: current, heard: now, mayMove: mayMove)
        guard !isMultiplexed, controlSource != source else { return .accept }
        controlSource = source
        return .acceptAndLatch
    }

    /// A new description of the peer has been agreed on. With another address the latch opens and media goes there;
    /// with the same one (refresh, hold and resume) it stays, but another source may follow by the rule.
    package mutating func remoteChanged(
        signalled: SocketAddress?, control: SocketAddress?, isMultiplexed: Bool, payloadTypes: PayloadTypeSet
    ) {
        self.payloadTypes = payloadTypes
        challengers.removeAll()
        if isMultiplexed != self.isMultiplexed {
            self.isMultiplexed = isMultiplexed
            controlSource = nil
        }
        guard let signalled = Self.usable(signalled) else {
            // c=0.0.0.0: nothing is sent, but the way back is remembered.
            beforeHold = beforeHold ?? self.signalled
            return
        }
        beforeHold = nil
        signalledControl = Self.usable(control)
        guard signalled == self.signalled else {
            self.signalled = signalled
            controlSource = nil
            state = .open
            return
        }
        if case .latched(let source, let heard, _) = state {
            state = .latched(source: source, heard: heard, mayMove: source != signalled)
        }
    }

    private mutating func latch(_ source: SocketAddress, now: MediaInstant) -> MediaLatchVerdict {
        let before = destination
        if latchedSource != source { controlSource = nil }
        challengers.removeAll()
        state = .latched(source: source, heard: now, mayMove: false)
        return before == source ? .accept : .acceptAndLatch
    }

    private static func usable(_ address: SocketAddress?) -> SocketAddress? {
        guard let address, !address.isUnspecified, address.port != 0 else { return nil }
        return address
    }
}
