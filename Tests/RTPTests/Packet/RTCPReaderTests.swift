// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct RTCPReaderTests {
    private static let senderReport: [UInt8] =
        [0x81, 200, 0, 12] + bigEndian(UInt32(0xAA)) + bigEndian(UInt32(0xE000_0001)) + bigEndian(UInt32(0x8000_0000))
        + bigEndian(UInt32(160)) + bigEndian(UInt32(5)) + bigEndian(UInt32(800)) + bigEndian(UInt32(0xBB))
        + [64, 0xFF, 0xFF, 0xFE] + bigEndian(UInt32(0x0001_0002)) + bigEndian(UInt32(33)) + bigEndian(UInt32(0x1234))
        + bigEndian(UInt32(65536))
    private static let description: [UInt8] =
        [0x81, 202, 0, 3] + bigEndian(UInt32(0xAA)) + [1, 4, 0x61, 0x40, 0x62, 0x63, 0, 0]
    private static let bye: [UInt8] = [0x81, 203, 0, 2] + bigEndian(UInt32(0xAA)) + [3, 0x62, 0x79, 0x65]

    private func packets(_ bytes: [UInt8]) throws(RTCPParseError) -> [RTCPPacket] {
        var reader = RTCPCompoundReader()
        var found: [RTCPPacket] = []
        while let packet = try reader.next(in: bytes.span) { found.append(packet) }
        return found
    }

    @Test func readsACompound() throws {
        let bytes = Self.senderReport + Self.description + Self.bye
        let found = try packets(bytes)
        #expect(found.map(\.type) == [.senderReport, .sourceDescription, .bye])
        let read = SenderReport(found[0], in: bytes.span)
        let report = try #require(read)
        #expect(report.ntpTimestamp == 0xE000_0001_8000_0000)
        #expect(report.packetCount == 5)
        let block = try #require(found[0].reportBlock(on: 0xBB, in: bytes.span)?.block)
        #expect(block.fractionLost == 64)
        #expect(block.cumulativeLost == -2)
        #expect(block.delaySinceLastSenderReport == 65536)
        #expect(found[0].reportBlock(on: 0xCC, in: bytes.span) == nil)
        #expect(found[1].canonicalName(of: 0xAA, in: bytes.span) == "a@bc")
        #expect(found[1].canonicalName(of: 0xAB, in: bytes.span) == nil)
        #expect(found[2].saysGoodbye(0xAA, in: bytes.span) == true)
        #expect(found[2].goodbyeReason(in: bytes.span) == "bye")
    }

    @Test(
        arguments: [
            ([], RTCPParseError.short), ([0x80, 201], .short), ([0x40, 201, 0, 0], .version),
            ([0x80, 201, 0, 2, 0, 0, 0, 0], .length), ([0x81, 201, 0, 1, 0, 0, 0, 0], .blocks),
            ([0x80, 201, 0, 1, 0, 0, 0, 0, 0x80], .length), ([0xA0, 201, 0, 1, 0, 0, 0, 12], .padding),
            ([0xA0, 201, 0, 1, 0, 0, 0, 4, 0x80, 201, 0, 1, 0, 0, 0, 0], .padding),
            ([0x80, 206, 0, 1, 0, 0, 0, 0], .blocks),
            ([0x82, 203, 0, 1, 0, 0, 0, 0], .blocks),
        ] as [([UInt8], RTCPParseError)])
    func refuses(_ bytes: [UInt8], _ reason: RTCPParseError) {
        #expect(throws: reason) { try packets(bytes) }
    }

    @Test(
        arguments: [
            ([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2], RTCPContents.pictureLoss),
            ([0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0], .fullIntraRequest),
            ([0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0], .negativeAcknowledgement),
        ] as [([UInt8], RTCPContents)])
    func tellsFeedbackApart(_ bytes: [UInt8], _ contents: RTCPContents) throws {
        // Alone, as RFC 5506 allows.
        #expect(try packets(bytes).map { RTCPContents(of: $0) } == [contents])
    }

    @Test func cutsAndNoiseNeverLeadOutside() {
        let whole = Self.senderReport + Self.description + Self.bye
        var random = SeededRandom(state: 3)
        for _ in 0..<20_000 {
            var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
            for _ in 0..<3 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            for packet in (try? packets(bytes)) ?? [] {
                #expect(packet.body.upperBound <= bytes.count)
                _ = packet.canonicalName(of: 0xAA, in: bytes.span)
                _ = packet.goodbyeReason(in: bytes.span)
                _ = packet.reportBlock(on: 0xBB, in: bytes.span)
            }
        }
    }
}
