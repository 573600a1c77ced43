// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import RTP

/// Two sessions against each other through memory. oRTP times its reports by its own clock, so these run in real time,
/// each until what it waits for has come.
@Suite struct RTPSessionControlTests {
    private let left = Leg("left@confab", port: 2, reportInterval: 100)
    private let right = Leg("right@confab", port: 3, reportInterval: 100)

    /// Carries what `sender` has made to `receiver`, without the media packets that `drops` names.
    private func carry(
        from sender: Leg, to receiver: Leg, drops: (UInt16) -> Bool = { _ in false }
    ) -> [RTCPArrival] {
        var arrivals: [RTCPArrival] = []
        for (bytes, channel) in sender.take() {
            switch channel {
            case .media:
                guard let header = try? RTPHeader(parsing: bytes.span), !drops(header.sequenceNumber) else { continue }
                #expect(
                    receiver.session.receive(bytes.span, from: sender.address, now: .now()).header == header)
            case .control:
                let verdict = receiver.session.receiveControl(bytes.span, now: .now())
                guard case .control(let arrival) = verdict else {
                    Issue.record("RTCP of ours is not valid: \(verdict)")
                    continue
                }
                arrivals.append(arrival)
            }
        }
        return arrivals
    }

    /// Step by step in real time: oRTP asks its own clock when reports are due.
    private func until(_ condition: () -> Bool, _ step: (Int) -> Void) async throws {
        var index = 0
        try await Condition.await("reports", within: .seconds(20), every: .milliseconds(2)) {
            if condition() { return true }
            step(index)
            index += 1
            return false
        }
    }

    @Test func reportsCrossAndLossAndRoundTripAreKnown() async throws {
        var contents: RTCPContents = []
        try await until({
            left.session.statistics.roundTripMilliseconds != nil
                && right.session.statistics.roundTripMilliseconds != nil
                && (left.session.statistics.remoteReport?.cumulativeLost ?? 0) >= 5
                && right.session.statistics.lastSenderReport != nil
        }) { index in
            let packet = OutgoingPacket(payloadType: 0, timestamp: UInt32(index * 160))
            left.session.send([1, 2, 3, 4].span, as: packet, now: .now())
            right.session.send([1, 2, 3, 4].span, as: packet, now: .now())
            // Every tenth sequence number of the left is lost.
            for arrival in carry(from: left, to: right, drops: { $0 % 10 == 0 }) {
                contents.formUnion(arrival.contents)
            }
            _ = carry(from: right, to: left)
        }
        #expect(contents.isSuperset(of: [.senderReport, .sourceDescription]))
        let report = try #require(left.session.statistics.remoteReport)
        #expect(report.ssrc == left.session.ssrc)
        // A tenth of 256.
        #expect((10...45).contains(report.fractionLost))
        #expect(right.session.statistics.packetsLost >= report.cumulativeLost)
        #expect(right.session.statistics.remoteReport?.cumulativeLost == 0)
        let roundTrip = try #require(left.session.statistics.roundTripMilliseconds)
        #expect((0..<1000).contains(roundTrip))
        let sender = try #require(right.session.statistics.lastSenderReport)
        #expect(sender.ssrc == left.session.ssrc)
        #expect(sender.octetCount == sender.packetCount * 4)
    }

    @Test func receiverAloneReportsWithoutSending() async throws {
        var contents: RTCPContents = []
        try await until({ contents.contains(.receiverReport) }) { index in
            left.session.send(
                [1].span, as: OutgoingPacket(payloadType: 0, timestamp: UInt32(index * 160)), now: .now())
            _ = carry(from: left, to: right)
            right.session.poll(now: .now())
            for arrival in carry(from: right, to: left) { contents.formUnion(arrival.contents) }
        }
        #expect(left.session.statistics.remoteReport != nil)
        #expect(!contents.contains(.senderReport))
    }

    @Test func goodbyeIsSeenWithItsReason() throws {
        left.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .now())
        _ = carry(from: left, to: right)
        left.session.sayGoodbye(reason: "conference over", now: .now())
        let bytes = try #require(left.takeControl().first)
        let packets = try Leg.packets(bytes)
        #expect(packets.map(\.type) == [.senderReport, .sourceDescription, .bye])
        #expect(packets[1].canonicalName(of: left.session.ssrc, in: bytes.span) == "left@confab")
        #expect(packets[2].goodbyeReason(in: bytes.span) == "conference over")
        guard case .control(let arrival) = right.session.receiveControl(bytes.span, now: .now()) else {
            Issue.record("refused")
            return
        }
        #expect(arrival.saysGoodbye)
        // Of a source that is not heard.
        let other = Leg("other@confab", port: 5)
        guard case .control(let unheard) = other.session.receiveControl(bytes.span, now: .now()) else { return }
        #expect(!unheard.saysGoodbye)
    }

    @Test func aReportThatWaitedCountsFromItsArrival() throws {
        left.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .now())
        right.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .now())
        _ = carry(from: left, to: right)
        _ = carry(from: right, to: left)
        left.session.sayGoodbye(now: .now())
        let bytes = try #require(left.takeControl().first)
        let waited: Int64 = 1_500_000_000
        let verdict = right.session.receiveControl(bytes.span, now: .now(), waited: waited)
        guard case .control = verdict else {
            Issue.record("refused: \(verdict)")
            return
        }
        right.session.sayGoodbye(now: .now())
        let answer = try #require(right.takeControl().first)
        let found = try Leg.packets(answer)[0].reportBlock(on: left.session.ssrc, in: answer.span)
        let block = try #require(found?.block)
        #expect(block.lastSenderReport != 0)
        let seconds = Double(block.delaySinceLastSenderReport) / 65536
        #expect((1.5..<2.5).contains(seconds))
    }

    @Test func senderReportTellsTheTimeOfItself() throws {
        let start = MediaInstant.zero.advanced(byMilliseconds: 1000)
        left.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: start)
        let media = try #require(left.take().first).bytes
        let last = try RTPHeader(parsing: media.span).timestamp
        left.session.sayGoodbye(now: start.advanced(byMilliseconds: 500))
        let bytes = try #require(left.takeControl().first)
        let read = SenderReport(try Leg.packets(bytes)[0], in: bytes.span)
        let report = try #require(read)
        #expect(last.timestampDistance(to: report.rtpTimestamp) == 4000)
    }

    @Test func reportsAreRightWhereORTPsOwnCountsAreNot() throws {
        // Reordering over the wrap, and 50 packets over it lost in one go.
        for sequence in [65530, 65536, 65535, 65537] + Array(65590...65600) {
            _ = left.receive(rtpPacket(sequence: UInt16(sequence & 0xFFFF), timestamp: UInt32(sequence * 160), ssrc: 9))
        }
        left.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .now())
        left.session.sayGoodbye(now: .now())
        let bytes = try #require(left.takeControl().first)
        let read = try Leg.packets(bytes)[0].reportBlock(on: 9, in: bytes.span)?.block
        let block = try #require(read)
        #expect(block.extendedHighestSequence == 65600)
        #expect(block.cumulativeLost == 71 - 15)
        #expect(block.fractionLost == UInt8((56 << 8) / 71))
    }

    @Test func aNewSourceIsNotAnsweredWithTheOldOnesReport() throws {
        let other = Leg("other@confab", port: 3)
        for leg in [right, other] {
            leg.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .now())
        }
        right.session.sayGoodbye(now: .now())
        _ = carry(from: right, to: left)
        #expect(left.session.statistics.lastSenderReport != nil)
        _ = carry(from: other, to: left)
        #expect(left.session.statistics.lastSenderReport == nil)
        left.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .now())
        left.session.sayGoodbye(now: .now())
        let bytes = try #require(left.takeControl().first)
        let read = try Leg.packets(bytes)[0].reportBlock(on: other.session.ssrc, in: bytes.span)?.block
        let block = try #require(read)
        #expect(block.lastSenderReport == 0)
        #expect(block.delaySinceLastSenderReport == 0)
    }

    @Test func feedbackComesOutAsKinds() {
        let bytes: [UInt8] = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2] + [0x80, 201, 0, 1, 0, 0, 0, 1]
        #expect(
            left.session.receiveControl(bytes.span, now: .now())
                == .control(RTCPArrival(contents: [.pictureLoss, .receiverReport], senderSSRC: 1)))
    }
}
