// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

/// The camera of one leg: what has come of it, whether its picture is live, who asks it for key frames and for lost packets. Confined to
/// its room's thread.
final class VideoSource {
    let id: VideoSourceID
    var broker: KeyframeBroker
    var health = SourceHealth(stallAfter: VideoSource.patience)
    /// Of the newest key frame; before it the agreed one.
    private(set) var codec: VideoCodec
    private(set) var parameterSets = H264ParameterSets()
    private(set) var pictureSize: PictureSize?
    /// Of the newest packet; nil before the first.
    private(set) var ssrc: UInt32?
    private(set) var packets: UInt64 = 0
    /// Packets that nobody was shown.
    var unseen: UInt64 = 0
    private(set) var asked: UInt64 = 0
    private(set) var abandoned: UInt64 = 0
    /// Whether lost packets may be asked for.
    var asksForPackets: Bool
    private(set) var reception = ReceptionStatistics()
    /// The peer's last sender report: the middle of its time, and when it came.
    private var lastReport: (middle: UInt32, arrival: MediaInstant)?
    private var missing = MissingPackets()
    /// Made when the first packet comes: many legs have no camera.
    private var cache: ResendCache?

    /// Milliseconds of silence that end a picture. Linphone without a camera sends a still picture once a second: at 1000 it came and went
    /// with every jitter.
    private static let patience = 1500

    /// Packets kept for receivers that lost them: a second and more of a usual camera.
    private static let kept = 256

    init(_ id: VideoSourceID, _ settings: VideoLegSettings) {
        self.id = id
        codec = settings.codec
        asksForPackets = settings.asksForPackets
        broker = KeyframeBroker(ways: settings.keyframeWays, firstCommand: .random(in: 0 ... .max))
        health.setCamera(off: !settings.receives)
    }

    /// Takes one packet, new or sent again, from the leg's own peer.
    /// - Returns: whether the picture has just become live.
    func take(_ packet: VideoPacket, datagram: Span<UInt8>, now: MediaInstant) -> Bool {
        let header = packet.header
        if ssrc != header.ssrc {
            if ssrc != nil { reception.beginSource() }
            ssrc = header.ssrc
            missing.removeAll()
            lastReport = nil
        }
        packets &+= 1
        _ = reception.receive(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, clockRate: VideoCodec.clockRate,
            isTimed: true, now: now)
        if asksForPackets { _ = missing.receive(header.sequenceNumber, now: now) }
        let cache = cache ?? ResendCache(capacity: Self.kept)
        self.cache = cache
        cache.store(header, datagram: datagram)
        if packet.codec == .h264 { parameterSets.take(datagram.extracting(header.payload)) }
        if packet.startsKeyframe {
            codec = packet.codec
            pictureSize = packet.pictureSize ?? parameterSets.pictureSize ?? pictureSize
            broker.keyframeArrived()
        }
        return health.received(startsKeyframe: packet.startsKeyframe, now: now)
    }

    /// Packets that the parameter sets take before an IDR picture, at a receiver that reads aggregates or not.
    func parameterSetPackets(readsAggregates: Bool) -> Int {
        guard codec == .h264, parameterSets.isComplete else { return 0 }
        return readsAggregates ? 1 : parameterSets.count
    }

    // MARK: Lost packets

    /// Lost packets to ask the peer for; where some are given up, `isBroken` says so.
    func takeMissing(now: MediaInstant) -> (request: RetransmissionRequest, isBroken: Bool)? {
        guard let deadline = missing.nextDeadline, deadline <= now else { return nil }
        let action = missing.take(now: now)
        action.request.forEach { _ in asked &+= 1 }
        abandoned &+= UInt64(action.abandoned)
        return (action.request, action.abandoned > 0)
    }

    func setRoundTrip(_ milliseconds: Double) { missing.roundTrip = Int(milliseconds) }

    /// What is kept, for a receiver that asks for it.
    var resendCache: ResendCache? { cache }

    // MARK: Reports

    func received(_ report: SenderReport, now: MediaInstant) {
        guard report.ssrc == ssrc else { return }
        lastReport = (NTPTimestamp(rawValue: report.ntpTimestamp).middle, now)
    }

    /// The block about this source for a report that is about to leave; nil before its first packet.
    func makeReportBlock(now: MediaInstant) -> ReportBlock? {
        guard let ssrc else { return nil }
        var block = ReportBlock(
            ssrc: ssrc, fractionLost: reception.takeFractionLost(), cumulativeLost: reception.cumulativeLost,
            extendedHighestSequence: reception.extendedHighestSequence, jitter: reception.jitter)
        if let lastReport {
            block.lastSenderReport = lastReport.middle
            let waited = max(0, now.nanoseconds(since: lastReport.arrival)) / 1000
            block.delaySinceLastSenderReport = UInt32(clamping: waited * 65536 / 1_000_000)
        }
        return block
    }
}
