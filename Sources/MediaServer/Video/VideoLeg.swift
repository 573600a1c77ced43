// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

/// The video of one leg, both ways:
///
///     datagram -> classify -> latch -> camera (`VideoSource`)                                    to whoever is shown it
///     whoever is shown here -> `VideoForwarder` (one SSRC, numbers that go on) -> outgoing datagrams
///
/// Confined to its room's thread. Nothing is allocated per packet in here.
final class VideoLeg: VideoOrigin {
    let id: LegID
    let sockets: LegSockets
    let identity: VideoIdentity
    let source: VideoSource
    private(set) var settings: VideoLegSettings
    var forwarder: VideoForwarder
    /// The camera that the leg is meant to see.
    var selected: VideoSourceID?
    var limit = ResendLimit(capacity: 256)
    /// Packets that may be sent again before the next look at the clock: a flood of NACKs makes no flood of packets.
    var resendsLeft = VideoLeg.resends
    /// The mixer hears the leg.
    var talks = false

    /// In each 5 ms.
    static let resends = 16

    private(set) var drops = DropCounters()
    private(set) var resent: UInt64 = 0
    private(set) var unsendable: UInt64 = 0
    /// What the peer's last report says of our packets, 256ths.
    var remoteFractionLost: UInt8 = 0
    /// Milliseconds; nil before the first measurement.
    var roundTrip: Double?

    let outgoing: OutgoingDatagrams
    private let report: (LegID, LegEvent) -> Void
    private var latch: MediaLatch
    private var mediaRoute: DatagramRoute?
    private(set) var controlRoute: DatagramRoute?
    /// The newest packet that left: RTP time and when.
    private(set) var lastSent: (timestamp: UInt32, instant: MediaInstant)?
    private(set) var packetsSent: UInt32 = 0
    private(set) var octetsSent: UInt32 = 0
    /// Of the last report of ours.
    var reportedPackets: UInt32 = 0
    var nextReport: MediaInstant

    init(
        _ id: LegID, source: VideoSourceID, sockets: LegSockets, identity: VideoIdentity, settings: VideoLegSettings,
        outgoing: OutgoingDatagrams, now: MediaInstant, report: @escaping (LegID, LegEvent) -> Void
    ) {
        self.id = id
        self.sockets = sockets
        self.identity = identity
        self.settings = settings
        self.outgoing = outgoing
        self.report = report
        self.source = VideoSource(
            source, .camera, of: id, codec: settings.codec, ways: settings.keyframeWays,
            asksForPackets: settings.asksForPackets)
        var forwarding = VideoForwarderConfiguration(ssrc: identity.ssrc, payloadTypes: settings.payloadTypes)
        forwarding.readsNonInterleaved = settings.isNonInterleaved
        forwarding.firstSequence = .random(in: 0 ... .max)
        forwarding.firstTimestamp = .random(in: 0 ... .max)
        forwarding.firstPictureID = .random(in: 0...0x7FFF)
        forwarder = VideoForwarder(forwarding)
        latch = MediaLatch(
            signalled: settings.remoteMedia, control: settings.remoteControl, isMultiplexed: settings.multiplexed,
            payloadTypes: settings.acceptedPayloadTypes)
        // The first at once: it opens the way through a NAT.
        nextReport = now
        self.source.origin = self
        self.source.health.setCamera(off: !settings.receives)
        route()
    }

    func ask(_ ask: KeyframeAsk) {
        switch ask {
        case .pictureLoss, .fullIntra: send(ask)
        case .fastUpdate: report(id, .keyframeWanted)
        }
    }

    /// Takes over what was negotiated anew. Sockets, SSRC and numbers go on.
    func update(_ settings: VideoLegSettings) {
        guard settings != self.settings else { return }
        self.settings = settings
        latch.remoteChanged(
            signalled: settings.remoteMedia, control: settings.remoteControl, isMultiplexed: settings.multiplexed,
            payloadTypes: settings.acceptedPayloadTypes)
        forwarder.configuration.payloadTypes = settings.payloadTypes
        forwarder.configuration.readsNonInterleaved = settings.isNonInterleaved
        source.broker.ways = settings.keyframeWays
        source.asksForPackets = settings.asksForPackets
        route()
    }

    private func route() {
        let media = sockets.mediaDescriptor
        mediaRoute = latch.destination.map { DatagramRoute(descriptor: media, destination: $0) }
        let descriptor = settings.multiplexed ? media : sockets.controlDescriptor ?? media
        controlRoute =
            settings.sendsReports
            ? latch.controlDestination.map { DatagramRoute(descriptor: descriptor, destination: $0) } : nil
    }

    // MARK: In

    func drop(_ reason: DropReason) { drops.count(reason) }

    /// Reads a datagram of the RTP port that is RTP.
    /// - Returns: nil where it is not of the leg's camera; counted.
    func accept(_ datagram: Span<UInt8>, from address: SocketAddress, now: MediaInstant) -> VideoPacket? {
        guard let header = try? RTPHeader(parsing: datagram) else {
            drop(.malformed)
            return nil
        }
        switch latch.receive(header, from: address, now: now) {
        case .accept: break
        case .acceptAndLatch: route()
        case .drop(.payloadType):
            drop(.payloadType)
            return nil
        case .drop(.probing):
            drop(.probing)
            return nil
        case .drop(.foreignSource):
            drop(.foreignSource)
            return nil
        }
        guard settings.receives, source.health.state != .absent(.held),
            let codec = settings.receiveCodecs[header.payloadType]
        else {
            drop(.notReceiving)
            return nil
        }
        // Our own packets, sent back.
        guard header.ssrc != identity.ssrc else {
            drop(.session)
            return nil
        }
        return VideoPacket(header, codec: codec, datagram: datagram)
    }

    /// Whether an RTCP datagram is the leg's.
    func acceptControl(from address: SocketAddress, now: MediaInstant) -> Bool {
        switch latch.receiveControl(from: address, now: now) {
        case .accept: return true
        case .acceptAndLatch:
            route()
            return true
        case .drop:
            drop(.foreignSource)
            return false
        }
    }

    // MARK: Out

    /// Whether packets of that camera are looked at for this leg.
    func watches(_ source: VideoSourceID) -> Bool {
        selected != nil && (forwarder.shown == source || forwarder.awaited == source)
    }

    /// Sends a packet of another leg's camera, its parameter sets before it where they are due.
    func send(_ packet: ForwardedPacket, _ datagram: Span<UInt8>, of source: VideoSource, now: MediaInstant) {
        if packet.parameterSetPackets > 0 { send(source.parameterSets, before: packet) }
        emit(packet, datagram.extracting(packet.rest))
        lastSent = (packet.timestamp, now)
    }

    /// Sends a packet once more.
    func resend(_ packet: ForwardedPacket, _ datagram: Span<UInt8>) {
        resent &+= 1
        emit(packet, datagram.extracting(packet.rest))
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
        // A header, one contributing source, and the longest descriptor.
        var head = InlineArray<22, UInt8>(repeating: 0)
        var writable = head.mutableSpan
        packet.writeHead(into: &writable)
        let isSent = outgoing.append(
            head.span.extracting(0..<packet.headSize), rest, channel: .media, route: mediaRoute)
        guard isSent else {
            unsendable &+= 1
            return
        }
        packetsSent &+= 1
        octetsSent &+= UInt32(clamping: packet.headSize - packet.headerSize + rest.count)
    }
}
