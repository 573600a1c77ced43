// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SDP
import Video

/// One incoming stream of pictures, from packets to whole coded pictures: order, loss, whom it shows, what to ask the sender for. Confined
/// to the call's video thread.
final class StreamReceiver {
    let role: VideoRole
    var broker: KeyframeBroker
    private(set) var health: SourceHealth
    /// To be sent, if anything.
    private(set) var ask: KeyframeAsk?

    private var assembler: FrameAssembler?
    private var missing = MissingPackets()
    private var reception = StreamReception(clockRate: PayloadFormat.clockRate)
    /// Whom the pictures show, from which RTP time on; the newest last.
    private var contributors: [(from: UInt32, source: UInt32?)] = []

    /// Packets that may overtake another: a key frame's burst must not look like a loss.
    private static let window = 200
    /// Milliseconds that a lost packet is waited for: two or three times asking for it.
    private static let patience = 200
    private static let remembered = 4

    init(_ role: VideoRole, ways: KeyframeWays) {
        self.role = role
        broker = KeyframeBroker(ways: ways, firstCommand: .random(in: 0 ... .max))
        health = SourceHealth(VideoBoard.patience(role))
    }

    /// Takes one packet. Call `next` until nil afterwards.
    /// - Parameter isAgain: it came in a stream of packets that are sent again, whose losses are not this one's.
    /// - Returns: whether the stream has just come to life.
    func take(
        _ packet: VideoPacket, datagram: Span<UInt8>, asks: Bool, isAgain: Bool, now: MediaInstant
    ) -> Bool {
        let header = packet.header
        if reception.begin(header.ssrc) { missing.removeAll() }
        if !isAgain { reception.receive(header, now: now) }
        if asks { _ = missing.receive(header.sequenceNumber, now: now) }
        note(header.contributingSource(0, in: datagram), from: header.timestamp)
        if packet.startsKeyframe { broker.keyframeArrived() }
        let assembler = assembler(for: packet.codec)
        assembler?.insert(packet, datagram: datagram, now: now)
        let isNew = health.received(startsKeyframe: packet.startsKeyframe, now: now)
        // A stream that is joined in the middle.
        if assembler?.needsKeyframe == true, !broker.isWanting { want(.start, now: now) }
        return isNew
    }

    private func assembler(for codec: PayloadFormat) -> FrameAssembler? {
        guard codec == .vp8 || codec == .h264 else { return nil }
        if assembler?.codec != codec {
            assembler = FrameAssembler(codec: codec, window: Self.window, patience: Self.patience)
        }
        return assembler
    }

    private func note(_ source: UInt32?, from timestamp: UInt32) {
        guard contributors.isEmpty || contributors.last?.source != source else { return }
        if let last = contributors.last, Int32(bitPattern: timestamp &- last.from) <= 0 { return }
        contributors.append((timestamp, source))
        if contributors.count > Self.remembered { contributors.removeFirst() }
    }

    private func contributor(at timestamp: UInt32) -> UInt32? {
        (contributors.last { Int32(bitPattern: timestamp &- $0.from) >= 0 } ?? contributors.first)?.source
    }

    /// A key frame is wanted.
    func want(_ request: KeyframeRequest, now: MediaInstant) {
        ask = broker.request(request, now: now) ?? ask
    }

    func takeAsk() -> KeyframeAsk? {
        defer { ask = nil }
        return ask
    }

    /// The next whole picture, shown to `body` with its bytes; false when there is none for now.
    func next(now: MediaInstant, _ body: (DecodeQueue.Item, Span<UInt8>) -> Void) -> Bool {
        guard let assembler else { return false }
        while let output = assembler.next(now: now) {
            switch output {
            case .keyframeNeeded: want(.decoder, now: now)
            case .frame(let frame):
                let item = DecodeQueue.Item(
                    role: role, codec: assembler.codec, isKeyframe: frame.isKeyframe, timestamp: frame.timestamp,
                    contributor: contributor(at: frame.timestamp), due: now, bytes: [])
                assembler.withFrame { body(item, $0) }
                return true
            }
        }
        return false
    }

    // MARK: Time

    /// What is due: lost packets to ask for, given to `request`.
    /// - Returns: whether the stream has just stalled.
    func timePassed(now: MediaInstant, _ request: (RetransmissionRequest) -> Void) -> Bool {
        if let deadline = missing.nextDeadline, deadline <= now {
            let action = missing.take(now: now)
            if !action.request.isEmpty { request(action.request) }
        }
        ask = broker.timePassed(now: now) ?? ask
        return health.timePassed(now: now)
    }

    /// Nothing is expected any more, or something again.
    func setExpected(_ isExpected: Bool) {
        health.setCamera(off: !isExpected)
        if !isExpected { broker.keyframeArrived() }
    }

    // MARK: Reports

    /// Of the newest packet.
    var ssrc: UInt32? { reception.ssrc }

    func received(_ report: SenderReport, now: MediaInstant) { reception.received(report, now: now) }

    func setRoundTrip(_ milliseconds: Double) { missing.roundTrip = Int(milliseconds) }

    /// When a picture was taken, nanoseconds since 1970 of the sender's wall clock; nil before its first report.
    func sampled(_ timestamp: UInt32) -> Int64? {
        guard let report = reception.lastReport?.report else { return nil }
        let ticks = Int64(Int32(bitPattern: timestamp &- report.rtpTimestamp))
        return NTPTimestamp(rawValue: report.ntpTimestamp).unixNanoseconds
            &+ ticks * 1_000_000 / Int64(PayloadFormat.clockRate / 1000)
    }

    /// The block about this stream for a report that is about to leave; nil before its first packet.
    func makeReportBlock(now: MediaInstant) -> ReportBlock? { reception.makeReportBlock(now: now) }
}
