// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import Testing

@Suite struct ReportTests {
    @Test func aSenderReportWithABlockANameAndAGoodbyeIsReadAsItWasWritten() throws {
        var bytes = [UInt8](repeating: 0, count: 200)
        var writer = RTCPWriter()
        var buffer = bytes.mutableSpan
        let block = ReportBlock(
            ssrc: 7, fractionLost: 3, cumulativeLost: -2, extendedHighestSequence: 70_000, jitter: 9)
        writer.append(
            senderReport: SenderReport(
                ssrc: 5, ntpTimestamp: NTPTimestamp(rawValue: 0x0102_0304_0506_0708), rtpTimestamp: 90_000,
                packetCount: 11, octetCount: 1300), blocks: [block], to: &buffer)
        writer.append(canonicalName: "name", of: 5, to: &buffer)
        writer.append(goodbye: 5, to: &buffer)
        let datagram = Array(bytes[0..<writer.length])
        var packets: [RTCPPacket] = []
        var reader = RTCPCompoundReader()
        while let packet = try reader.next(in: datagram.span) { packets.append(packet) }
        try #require(packets.count == 3)
        let report = SenderReport(packets[0], in: datagram.span)
        let found = packets[0].reportBlock(on: 7, in: datagram.span)?.block
        let name = packets[1].canonicalName(of: 5, in: datagram.span)
        let hasLeft = packets[2].saysGoodbye(5, in: datagram.span)
        #expect(report?.ssrc == 5)
        #expect(report?.ntpTimestamp == 0x0102_0304_0506_0708)
        #expect(report?.rtpTimestamp == 90_000)
        #expect(report?.packetCount == 11)
        #expect(report?.octetCount == 1300)
        #expect(found == block)
        #expect(name == "name")
        #expect(hasLeft)
    }

    @Test func aReportThatDoesNotFitIsNotWritten() {
        var bytes = [UInt8](repeating: 0, count: 27)
        var writer = RTCPWriter()
        var buffer = bytes.mutableSpan
        let report = SenderReport(
            ssrc: 5, ntpTimestamp: NTPTimestamp(rawValue: 0), rtpTimestamp: 0, packetCount: 0, octetCount: 0)
        let isWritten = writer.append(senderReport: report, to: &buffer)
        #expect(!isWritten)
        #expect(writer.length == 0)
    }

    @Test func theWallClockCountsFrom1900() {
        #expect(NTPTimestamp(unixNanoseconds: 0).rawValue == UInt64(2_208_988_800) << 32)
        #expect(NTPTimestamp(unixNanoseconds: 1_500_000_000).rawValue == UInt64(2_208_988_801) << 32 | 1 << 31)
        #expect(NTPTimestamp(unixNanoseconds: 1_700_000_000_750_000_000).unixNanoseconds == 1_700_000_000_750_000_000)
    }

    @Test func theRoundTripIsWhatPassedLessWhatThePeerWaited() {
        let sent = NTPTimestamp(unixNanoseconds: 1_000_000_000_000)
        let now = NTPTimestamp(unixNanoseconds: 1_000_350_000_000)
        var block = ReportBlock(
            ssrc: 1, extendedHighestSequence: 0, lastSenderReport: sent.middle, delaySinceLastSenderReport: 65536 / 4)
        #expect(abs((block.roundTrip(now: now) ?? 0) - 100) < 1)
        block.lastSenderReport = 0
        #expect(block.roundTrip(now: now) == nil)
        // A report from the future is none of ours.
        block.lastSenderReport = now.middle &+ 65536
        #expect(block.roundTrip(now: now) == nil)
    }

    @Test func aDatagramOfTwoPartsLeavesAsOne() {
        let outgoing = OutgoingDatagrams(capacity: 2, whenFull: .drop)
        let route = DatagramRoute(descriptor: 1, destination: .loopback(port: 4000))
        let (head, rest, long) = ([1, 2, 3] as [UInt8], [4, 5] as [UInt8], [UInt8](repeating: 0, count: 1500))
        let kept = [
            outgoing.append(head.span, rest.span, channel: .media, route: route),
            outgoing.append(head.span, long.span, channel: .media, route: route),
            outgoing.append(head.span, rest.span, channel: .media, route: nil),
        ]
        #expect(kept == [true, false, false])
        var seen: [[UInt8]] = []
        outgoing.drain { datagram, _, found in
            seen.append(datagram.indices.map { datagram[$0] })
            #expect(found == route)
        }
        #expect(seen == [[1, 2, 3, 4, 5]])
    }
}
