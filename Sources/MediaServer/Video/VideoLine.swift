// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import RTP
import SDP
import Video

/// One video line of a leg:
///
///     what the peer sends here -> `VideoSource`, its camera or screen                                  to whoever is shown it
///     whoever is shown here -> `VideoForwarder` (one SSRC, numbers that go on) -> outgoing datagrams
///
/// Confined to its room's thread. Nothing is allocated per packet in here.
final class VideoLine: VideoOrigin {
    let role: VideoRole
    /// Whose line it is.
    let owner: LegID
    let identity: VideoIdentity
    let transport: VideoTransport
    /// The peer's camera or screen; nil for a line that goes one way, to the peer.
    let source: VideoSource?
    private(set) var settings: VideoLineSettings
    var forwarder: VideoForwarder
    /// What the peer says that it can take of what is shown here.
    var taken = ReceiverLimit()
    /// A limit of the peer's that is to be answered (TMMBN), and whose it is.
    var unanswered: TemporaryMaximumBitrate?
    /// What the peer's camera was told that it may send, bits a second; nil before that.
    var toldLimit: Int?
    /// The same as the peer has confirmed it, and for which SSRC (TMMBN).
    var confirmedLimit: (ssrc: UInt32, bitrate: Int)?
    /// What the line is meant to show.
    var selected: VideoSourceID?
    var limit = ResendLimit(capacity: 256)
    /// Packets that may be sent again before the next look at the clock: a flood of NACKs makes no flood of packets.
    var resendsLeft = VideoLine.resends

    /// In each 5 ms.
    static let resends = 16

    private var name: LineName
    /// Sequence number.
    private var nextRetransmission = UInt16.random(in: 0 ... .max)
    private(set) var resent: UInt64 = 0
    private(set) var unsendable: UInt64 = 0
    /// What the peer's last report says of our packets, 256ths.
    var remoteFractionLost: UInt8 = 0
    /// What had been sent when the peer last reported.
    private var judged: (octets: UInt32, instant: MediaInstant)?
    /// Milliseconds; nil before the first measurement.
    var roundTrip: Double?

    private let report: (LegID, LegEvent) -> Void
    /// The newest packet that left: its RTP time, and when the sound that belongs to it is mixed. Reports tie the two, as the audio's
    /// tie its own to its mixing (RFC 3550 §6.4.1): whoever plays both by the reports plays them together.
    private(set) var lastSent: (timestamp: UInt32, instant: MediaInstant)?
    private(set) var packetsSent: UInt32 = 0
    private(set) var octetsSent: UInt32 = 0
    /// Of the last report of ours.
    var reportedPackets: UInt32 = 0
    var nextReport: MediaInstant

    init(
        _ line: VideoSetup.Line, of owner: LegID, over transport: VideoTransport, now: MediaInstant,
        report: @escaping (LegID, LegEvent) -> Void
    ) {
        role = line.role
        self.owner = owner
        identity = line.identity
        self.transport = transport
        settings = line.settings
        self.report = report
        source = VideoSource.Content(role).map { content in
            VideoSource(
                VideoSourceID(rawValue: line.identity.sourceID), content, of: owner, codec: line.settings.codec,
                ways: line.settings.keyframeWays, asksForPackets: line.settings.asksForPackets)
        }
        var forwarding = VideoForwarderConfiguration(
            ssrc: line.identity.ssrc, payloadTypes: line.settings.payloadTypes)
        forwarding.readsNonInterleaved = line.settings.isNonInterleaved
        forwarding.firstSequence = .random(in: 0 ... .max)
        forwarding.firstTimestamp = .random(in: 0 ... .max)
        forwarding.firstPictureID = .random(in: 0...0x7FFF)
        forwarder = VideoForwarder(forwarding)
        name = LineName(line.settings)
        // The first at once: it opens the way through a NAT.
        nextReport = now
        source?.origin = self
        updateSource()
    }

    /// Takes over what was negotiated anew. Ports, SSRC and numbers go on.
    func update(_ settings: VideoLineSettings) {
        guard settings != self.settings else { return }
        self.settings = settings
        name = LineName(settings)
        forwarder.configuration.payloadTypes = settings.payloadTypes
        forwarder.configuration.readsNonInterleaved = settings.isNonInterleaved
        updateSource()
    }

    private func updateSource() {
        guard let source else { return }
        source.broker.ways = settings.keyframeWays
        source.asksForPackets = settings.asksForPackets
        source.isNonInterleaved = settings.isNonInterleaved
        source.takesLimits = settings.knowsEstimates || settings.knowsLimits
        source.health.setCamera(off: !settings.receives)
    }

    // MARK: In

    /// Whether a packet that came for this line is of a kind that is expected now.
    func accepts(_ header: RTPHeader) -> Bool {
        guard let source, settings.receives, source.health.state != .absent(.held) else { return false }
        return settings.receiveCodecs[header.payloadType] != nil
            || settings.receiveRetransmissions[header.payloadType] != nil
    }

    func ask(_ ask: KeyframeAsk) {
        switch ask {
        case .pictureLoss, .fullIntra: send(ask)
        case .fastUpdate: report(owner, .keyframeWanted)
        }
    }

    // MARK: Out

