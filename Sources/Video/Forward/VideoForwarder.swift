// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// What a receiver of forwarded video takes, and how its stream begins.
package struct VideoForwarderConfiguration: Hashable, Sendable {
    /// SSRC of everything that goes to the receiver.
    package var ssrc: UInt32
    package var payloadTypes: PayloadTypeMap
    /// Whether the receiver reads H.264 aggregates and fragments (packetization-mode 1).
    package var readsNonInterleaved = true
    /// The first numbers; random by custom (RFC 3550 §5.1).
    package var firstSequence: UInt16 = 0
    package var firstTimestamp: UInt32 = 0
    package var firstPictureID: UInt16 = 0
    /// Milliseconds that the old source goes on while the new one's key frame does not come.
    package var switchDeadline = 3000

    package init(ssrc: UInt32, payloadTypes: PayloadTypeMap) {
        self.ssrc = ssrc
        self.payloadTypes = payloadTypes
    }
}

/// Where a packet that went to a receiver came from: what a NACK of it asks for.
package struct ForwardOrigin: Hashable, Sendable {
    package var source: VideoSourceID
    /// SSRC of the source at the time.
    package var ssrc: UInt32
    /// In the source's own numbers.
    package var sequenceNumber: UInt16
}

/// One stream to one receiver, made of whichever source is selected: one SSRC, and sequence numbers, timestamps and
/// VP8's running numbers that go on over switches (RFC 7667 §3.7, RFC 7741 §4.2).
///
/// ```
///   idle ── select(S) ──────────────▶ waiting(S) ── key frame of S ──▶ forwarding(S)
///   forwarding(S) ── select(T) ─────▶ switching(S, T)                  S goes on
///   switching(S, T) ── key frame of T ▶ forwarding(T)
///   switching(S, T) ── deadline ────▶ waiting(T)                       S has been shown long enough
///   switching(S, T) ── select(S) ───▶ forwarding(S)
///   any ── select(nil) ─────────────▶ idle
/// ```
///
/// Within a source, outgoing numbers are incoming ones plus a constant: packets lost on the way in leave holes that the
/// receiver can ask for, and what comes late fills them. A source that starts anew (SSRC, numbers, clock) goes on at
/// its next key frame. Allocates only at a switch. Confined to one thread; time comes in as an argument. Not copyable, so that
/// a look at one in its owner's memory costs no copy.
package struct VideoForwarder: ~Copyable, Sendable {
    private enum State: Hashable {
        case idle
        case waiting(VideoSourceID)
        case forwarding
        case switching(VideoSourceID, deadline: MediaInstant)
    }

    /// Stretches that a NACK may still ask for.
    private static let remembered = 4
    /// RTP ticks that a switch takes at the least, 10 ms.
    private static let shortestStep = 900

    /// What the receiver takes may change with a new description; SSRC and first numbers count only at the beginning.
    package var configuration: VideoForwarderConfiguration
    private var state = State.idle
    /// The stretch that goes on, or the last one.
    var run: ForwardRun?
    var past: [ForwardRun] = []
    /// The source that goes on has started anew.
    private var hasBrokenOff = false
    /// VP8 numbers of the last packet.
    private var pictureID: UInt16
    private var baseLayer: UInt16 = 0
    private var keyIndex: UInt16 = 0
    private var drops = InlineArray<5, Int>(repeating: 0)

    /// Packets that went out.
    package private(set) var forwarded = 0
    /// Times that another source began to be shown.
    package private(set) var switches = 0

    package init(_ configuration: VideoForwarderConfiguration) {
        self.configuration = configuration
        pictureID = (configuration.firstPictureID &- 1) & 0x7FFF
        past.reserveCapacity(Self.remembered + 1)
    }

    /// Packets that did not go for that reason.
    package func count(_ drop: ForwardDrop) -> Int { drops[drop.rawValue] }

    /// The source that the receiver sees; nil where nothing goes.
    package var shown: VideoSourceID? {
        switch state {
        case .idle, .waiting: nil
        case .forwarding, .switching: run?.source
        }
    }

    /// The source whose key frame is waited for: to be asked for one, more than once if need be.
    package var awaited: VideoSourceID? {
        switch state {
        case .idle: nil
        case .waiting(let source), .switching(let source, _): source
        case .forwarding: hasBrokenOff ? run?.source : nil
        }
    }

    /// When `timePassed` is to be called.
    package var nextDeadline: MediaInstant? {
        guard case .switching(_, let deadline) = state else { return nil }
        return deadline
    }

    // MARK: - Selection

    /// Shows `source` from its next key frame on; nil: nothing from now on.
    /// - Returns: whether that waits for a key frame, which is to be asked for.
    @discardableResult
    package mutating func select(_ source: VideoSourceID?, now: MediaInstant) -> Bool {
        guard let source else {
            state = .idle
            return false
        }
        switch state {
        case .idle, .waiting: state = .waiting(source)
        case .forwarding, .switching:
            if run?.source == source {
                state = .forwarding
                return hasBrokenOff
            }
            if case .switching(source, _) = state { return true }
            state = .switching(source, deadline: now.advanced(byMilliseconds: configuration.switchDeadline))
        }
        return true
    }

    /// A source is gone: it is neither shown nor waited for any longer.
    package mutating func remove(_ source: VideoSourceID) {
        switch state {
        case .idle: break
        case .waiting(let target): if target == source { state = .idle }
        case .forwarding: if run?.source == source { state = .idle }
        case .switching(let target, _):
            if target == source {
                state = .forwarding
            } else if run?.source == source {
                state = .waiting(target)
            }
        }
    }

    /// To be called at `nextDeadline`, or as often as one likes.
    /// - Returns: what is `awaited`: to ask for that by itself costs a copy of all this, for each line in every tick.
    @discardableResult
    package mutating func timePassed(now: MediaInstant) -> VideoSourceID? {
        switch state {
        case .idle: return nil
        case .waiting(let source): return source
        case .switching(let target, let deadline):
            if now >= deadline { state = .waiting(target) }
            return target
        case .forwarding: return hasBrokenOff ? run?.source : nil
        }
    }

    // MARK: - Packets

    /// Judges a packet of `source`. No allocation but at a switch.
    /// - Parameters:
    ///   - contributor: whose picture the receiver is told that it is, from the source's key frame on; nil says nothing.
    ///   - parameterSetPackets: packets that the source's `H264ParameterSets` take at this receiver: 1 as an aggregate,
    ///     their count in packetization-mode 0; 0 where there are none, or the codec is another. As many sequence
    ///     numbers are left free before an IDR picture that comes without.
    package mutating func receive(
        _ packet: VideoPacket, from source: VideoSourceID, contributor: UInt32? = nil, parameterSetPackets: Int = 0,
        now: MediaInstant
    ) -> ForwardVerdict {
        let verdict = judge(
            packet, from: source, contributor: contributor, parameterSets: UInt8(clamping: parameterSetPackets),
            now: now)
        switch verdict {
        case .forward: forwarded += 1
        case .drop(let reason): drops[reason.rawValue] += 1
        }
        return verdict
    }

    private mutating func judge(
        _ packet: VideoPacket, from source: VideoSourceID, contributor: UInt32?, parameterSets: UInt8, now: MediaInstant
    ) -> ForwardVerdict {
        let isAwaited: Bool
        switch state {
        case .idle: return .drop(.notSelected)
        case .waiting(let target):
            guard source == target else { return .drop(.notSelected) }
            isAwaited = true
        case .forwarding:
            guard source == run?.source else { return .drop(.notSelected) }
            isAwaited = false
        case .switching(let target, _):
            guard source == target || source == run?.source else { return .drop(.notSelected) }
            isAwaited = source == target
        }
        guard let payloadType = configuration.payloadTypes[packet.codec] else { return .drop(.codec) }
        guard configuration.readsNonInterleaved || !packet.needsNonInterleavedMode else {
            return .drop(.packetizationMode)
        }
        if !isAwaited, run?.isContinued(by: packet, now: now) == true {
            return proceed(packet, payloadType: payloadType, parameterSets: parameterSets, now: now)
        }
        guard packet.startsKeyframe else {
            if !isAwaited { hasBrokenOff = true }
            return .drop(.awaitingKeyframe)
        }
        return .forward(
            begin(
                packet, from: source, contributor: contributor, payloadType: payloadType,
                parameterSets: parameterSets, now: now))
    }

    private mutating func begin(
        _ packet: VideoPacket, from source: VideoSourceID, contributor: UInt32?, payloadType: UInt8,
        parameterSets: UInt8, now: MediaInstant
    ) -> ForwardedPacket {
        let free = packet.lacksParameterSets ? parameterSets : 0
        var outgoing = 65536 + Int64(configuration.firstSequence)
        var timestamp = configuration.firstTimestamp
        if let run {
            outgoing = run.newestOutgoing + 1
            let passed = ForwardRun.ticks(now.nanoseconds(since: run.newestArrival))
            timestamp =
                run.newestOutgoingTimestamp &+ UInt32(truncatingIfNeeded: max(passed, Self.shortestStep))
            past.append(run)
            if past.count > Self.remembered { past.removeFirst() }
        }
        var incoming = SequenceUnwrapper()
        let first = incoming.take(packet.header.sequenceNumber)
        var begun = ForwardRun(
            source: source, ssrc: packet.header.ssrc, contributor: contributor, codec: packet.codec,
            firstIncoming: first, incoming: incoming, sequenceOffset: outgoing + Int64(free) - first,
            timestampOffset: timestamp &- packet.header.timestamp,
            newestTimestamp: packet.header.timestamp, newestArrival: now)
        begun.take(packet, now: now)
        if free > 0 { begun.parameterSetTimestamp = packet.header.timestamp }
        if run?.source != source || shown == nil { switches += 1 }
        state = .forwarding
        hasBrokenOff = false
        var sent = rewrite(packet, payloadType: payloadType, in: &begun)
        run = begun
        sent.startsSource = true
        sent.parameterSetPackets = free
        return sent
    }

    private mutating func proceed(
        _ packet: VideoPacket, payloadType: UInt8, parameterSets: UInt8, now: MediaInstant
    ) -> ForwardVerdict {
        guard var current = run else { return .drop(.notSelected) }
        let incoming = current.incoming.peek(packet.header.sequenceNumber)
        guard incoming >= current.firstIncoming else { return .drop(.late) }
        var free: UInt8 = 0
        // The receiver may have missed the parameter sets that it got before the first picture: every IDR picture gets
        // its own. The numbers move on by as many, and holes before it stay holes.
        if packet.lacksParameterSets, parameterSets > 0, incoming > current.incoming.highest ?? incoming,
            current.parameterSetTimestamp != packet.header.timestamp
        {
            past.append(current)
            if past.count > Self.remembered { past.removeFirst() }
            free = parameterSets
            current.firstIncoming = incoming
            current.sequenceOffset += Int64(free)
        }
        current.take(packet, now: now)
        if free > 0 { current.parameterSetTimestamp = packet.header.timestamp }
        hasBrokenOff = false
        var sent = rewrite(packet, payloadType: payloadType, in: &current)
        run = current
        sent.parameterSetPackets = free
        return .forward(sent)
    }

    /// The packet in the numbers of the stretch `current`, whose running numbers move on with it.
    private mutating func rewrite(
        _ packet: VideoPacket, payloadType: UInt8, in current: inout ForwardRun
    ) -> ForwardedPacket {
        let header = packet.header
        var sent = ForwardedPacket(
            payloadType: payloadType, marker: header.marker, sequenceNumber: 0, timestamp: 0, ssrc: configuration.ssrc,
            rest: header.payload)
        sent.sequenceNumber = UInt16(
            truncatingIfNeeded: current.incoming.peek(header.sequenceNumber) + current.sequenceOffset)
        sent.timestamp = header.timestamp &+ current.timestampOffset
        sent.contributor = current.contributor
        guard var descriptor = packet.vp8 else { return sent }
        if let number = descriptor.pictureID {
            let bits = descriptor.isLongPictureID ? 15 : 7
            var pictures =
                current.pictures
                ?? RunningNumber(incoming: number, bits: bits, leavesAs: pictureID &+ 1, bits: 15)
            descriptor.pictureID = pictures.advance(to: number, bits: bits)
            descriptor.isLongPictureID = true
            pictureID = pictures.outgoing
            current.pictures = pictures
        }
        if let number = descriptor.baseLayerIndex {
            var layers =
                current.baseLayers
                ?? RunningNumber(incoming: UInt16(number), bits: 8, leavesAs: baseLayer &+ 1, bits: 8)
            descriptor.baseLayerIndex = UInt8(truncatingIfNeeded: layers.advance(to: UInt16(number), bits: 8))
            baseLayer = layers.outgoing
            current.baseLayers = layers
        }
        if let number = descriptor.keyIndex {
            var keys =
                current.keyframes
                ?? RunningNumber(incoming: UInt16(number), bits: 5, leavesAs: keyIndex &+ 1, bits: 5)
            descriptor.keyIndex = UInt8(truncatingIfNeeded: keys.advance(to: UInt16(number), bits: 5))
            keyIndex = keys.outgoing
            current.keyframes = keys
        }
        sent.descriptor = descriptor
        sent.rest = (header.payload.lowerBound + packet.descriptorSize)..<header.payload.upperBound
        return sent
    }
}
