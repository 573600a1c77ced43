// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import RTP
import SDP
import TestSupport
import Testing
import Video

@testable import MediaServer

/// Sender reports of video lines, in a time of the test's own.
struct VideoReportTests {
    /// The mix says of each sample when it was mixed. A picture whose sound waits 80 ms to be mixed is said to be of that moment too, or
    /// whoever plays both by the reports would hear everything 80 ms late.
    @Test func picturesAreOfTheMomentAtWhichTheirSoundIsMixed() throws {
        let phone = try MediaSocket(binding: .loopback(port: 0))
        let pair = try MediaSocketPair(host: .loopback(port: 0), port: UInt16(FreePort.allocate(count: 2)))
        let outgoing = OutgoingDatagrams()
        let settings = try #require(Self.settings(phone.localAddress.port))
        let transport = VideoTransport(0, LegSockets(pair), settings, outgoing: outgoing)
        let start = MediaInstant(nanoseconds: 1_000_000_000_000)
        let line = VideoLine(
            VideoSetup.Line(
                .main, as: VideoIdentity(ssrc: 0xABCD, retransmissionSSRC: 2, sourceID: 3, cname: "room"), over: 0,
                settings), of: LegID(1), over: transport, now: start
        ) { _, _ in }
        transport.carry([line])
        let source = VideoSource(
            VideoSourceID(rawValue: 7), .camera, of: LegID(2), codec: .vp8, ways: .pictureLoss, asksForPackets: false)
        source.soundDelay = 80_000_000
        line.selected = source.id
        _ = line.forwarder.select(source.id, now: start)

        let camera = try GridCamera(7, .red, .vp8)
        var sent: [UInt32] = []
        for datagram in try camera.shoot(at: start, keyframe: true) {
            let packet = VideoPacket(try RTPHeader(parsing: datagram.span), codec: .vp8, datagram: datagram.span)
            _ = source.take(packet, datagram: datagram.span, isAgain: false, now: start)
            let verdict = line.forwarder.receive(
                packet, from: source.id, contributor: 7, parameterSetPackets: 0, now: start)
            guard case .forward(let forwarded) = verdict else { continue }
            sent.append(forwarded.timestamp)
            line.send(forwarded, outgoing.share(datagram.span), of: source, now: start)
        }
        let later = start.advanced(byMilliseconds: 200)
        line.nextReport = later
        line.reportIfDue(now: later)
        outgoing.flush()

        let received = Self.report(at: phone)
        let report = try #require(received)
        let clock = NTPTimestamp(at: later).rawValue
        #expect(max(report.ntpTimestamp, clock) - min(report.ntpTimestamp, clock) < 1 << 22, "a millisecond")
        // 200 ms after it left are 120 ms after it is due.
        #expect(report.rtpTimestamp &- (sent.first ?? 0) == 120 * 90)
    }

    private static func settings(_ port: UInt16) -> VideoLineSettings? {
        let format = VideoFormat(payloadType: 96, codec: .vp8)
        let address = MediaAddress(host: "127.0.0.1", port: Int(port))
        var video = NegotiatedVideo(
            format: format, receivePayloadTypes: [96: .vp8], remoteRTP: address, remoteRTCP: address)
        video.rtcpMux = true
        return VideoLineSettings(video, bitrateLimit: nil, takesINFO: false, reports: true)
    }

    private static func report(at socket: borrowing MediaSocket) -> SenderReport? {
        let batch = DatagramBatch()
        batch.begin(now: .now())
        var found: SenderReport?
        for index in 0..<((try? batch.receive(from: socket.descriptor)) ?? 0) {
            batch.withDatagram(index) { datagram, _, _ in
                guard DatagramKind(of: datagram) == .rtcp else { return }
                var reader = RTCPCompoundReader()
                while let packet = try? reader.next(in: datagram) {
                    found = SenderReport(packet, in: datagram) ?? found
                }
            }
        }
        return found
    }
}
