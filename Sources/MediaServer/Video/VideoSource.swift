// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import RTP
import Video

/// Whoever makes the pictures of a source: a member's line, or an encoder of ours.
protocol VideoOrigin: AnyObject {
    /// Asks it for a key frame. On the room's thread.
    func ask(_ ask: KeyframeAsk)
}

/// A stream of pictures that can be shown: what has come of it, whether its picture is live, who asks it for key frames and for lost
/// packets. Confined to its room's thread.
final class VideoSource {
    enum Content {
        case camera
        /// Shared by a member.
        case screen
        /// Made here of one camera or several, for those whose codec the source has.
        case canvas
    }

    let id: VideoSourceID
    let content: Content
    /// Whose camera or screen it is; nil for a picture that is made here.
    let owner: LegID?
    /// Whom to ask for key frames.
    weak var origin: (any VideoOrigin)?
    /// Who is shown it or waits for its key frame; one that is not any more is left out when the next packet comes.
    var watchers: [VideoLine] = []
    /// H.264: its maker may send aggregates and fragments (packetization-mode 1).
    var isNonInterleaved = true
    /// Its maker can be told how much it may send.
    var takesLimits = false
    /// Where its packets are copied to while it is on composed pictures.
    var canvases: [GridPort] = []
    /// Whose picture receivers are told that it is; nil for one of several cameras.
    let contributor: UInt32?
    var broker: KeyframeBroker
    var health: SourceHealth
    /// Of the newest key frame; before it the agreed one.
    private(set) var codec: PayloadFormat
    private(set) var parameterSets = H264ParameterSets()
    private(set) var pictureSize: PictureSize?
    private(set) var packets: UInt64 = 0
    /// Packets that nobody was shown.
    var unseen: UInt64 = 0
    /// Packets that came once more in a stream of their own (RFC 4588).
    private(set) var repaired: UInt64 = 0
    private(set) var withdrawals = PictureWithdrawals()
    /// Its picture has been live since it was withdrawn last.
    private var isAnnounced = false
    /// Those of `canvases` on which it does not decode: they show its name instead.
    private var damaged: [GridPort] = []
    private(set) var asked: UInt64 = 0
    private(set) var abandoned: UInt64 = 0
    /// Whether lost packets may be asked for.
    var asksForPackets: Bool
    private var reception = StreamReception(clockRate: PayloadFormat.clockRate)
    /// How long the sound that belongs to it waits before it is mixed, nanoseconds; negative where it is heard already.
    var soundDelay: Int64 = 0
    /// Share of packets that its last report said were lost on the way here: no receiver's way loses those.
    private(set) var lossOnItsWay = 0.0
    private var missing = MissingPackets()
    /// Made when the first packet comes: many legs have no camera.
    private var cache: ResendCache?

    /// Milliseconds of silence that end a shared screen whose rhythm is not known: little may be sent of it while nothing moves.
    private static let patienceWithScreens = 5000

    /// Packets kept for receivers that lost them: a second and more of a usual camera.
    private static let kept = 256

    /// - Parameters:
    ///   - owner: nil where it is made here.
    ///   - ways: how its `origin` can be asked for key frames.
    ///   - asksForPackets: whether lost packets may be asked for.
    ///   - portrayed: the one camera that a canvas is of.
    init(
        _ id: VideoSourceID, _ content: Content, of owner: LegID?, codec: PayloadFormat, ways: KeyframeWays,
        asksForPackets: Bool, portraying portrayed: VideoSourceID? = nil
    ) {
        contributor = (content == .canvas ? portrayed : id)?.rawValue
        self.id = id
        self.content = content
        self.owner = owner
        self.codec = codec
        self.asksForPackets = asksForPackets
        health = SourceHealth(
            content == .screen ? SourcePatience(screen: Self.patienceWithScreens) : SourcePatience())
        broker = KeyframeBroker(ways: ways, firstCommand: .random(in: 0 ... .max))
    }

    /// Receivers that can be shown it as it is.
    var classes: [VideoClass] {
        switch codec {
        case .vp8: [.vp8]
        case .h264: isNonInterleaved ? [.h264] : [.h264, .h264SingleNALUnit]
        case .vp9: [.vp9]
        case .av1: [.av1]
        }
    }

    /// What the best off of those who are shown it says that it can take, bits a second: more of it would be for nobody. nil where one of
    /// them says nothing of the kind, or it is on a canvas, so that no bad leg takes anything from others.
    var mostTaken: Int? {
        guard canvases.isEmpty else { return nil }
        var most: Int?
        for line in watchers where line.watches(id) {
            guard let limit = line.taken.bitrate else { return nil }
            most = max(most ?? ReceiverLimit.smallest, limit)
        }
        return most
    }

    // MARK: Key frames

    /// Somebody wants a key frame.
    func request(_ request: KeyframeRequest, now: MediaInstant) {
        carryOut(broker.request(request, now: now))
    }

    /// A FIR of a receiver's.
    func fullIntraRequest(from sender: UInt32, sequence: UInt8, now: MediaInstant) {
        carryOut(broker.fullIntraRequest(from: sender, sequence: sequence, now: now))
    }

    /// Asks again where that is due.
    func pursueKeyframe(now: MediaInstant) {
        guard let deadline = broker.nextDeadline, deadline <= now else { return }
        carryOut(broker.timePassed(now: now))
    }

    private func carryOut(_ ask: KeyframeAsk?) {
        if let ask { origin?.ask(ask) }
    }

    // MARK: Packets

    /// Takes one packet, new or sent again, from whoever makes them.
    /// - Returns: whether the picture has just become live.
    func take(_ packet: VideoPacket, datagram: Span<UInt8>, isAgain: Bool, now: MediaInstant) -> Bool {
        let header = packet.header
        if reception.begin(header.ssrc) { missing.removeAll() }
        packets &+= 1
        if isAgain { repaired &+= 1 } else { reception.receive(header, now: now) }
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
        let isNew = health.received(startsKeyframe: packet.startsKeyframe, now: now)
        if isNew { isAnnounced = true }
        return isNew
    }

    /// Its picture is shown to nobody any more: counts why, where it was live.
    func withdrawn() {
        guard isAnnounced, case .absent(let absence) = health.state else { return }
        isAnnounced = false
        withdrawals.count(absence)
    }

    /// A canvas could not decode its picture, or can again. Whom it is forwarded to may read it: it is asked for a key
    /// frame and goes on. Counted once, on however many canvases it is.
    func note(damage: Bool, on canvas: GridPort) {
        // It may have left the canvas since that was said.
        guard canvases.contains(where: { $0 === canvas }) else { return }
        if damage, damaged.isEmpty { withdrawals.count(.decoderError) }
        damaged.removeAll { $0 === canvas }
        if damage { damaged.append(canvas) }
    }

    /// It is not on that canvas any more.
    func leave(_ canvas: GridPort) {
        canvases.removeAll { $0 === canvas }
        damaged.removeAll { $0 === canvas }
    }

    /// What there is to see of it, as people are told.
    var state: SourceHealth.State { health.isLive && !damaged.isEmpty ? .absent(.decoderError) : health.state }

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

    /// Of the newest packet; nil before the first.
    var ssrc: UInt32? { reception.ssrc }

    func received(_ report: SenderReport, now: MediaInstant) { reception.received(report, now: now) }

    /// The block about this source for a report that is about to leave; nil before its first packet.
    func makeReportBlock(now: MediaInstant) -> ReportBlock? {
        let block = reception.makeReportBlock(now: now)
        lossOnItsWay = Double(block?.fractionLost ?? 0) / 256
        return block
    }
}
