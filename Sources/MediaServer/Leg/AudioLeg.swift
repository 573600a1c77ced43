// SPDX-License-Identifier: GPL-3.0-or-later
package import Audio
package import RTP

/// One leg's way in and out, top to bottom:
///
///     datagram -> classify -> latch -> oRTP session -> DTMF | jitter buffer -> decode, conceal   (20 ms frame each tick)
///     payload  -> oRTP session -> outgoing datagrams
///
/// Confined to one media thread; serves the focus's legs and the user agent's alike. Nothing is allocated per packet in here.
package final class AudioLeg {
    package let id: LegID
    package private(set) var settings: LegSettings
    /// Level, talking and the like, for the member behind the leg.
    package private(set) var lastLevel: UInt8 = 127
    /// Who stands in the newest packet's mix, with their levels; nobody where the peer does not mix (CSRC list, RFC 6465).
    package private(set) var contributing = ContributingSources.none
    /// Reports since `takeEvents`.
    private var events: [LegEvent] = []

    let sockets: LegSockets
    let session: RTPSession
    /// The SSRC of what comes in; nil before anything has. Another one: the other side has begun anew.
    package var remoteStream: UInt32? { session.remoteSSRC }
    let receiver: AudioReceiver
    private var latch: MediaLatch
    private var digits = TelephoneEventReceiver()
    private var keyRate = KeyRate()
    private var keyTones: KeyTones?
    private var sender: TelephoneEventSender?
    private(set) var drops = DropCounters()
    private var lastHeard: MediaInstant
    /// What flows of the peer's sound.
    private(set) var flow = SoundFlow()
    private var saidLost = false
    /// The source whose goodbye was reported: once is enough.
    private var goodbyeOf: UInt32?
    private let mediaTimeout: Int
    private var loss = LossBucket.none
    private var encoderHasChanged = false
    /// Ticks until oRTP is asked whether a report is due.
    private var untilPoll: Int

    /// - Parameters:
    ///   - mediaTimeout: ms without a packet after which the leg is reported lost; 0 for never.
    /// - Throws: what a codec refuses.
    package init(
        _ id: LegID, sockets: LegSockets, identity: LegIdentity, settings: LegSettings, outgoing: OutgoingDatagrams,
        mediaTimeout: Int, maximumDelay: Int, now: MediaInstant
    ) throws(AudioCodecError) {
        self.id = id
        self.sockets = sockets
        self.settings = settings
        self.mediaTimeout = mediaTimeout
        lastHeard = now
        // Spread over the second, or a large room would report all at once.
        untilPoll = Int(id.number % UInt64(Self.pollInterval))
        latch = MediaLatch(
            signalled: settings.remoteMedia, control: settings.remoteControl, isMultiplexed: settings.multiplexed,
            payloadTypes: settings.acceptedPayloadTypes, signallingHost: settings.signallingHost)
        session = RTPSession(
            RTPSessionConfiguration(
                canonicalName: identity.cname, ssrc: identity.ssrc,
                sendClockRate: settings.encoder.codec.rtpClockRate, receiving: settings.clocks,
                mixerToClientLevel: settings.mixLevelID, clientToMixerLevel: settings.senderLevelID),
            outgoing: outgoing)
        var buffering = JitterBufferConfiguration()
        buffering.maximumDelayMilliseconds = maximumDelay
        receiver = try AudioReceiver(
            codec: settings.encoder.codec, payloadTypes: settings.receiveCodecs, configuration: buffering,
            turn: Int(id.number % 1000))
        keyTones = settings.hearsKeyTones ? try KeyTones() : nil
        route()
    }

    /// Takes over what was negotiated anew. The sockets, the SSRC and what has been measured stay.
    package func update(_ settings: LegSettings, now: MediaInstant) {
        let old = self.settings
        guard settings != old else { return }
        self.settings = settings
        latch.remoteChanged(
            signalled: settings.remoteMedia, control: settings.remoteControl, isMultiplexed: settings.multiplexed,
            payloadTypes: settings.acceptedPayloadTypes, signallingHost: settings.signallingHost)
        session.receiving = settings.clocks
        session.mixerToClientLevel = settings.mixLevelID
        session.clientToMixerLevel = settings.senderLevelID
        session.changeSendClock(to: settings.encoder.codec.rtpClockRate)
        receiver.setPayloadTypes(settings.receiveCodecs)
        // Only memory could be lacking: its keys are not heard then.
        if settings.hearsKeyTones != old.hearsKeyTones { keyTones = settings.hearsKeyTones ? try? KeyTones() : nil }
        // A leg that was held owes nothing for the time of the hold.
        lastHeard = now
        saidLost = false
        route()
    }

    /// Where the peer is reached now.
    package var remote: SocketAddress { latch.destination ?? settings.remoteMedia }

    private func route() {
        let media = sockets.mediaDescriptor
        session.mediaRoute = latch.destination.map { DatagramRoute(descriptor: media, destination: $0) }
        let control = settings.multiplexed ? media : sockets.controlDescriptor
        session.controlRoute =
            settings.sendsReports
            ? latch.controlDestination.map { DatagramRoute(descriptor: control, destination: $0) } : nil
    }

    // MARK: In

    /// Takes a datagram from the RTP port, or from the RTCP port.
    /// - Parameters:
    ///   - now: when it arrived.
    ///   - waited: nanoseconds since then.
    package func receive(
        _ datagram: Span<UInt8>, from source: SocketAddress, now: MediaInstant, waited: Int64 = 0
    ) {
        switch DatagramKind(of: datagram) {
        case .rtp: receiveMedia(datagram, from: source, now: now, waited: waited)
        case .rtcp: receiveControl(datagram, from: source, now: now, waited: waited)
        case .stun, .zrtp, .dtls, .turnChannel, .unknown: drops.count(.notMedia)
        }
    }

    private func receiveMedia(
        _ datagram: Span<UInt8>, from source: SocketAddress, now: MediaInstant, waited: Int64
    ) {
        let header: RTPHeader
        do throws(RTPParseError) {
            header = try RTPHeader(parsing: datagram)
        } catch {
            return drops.count(.malformed)
        }
        switch latch.receive(header, from: source, now: now) {
        case .accept: break
        case .acceptAndLatch:
            route()
            events.append(.latched(source))
        case .drop(.payloadType): return drops.count(.payloadType)
        case .drop(.probing): return drops.count(.probing)
        case .drop(.foreignSource): return drops.count(.foreignSource)
        }
        lastHeard = now
        flow.came(now: now)
        guard case .packet(let accepted, _) = session.receive(datagram, from: source, now: now, waited: waited) else {
            return drops.count(.session)
        }
        if let clock = settings.receiveEvents[accepted.payloadType] {
            return receiveEvent(
                datagram.extracting(accepted.payload), timestamp: accepted.timestamp, marker: accepted.marker,
                clockRate: clock, now: now)
        }
        guard settings.receives else { return drops.count(.notReceiving) }
        if accepted.contributingSourceCount > 0 || !contributing.isEmpty {
            contributing = accepted.contributingSources(levels: settings.mixLevelID, in: datagram)
        }
        let level = settings.senderLevelID.flatMap { accepted.clientToMixerLevel($0, in: datagram) }
        unsafe datagram.extracting(accepted.payload).withUnsafeBytes { payload in
            _ = unsafe receiver.insert(accepted, payload: payload, arrival: now, level: level)
        }
    }

    /// A flood of keys ends here: unread once too many have come, so that a packet of it costs no more than any other.
    private func receiveEvent(
        _ payload: Span<UInt8>, timestamp: UInt32, marker: Bool, clockRate: Int, now: MediaInstant
    ) {
        guard keyRate.isOpen(now: now) else { return drops.count(.keyFlood) }
        let changes = digits.receive(payload, timestamp: timestamp, marker: marker, clockRate: clockRate, now: now)
        for case .pressed(let press) in changes {
            // Events that are no keys cost as much to read.
            guard keyRate.take() else { return drops.count(.keyFlood) }
            guard let digit = press.digit else { continue }
            events.append(.digit(digit.character))
        }
    }

    private func receiveControl(
        _ datagram: Span<UInt8>, from source: SocketAddress, now: MediaInstant, waited: Int64
    ) {
        switch latch.receiveControl(from: source, now: now) {
        case .accept: break
        case .acceptAndLatch: route()
        case .drop: return drops.count(.foreignSource)
        }
        lastHeard = now
        guard case .control(let arrival) = session.receiveControl(datagram, now: now, waited: waited) else {
            return drops.count(.malformed)
        }
        if arrival.saysGoodbye, goodbyeOf != session.remoteSSRC {
            goodbyeOf = session.remoteSSRC
            events.append(.goodbye)
        }
        if settings.adaptsToLoss, let report = arrival.report {
            let next = loss.next(fractionLost: Double(report.fractionLost) / 256)
            if next != loss { encoderHasChanged = true }
            loss = next
        }
    }

    /// What the leg is sent, adapted to the loss that its receiver reports.
    package var encoder: EncoderParameters {
        settings.adaptsToLoss ? settings.encoder.adapted(to: loss) : settings.encoder
    }

    /// What the leg is to be sent from now on, where that has changed since `tookEncoder`; else nil.
    var changedEncoder: EncoderParameters? { encoderHasChanged ? encoder : nil }

    func tookEncoder() { encoderHasChanged = false }

    /// The next 20 ms of what the peer says.
    ///
    /// - Parameters:
    ///   - now: the tick's deadline.
    ///   - wanted: false while nobody will hear it.
    package func playout(now: MediaInstant, wanted: Bool = true) -> ReceivedFrame {
        let frame = receiver.tick(now, wanted: wanted)
        lastLevel = frame.level.decibelsBelowOverload
        if let keyTones { hearKeys(in: frame, keyTones, now: now) }
        return frame
    }

    private func hearKeys(in frame: ReceivedFrame, _ tones: KeyTones, now: MediaInstant) {
        tones.hear(frame)
        while let digit = tones.next() {
            guard keyRate.isOpen(now: now), keyRate.take() else { return drops.count(.keyFlood) }
            events.append(.digit(digit.character))
        }
    }

    // MARK: Out

    /// Sends one packet, unless the peer does not want any or digits are being sent instead.
    ///
    /// - Parameter timestamp: RTP ticks of the payload's first sample, from any start.
    package func send(
        _ payload: Span<UInt8>, timestamp: UInt32, marker: Bool, level: AudioLevel? = nil,
        contributing: borrowing ContributingSources = .none, now: MediaInstant
    ) {
        guard settings.sends else { return }
        let packet = OutgoingPacket(
            payloadType: settings.sendPayloadType, marker: marker, timestamp: timestamp, level: level)
        session.send(payload, as: packet, contributing: contributing, now: now)
    }

    /// Sends DTMF keys, one after the other (RFC 4733).
    package func sendDigits(_ keys: String) {
        guard settings.sendEventPayloadType != nil else { return }
        sender = sender ?? TelephoneEventSender(clockRate: settings.sendEventClockRate)
        for digit in keys.compactMap({ DTMFDigit($0) }) { sender?.press(digit) }
    }

    /// Whether keys are being sent: the audio's own packets pause then.
    package var isSendingDigits: Bool { sender.map { !$0.isIdle } ?? false }

    /// Sends what of the keys is due in this tick.
    ///
    /// - Parameter timestamp: RTP ticks at the beginning of the tick, on the events' clock.
    package func sendDueDigits(timestamp: UInt32, now: MediaInstant) {
        guard let payloadType = settings.sendEventPayloadType, settings.sends else { return }
        guard let due = sender?.next(at: timestamp) else { return }
        let bytes = due.event.bytes
        let packet = OutgoingPacket(payloadType: payloadType, marker: due.marker, timestamp: due.timestamp)
        session.send(bytes.span, as: packet, now: now)
    }

    // MARK: Time

    /// Ticks: a second.
    private static let pollInterval = 50

    /// Once a tick: RTCP that is due, and whether the peer is still there.
    package func maintain(now: MediaInstant) {
        untilPoll -= 1
        if untilPoll <= 0 {
            untilPoll = Self.pollInterval
            session.poll(now: now)
        }
        guard mediaTimeout > 0, settings.receives, !settings.remoteHolds, !saidLost else { return }
        if now.milliseconds(since: lastHeard) > mediaTimeout {
            saidLost = true
            events.append(.mediaLost)
        }
    }

    /// Says RTCP BYE; nothing is sent afterwards.
    package func leave(reason: String?, now: MediaInstant) {
        session.sayGoodbye(reason: reason, now: now)
    }

    /// Hands over the reports since the last call.
    package func drainEvents(_ body: (LegEvent) -> Void) {
        guard !events.isEmpty else { return }
        for event in events { body(event) }
        events.removeAll(keepingCapacity: true)
    }
}

extension LegSettings {
    var clocks: PayloadClocks {
        var clocks = PayloadClocks()
        for (payloadType, codec) in receiveCodecs where payloadType < 128 {
            clocks.insert(payloadType, clockRate: codec.rtpClockRate)
        }
        for (payloadType, rate) in receiveEvents where payloadType < 128 {
            clocks.insert(payloadType, clockRate: rate, isTelephoneEvent: true)
        }
        return clocks
    }
}
