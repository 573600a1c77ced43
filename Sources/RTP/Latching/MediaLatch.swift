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
///   latched(X) ── N in a row from Y, X silent, same SSRC or host ▶ latched(Y)
///   latched(X) ── N in a row from Y, where signalling comes from ▶ latched(Y)           X from elsewhere, not signalled
///   latched(Y) ── from X, the stream that Y's own stood in for ──▶ latched(X)
/// ```
///
/// "In a row": one source, one SSRC, each sequence number the successor of the one before, payload types negotiated.
/// "Silent": for `silence`; for `settling` only after a re-negotiation, until X is heard again.
/// The signalled address is believed at once, since signalling named it.
package struct MediaLatch: Sendable {
    /// The rule's numbers.
    package struct Rule: Hashable, Sendable {
        /// Packets in a row that another source than the signalled one must send.
        package var packets: Int
        /// Silence after which a latched source may be replaced, milliseconds.
        package var silence: Int
        /// The same where a re-negotiation came since it was heard, milliseconds: it may come another way after a hold.
        package var settling: Int
        /// Silence after which RTCP may come from another port than it did, milliseconds: three reports' worth.
        package var controlSilence: Int

        package init(packets: Int = 3, silence: Int = 3000, settling: Int = 200, controlSilence: Int = 15_000) {
            precondition(packets > 0 && silence > 0, "a latch needs packets and a silence to count")
            self.packets = packets
            self.silence = silence
            self.settling = settling
            self.controlSilence = controlSilence
        }
    }

    /// A source with what it sends.
    private struct Stream: Hashable {
        var source: SocketAddress
        var ssrc: UInt32
    }

    private enum State {
        /// Nobody has been heard; media goes to the signalled address.
        case open
        /// Media goes to `source`, last heard at `heard`; `unsettled`: packets that it still owes since a re-negotiation.
        case latched(source: SocketAddress, heard: MediaInstant, unsettled: Int)
    }

    private let rule: Rule
    private var state = State.open
    /// SSRC of the last packet accepted.
    private var latchedSSRC: UInt32?
    /// Whom the latched source, with another SSRC, took the place of: it may only have been quiet.
    private var former: Stream?
    private var challengers = LatchChallengers()
    private var payloadTypes: PayloadTypeSet
    private var signalled: SocketAddress?
    private var signalledControl: SocketAddress?
    /// Where the peer's signalling comes from: most often its own host, or the NAT before it.
    private var signallingHost: SocketAddress?
    /// Where RTCP came from last, while latched.
    private var controlSource: SocketAddress?
    private var controlHeard = MediaInstant.zero
    private var isMultiplexed: Bool
    /// The signalled address before a hold put 0.0.0.0 in its place.
    private var beforeHold: SocketAddress?

    /// - Parameters:
    ///   - signalled: the peer's RTP address from SDP; nil while unknown.
    ///   - control: the peer's RTCP address from SDP (`a=rtcp`, else RTP's port + 1); ignored where multiplexed.
    ///   - payloadTypes: what the peer may send.
    ///   - signallingHost: where its signalling comes from; the port is ignored, nil where that says nothing.
    package init(
        signalled: SocketAddress?, control: SocketAddress?, isMultiplexed: Bool, payloadTypes: PayloadTypeSet,
        signallingHost: SocketAddress? = nil, rule: Rule = .init()
    ) {
        self.signallingHost = signallingHost
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
        case .latched(let current, let heard, let unsettled):
            if source == current {
                latchedSSRC = header.ssrc
                state = .latched(source: current, heard: now, unsettled: max(0, unsettled - 1))
                return .accept
            }
            if source == signalled || former == Stream(source: source, ssrc: header.ssrc) {
                latchedSSRC = header.ssrc
                return latch(source, now: now)
            }
            let silence = unsettled > 0 ? rule.settling : rule.silence
            let isSilent = now.milliseconds(since: heard) >= silence
            let isTruer = isTruer(source, than: current)
            guard isTruer || isSilent && mayFollow(header, from: source, current) else {
                return .drop(.foreignSource)
            }
            guard challengers.record(header, from: source) >= rule.packets else { return .drop(.probing) }
            let replaced = latchedSSRC.flatMap { $0 == header.ssrc ? nil : Stream(source: current, ssrc: $0) }
            latchedSSRC = header.ssrc
            let verdict = latch(source, now: now)
            former = isTruer ? nil : replaced
            return verdict
        }
    }

    /// Whether media and signalling come from one host and did not so far. Whoever sends to all ports of ours at random may
    /// be there before a phone behind a NAT has sent its first packets, and must not keep it out.
    private func isTruer(_ source: SocketAddress, than current: SocketAddress) -> Bool {
        guard let signallingHost, current != signalled else { return false }
        return source.isSameHost(as: signallingHost) && !current.isSameHost(as: signallingHost)
    }

    /// Whether a source may take the place of a silent one: the same stream from another place (a NAT that forgot the
    /// old way), or the same host. A stranger knows neither the SSRC nor can it send from that host, its neighbours
    /// behind the same NAT excepted: what they take over, the former source takes back with its next packet.
    private func mayFollow(_ header: RTPHeader, from source: SocketAddress, _ current: SocketAddress) -> Bool {
        header.ssrc == latchedSSRC || source.isSameHost(as: current)
    }

    /// Judges one RTCP datagram: accepted from where RTCP was signalled or, of the host that the leg is latched on,
    /// from the port above RTP's or else the one that it came from before; where multiplexed from the very source of
    /// RTP. Keeps a latched source alive that sends no RTP.
    package mutating func receiveControl(from source: SocketAddress, now: MediaInstant) -> MediaLatchVerdict {
        guard case .latched(let current, _, let unsettled) = state else {
            let expected = isMultiplexed ? signalled : signalledControl
            return source == expected ? .accept : .drop(.foreignSource)
        }
        guard isMultiplexed ? source == current : mayControl(source, current, now: now) else {
            return .drop(.foreignSource)
        }
        state = .latched(source: current, heard: now, unsettled: unsettled)
        guard !isMultiplexed else { return .accept }
        controlHeard = now
        guard controlSource != source else { return .accept }
        controlSource = source
        return .acceptAndLatch
    }

    private func mayControl(_ source: SocketAddress, _ current: SocketAddress, now: MediaInstant) -> Bool {
        if source == signalledControl && current == signalled { return true }
        guard source.isSameHost(as: current) else { return false }
        guard let controlSource, source != controlSource, source.port != current.port &+ 1 else { return true }
        return now.milliseconds(since: controlHeard) >= rule.controlSilence
    }

    /// A new description of the peer has been agreed on. With another address the latch opens and media goes there;
    /// with the same one (refresh, hold and resume) it stays, but until its source is heard another may follow sooner.
    package mutating func remoteChanged(
        signalled: SocketAddress?, control: SocketAddress?, isMultiplexed: Bool, payloadTypes: PayloadTypeSet,
        signallingHost: SocketAddress? = nil
    ) {
        self.signallingHost = signallingHost
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
            former = nil
            state = .open
            return
        }
        if case .latched(let source, let heard, _) = state {
            state = .latched(source: source, heard: heard, unsettled: source == signalled ? 0 : rule.packets)
        }
    }

    private mutating func latch(_ source: SocketAddress, now: MediaInstant) -> MediaLatchVerdict {
        let before = destination
        if latchedSource != source { controlSource = nil }
        challengers.removeAll()
        former = nil
        state = .latched(source: source, heard: now, unsettled: 0)
        return before == source ? .accept : .acceptAndLatch
    }

    private static func usable(_ address: SocketAddress?) -> SocketAddress? {
        guard let address, !address.isUnspecified, address.port != 0 else { return nil }
        return address
    }
}
