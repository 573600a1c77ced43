// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct FeedbackMessageTests {
    @Test func pictureLoss() throws {
        let bytes: [UInt8] = [0x81, 206, 0, 2, 0x0A, 0x0B, 0x0C, 0x0D, 0x11, 0x22, 0x33, 0x44]
        let loss = PictureLossIndication(senderSSRC: 0x0A0B_0C0D, mediaSSRC: 0x1122_3344)
        #expect(message(bytes) == .pictureLoss(loss))
        #expect(written { $0.append(loss, to: &$1) } == bytes)
        #expect(message(bytes)?.wantsKeyFrame(of: 0x1122_3344, in: bytes.span) == true)
        #expect(message(bytes)?.wantsKeyFrame(of: 1, in: bytes.span) == false)
    }

    @Test("trap 7: a FIR with media SSRC 0 and the FCI SSRC set is for the FCI SSRC")
    func fullIntraWithoutMediaSSRC() throws {
        let bytes: [UInt8] = [
            0x84, 206, 0, 6, 0x0A, 0x0B, 0x0C, 0x0D, 0, 0, 0, 0, 0x11, 0x22, 0x33, 0x44, 7, 0, 0, 0, 0, 0, 0, 9, 8, 1,
            2, 3,
        ]
        guard case .fullIntra(let requests) = message(bytes) else { throw NotRead() }
        #expect(requests.count == 2 && requests.mediaSSRC == 0)
        let first = FullIntraRequest(senderSSRC: 0x0A0B_0C0D, ssrc: 0x1122_3344, sequenceNumber: 7)
        #expect(requests.request(0, in: bytes.span) == first)
        #expect(requests.request(for: 0x1122_3344, in: bytes.span) == first)
        // The reserved bits are not looked at.
        #expect(requests.request(for: 9, in: bytes.span)?.sequenceNumber == 8)
        #expect(requests.request(for: 10, in: bytes.span) == nil)
        #expect(requests.request(for: 0, in: bytes.span) == nil)
        #expect(requests.request(2, in: bytes.span) == nil && requests.request(-1, in: bytes.span) == nil)
        #expect(written { $0.append(first, to: &$1) } == [0x84, 206, 0, 4] + bytes[4..<20])
    }

    @Test(
        "trap 7: a FIR that names the source only in its head counts too",
        arguments: [
            ([], 5, true, nil), ([0, 0, 0, 0, 3, 0, 0, 0], 5, true, 3), ([0, 0, 0, 5, 4, 0, 0, 0], 0, true, 4),
            ([0, 0, 0, 5, 4, 0, 0, 0], 5, true, 4), ([0, 0, 0, 6, 4, 0, 0, 0], 5, false, nil), ([], 0, false, nil),
            ([0, 0, 0, 0, 4, 0, 0, 0], 0, false, nil),
        ] as [([UInt8], UInt32, Bool, UInt8?)])
    func fullIntraByHead(control: [UInt8], media: UInt32, wanted: Bool, sequence: UInt8?) throws {
        let bytes = feedback(206, 4, media: media, control)
        guard case .fullIntra(let requests) = message(bytes) else { throw NotRead() }
        #expect((requests.request(for: 5, in: bytes.span) != nil) == wanted)
        #expect(requests.request(for: 5, in: bytes.span)?.sequenceNumber == sequence)
        #expect(message(bytes)?.wantsKeyFrame(of: 5, in: bytes.span) == wanted)
    }

    @Test func genericNACK() throws {
        // Packets 65530, 65531, 65533 and 10 (16 after the PID); then 100 alone.
        let bytes: [UInt8] = [
            0x81, 205, 0, 4, 0x0A, 0x0B, 0x0C, 0x0D, 0, 0, 0, 5, 0xFF, 0xFA, 0x80, 0x05, 0, 100, 0, 0,
        ]
        guard case .lost(let lost) = message(bytes) else { throw NotRead() }
        #expect(lost.senderSSRC == 0x0A0B_0C0D && lost.mediaSSRC == 5 && lost.count == 2)
        var found: [UInt16] = []
        lost.forEach(in: bytes.span) { found.append($0) }
        #expect(found == [65530, 65531, 65533, 10, 100])
        #expect(lost.lost(0, in: bytes.span)?.count == 4)
        #expect(lost.lost(2, in: bytes.span) == nil)

        var request = RetransmissionRequest()
        for sequence in found { request.insert(sequence) }
        #expect(
            written { $0.append(lost: request, senderSSRC: 0x0A0B_0C0D, mediaSSRC: 5, to: &$1) } == bytes)
        #expect(
            written { $0.append(lost: RetransmissionRequest(), senderSSRC: 1, mediaSSRC: 5, to: &$1) }.isEmpty)
    }

    @Test("an entry holds its first packet and the sixteen after it, not one before")
    func entryBounds() {
        var lost = LostPackets(first: 5)
        for (sequence, fits) in [(5, true), (21, true), (6, true), (22, false), (4, false)] {
            let inserted = lost.insert(UInt16(sequence))
            #expect(inserted == fits)
        }
        #expect(lost == LostPackets(first: 5, following: 0x8001))
        var all: [UInt16] = []
        LostPackets(first: 65_530, following: .max).forEach { all.append($0) }
        #expect(all == Array(65_530...65_535) + Array(0...10))
        var request = RetransmissionRequest()
        for index in 0..<17 {
            let inserted = request.insert(UInt16(index * 20))
            #expect(inserted == (index < 16))
        }
    }

    @Test("bit rates of TMMBR keep 17 bits and never grow", arguments: [true, false])
    func temporaryBitrate(isNotification: Bool) throws {
        // 500 000 = 125 000 × 2²; overhead 40.
        let bytes: [UInt8] =
            [isNotification ? 0x84 : 0x83, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]
            + bigEndian(UInt32(2 << 26 | 125_000 << 9 | 40))
        guard case .bitrateLimits(let limits) = message(bytes) else { throw NotRead() }
        let limit = TemporaryMaximumBitrate(ssrc: 9, bitsPerSecond: 500_000, overhead: 40)
        #expect(limits.isNotification == isNotification && limits.senderSSRC == 1 && limits.count == 1)
        #expect(limits.limit(for: 9, in: bytes.span) == limit)
        #expect(limits.limit(for: 8, in: bytes.span) == nil)
        #expect(
            written { $0.append([limit], isNotification: isNotification, senderSSRC: 1, to: &$1) } == bytes)
        #expect(TemporaryMaximumBitrate(ssrc: 1, bitsPerSecond: -5, overhead: 9999).overhead == 511)
    }

    @Test("an empty notification limits nothing")
    func emptyNotification() throws {
        let bytes = written { $0.append([], isNotification: true, senderSSRC: 1, to: &$1) }
        #expect(bytes == [0x84, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0])
        guard case .bitrateLimits(let limits) = message(bytes) else { throw NotRead() }
        #expect(limits.count == 0)
    }

    @Test(
        arguments: [0, 1, 131_071, 131_072, 262_143, 262_145, 4_000_000, 123_456_789, 1 << 40, Int.max, -1])
    func bitratesRoundDown(rate: Int) {
        for bits in [17, 18] {
            let coded = FloatingBitrate(bitsPerSecond: rate, mantissaBits: bits)
            #expect(coded.mantissa < 1 << UInt32(bits) && coded.exponent < 64)
            #expect(coded.bitsPerSecond <= max(rate, 0))
            #expect(max(rate, 0) - coded.bitsPerSecond <= max(rate, 0) >> (bits - 1))
        }
        #expect(FloatingBitrate(exponent: 63, mantissa: 0x1_FFFF).bitsPerSecond == .max)
        #expect(FloatingBitrate(exponent: 63, mantissa: 0).bitsPerSecond == 0)
        #expect(FloatingBitrate(exponent: 45, mantissa: 0x3_FFFF).bitsPerSecond == 0x3_FFFF << 45)
        #expect(FloatingBitrate(exponent: 46, mantissa: 0x3_FFFF).bitsPerSecond == .max)
    }

    @Test func estimatedBitrate() throws {
        // 1 200 000 bit/s = 150 000 × 2³, two streams.
        let bytes: [UInt8] =
            [0x8F, 206, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0x52, 0x45, 0x4D, 0x42]
            + bigEndian(UInt32(2 << 24 | 3 << 18 | 150_000)) + [0, 0, 0, 7, 0, 0, 0, 8]
        guard case .estimatedBitrate(let estimate) = message(bytes) else { throw NotRead() }
        #expect(estimate.bitsPerSecond == 1_200_000 && estimate.senderSSRC == 1 && estimate.count == 2)
        #expect(estimate.names(7, in: bytes.span) && estimate.names(8, in: bytes.span))
        #expect(!estimate.names(9, in: bytes.span) && estimate.source(2, in: bytes.span) == nil)
        #expect(
            written { $0.append(estimatedBitrate: 1_200_000, of: [7, 8], senderSSRC: 1, to: &$1) } == bytes)
    }

    @Test(
        "slice loss, foreign application messages and cut ones are nothing to act on",
        arguments: [
            feedback(206, 2, media: 5, [0, 1, 0, 2]), feedback(206, 3, media: 5, [0, 96, 0, 0]),
            feedback(206, 15, media: 0, [0x52, 0x45, 0x4D, 0x43, 1, 0, 0, 1, 0, 0, 0, 5]),
            feedback(206, 15, media: 0, [0x52, 0x45, 0x4D, 0x42]),
            feedback(206, 15, media: 0, [0x52, 0x45, 0x4D, 0x42, 2, 0, 0, 1, 0, 0, 0, 5]),
            feedback(205, 15, media: 5, [0, 0, 0, 0]),
        ])
    func ignored(bytes: [UInt8]) {
        #expect(message(bytes) == .other)
        #expect(message(bytes)?.wantsKeyFrame(of: 5, in: bytes.span) == false)
    }

    @Test("reports are not feedback")
    func notFeedback() {
        #expect(message([0x80, 201, 0, 1, 0, 0, 0, 1]) == nil)
    }

    @Test("random bytes never trap")
    func noise() {
        var random = SeededRandom(state: 21)
        let seeds = [
            feedback(206, 4, media: 0, [0, 0, 0, 5, 1, 0, 0, 0]), feedback(205, 1, media: 5, [0, 1, 0xFF, 0xFF]),
            feedback(206, 15, media: 0, [0x52, 0x45, 0x4D, 0x42, 1, 0xFF, 0xFF, 0xFF, 0, 0, 0, 5]),
            feedback(205, 3, media: 0, [0, 0, 0, 5, 0xFF, 0xFF, 0xFF, 0xFF]), feedback(206, 1, media: 5),
        ]
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if round % 3 == 0 { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            for packet in packets(bytes) { readAll(packet, bytes) }
            // A packet that does not belong to the datagram.
            let stray = RTCPPacket(type: .payloadFeedback, count: UInt8(round % 32), body: 4..<(4 + round % 64))
            readAll(stray, bytes)
        }
    }

    private func readAll(_ packet: RTCPPacket, _ bytes: [UInt8]) {
        let span = bytes.span
        let message = RTCPFeedbackMessage(packet, in: span)
        _ = message?.wantsKeyFrame(of: 5, in: span)
        switch message {
        case .fullIntra(let requests): for index in -1...requests.count { _ = requests.request(index, in: span) }
        case .lost(let lost): lost.forEach(in: span) { _ = $0 }
        case .bitrateLimits(let limits): _ = limits.limit(for: 5, in: span)
        case .estimatedBitrate(let estimate): _ = estimate.names(5, in: span)
        case .pictureLoss, .other, nil: break
        }
    }

    private struct NotRead: Error {}
}