    /// Whether packets of that source are looked at for this line.
    func watches(_ source: VideoSourceID) -> Bool {
        selected != nil && (forwarder.shown == source || forwarder.awaited == source)
    }

    /// Whether the peer was offered, and takes, what that source is now.
    func reads(_ source: VideoSource) -> Bool {
        settings.payloadTypes[source.codec] != nil
            && (source.codec != .h264 || settings.isNonInterleaved || !source.isNonInterleaved)
            && takesSize(of: source)
    }

    /// Whether pictures are as small as the peer says that it takes them (RFC 6184 §8.1, RFC 7741 §6.1).
    func takesSize(of source: VideoSource) -> Bool {
        // Made for those who are shown it.
        guard source.content != .canvas, let size = source.pictureSize else { return true }
        return settings.limits.macroblocksPerPicture.map { $0 <= Self.levelOne } ?? true
            || settings.limits.allow(width: size.width, height: size.height)
    }

    /// Macroblocks of level 1, which is H.264's for whoever says nothing: that is no limit of a telephone's.
    private static let levelOne = 99

    /// Takes what the peer loses for what it can take, where it says nothing itself.
    /// - Parameter cameraLoses: share of packets that had not even come here.
    func judge(_ block: ReportBlock, cameraLoses: Double, now: MediaInstant) {
        let before = judged
        guard before.map({ now.milliseconds(since: $0.instant) >= Self.judgedAfter }) ?? true else { return }
        judged = (octetsSent, now)
        guard let before else { return }
        let rate = Int(octetsSent &- before.octets) * 8000 / now.milliseconds(since: before.instant)
        taken.reported(lost: max(0, Double(block.fractionLost) / 256 - cameraLoses), of: rate)
    }

    /// Milliseconds: in less too little is sent to tell anything.
    private static let judgedAfter = 500

    /// What it shows, or is about to.
    var watched: VideoSourceID? { forwarder.awaited ?? forwarder.shown }

    /// Nothing goes to the peer from here any more.
    func stop(now: MediaInstant) {
        selected = nil
        forwarder.select(nil, now: now)
    }

    /// Sends a packet of a source, its parameter sets before it where they are due.
    /// - Parameter datagram: as it came, in the store of the line's ports.
    func send(_ packet: ForwardedPacket, _ datagram: SharedPayload, of source: VideoSource, now: MediaInstant) {
        if packet.parameterSetPackets > 0 { send(source.parameterSets, before: packet) }
        let (head, size) = name.head(of: packet, octets: packet.rest.count)
        let isSent = transport.send(head.span.extracting(0..<size), datagram, packet.rest)
        note(packet, octets: packet.rest.count, isSent)
        lastSent = (packet.timestamp, now.advanced(byNanoseconds: source.soundDelay))
    }

    /// Sends a packet once more: in the stream for that where there is one (RFC 4588), else as it was.
    func resend(_ packet: ForwardedPacket, _ datagram: Span<UInt8>) {
        resent &+= 1
        guard let payloadType = settings.sendRetransmissions[packet.payloadType] else {
            return emit(packet, datagram.extracting(packet.rest))
        }
        var original = InlineArray<1500, UInt8>(repeating: 0)
        var wrapped = InlineArray<1500, UInt8>(repeating: 0)
        var writable = original.mutableSpan
        guard let size = packet.write(from: datagram, into: &writable) else { return }
        let whole = original.span.extracting(0..<size)
        var buffer = wrapped.mutableSpan
        guard let header = try? RTPHeader(parsing: whole),
            let length = RetransmissionPacket.wrap(
                whole, header: header, payloadType: payloadType, ssrc: identity.retransmissionSSRC,
                sequenceNumber: nextRetransmission, into: &buffer),
            transport.send(wrapped.span.extracting(0..<length), whole.extracting(0..<0))
        else {
            unsendable &+= 1
            return
        }
        nextRetransmission &+= 1
    }

    private func send(_ sets: H264ParameterSets, before packet: ForwardedPacket) {
        if packet.parameterSetPackets == 1, sets.count > 1 {
            var aggregate = InlineArray<1400, UInt8>(repeating: 0)
            var writable = aggregate.mutableSpan
            guard let size = sets.writeAggregate(into: &writable, at: 0) else { return }
            return emit(packet.head(ofParameterSet: 0), aggregate.span.extracting(0..<size))
        }
        for index in 0..<packet.parameterSetPackets {
            if let unit = sets.unit(Int(index)) { emit(packet.head(ofParameterSet: index), unit.span) }
        }
    }

    private func emit(_ packet: ForwardedPacket, _ rest: Span<UInt8>) {
        let (head, size) = name.head(of: packet, octets: rest.count)
        note(packet, octets: rest.count, transport.send(head.span.extracting(0..<size), rest))
    }

    /// - Parameter octets: behind the head.
    private func note(_ packet: ForwardedPacket, octets: Int, _ isSent: Bool) {
        guard isSent else {
            unsendable &+= 1
            return
        }
        packetsSent &+= 1
        octetsSent &+= UInt32(clamping: packet.headSize - packet.headerSize + octets)
    }
}

extension VideoSource.Content {
    /// What the peer sends on a line for that; nil where it sends nothing.
    init?(_ role: VideoRole) {
        switch role {
        case .main: self = .camera
        case .slides: self = .screen
        case .slot: return nil
        }
    }
}
