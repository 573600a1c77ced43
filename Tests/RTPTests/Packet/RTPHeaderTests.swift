// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct RTPHeaderTests {
    @Test func readsEveryField() throws {
        let bytes = rtpPacket(
            payloadType: 111, marker: true, sequence: 0xABCD, timestamp: 0xDEAD_BEEF, ssrc: 0xCAFE_F00D,
            csrcs: [7, 0xFFFF_FFFF], extensionProfile: 0xBEDE, extensionBytes: [0x10, 0x85, 0, 0],
            payload: [9, 8, 7], padding: 5)
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.payloadType == 111)
        #expect(header.marker)
        #expect(header.sequenceNumber == 0xABCD)
        #expect(header.timestamp == 0xDEAD_BEEF)
        #expect(header.ssrc == 0xCAFE_F00D)
        #expect(header.contributingSourceCount == 2)
        #expect(header.contributingSource(1, in: bytes.span) == 0xFFFF_FFFF)
        #expect(header.contributingSource(2, in: bytes.span) == nil)
        #expect(Array(bytes[header.payload]) == [9, 8, 7])
        #expect(Array(bytes[header.extensionElements]) == [0x10, 0x85, 0, 0])
    }

    @Test func everyCutOfAPacketIsRefusedOrStaysInside() {
        let whole = rtpPacket(
            sequence: 1, csrcs: [1, 2, 3], extensionProfile: 0xBEDE, extensionBytes: [0x10, 1, 0, 0], padding: 4)
        for length in 0...whole.count {
            let bytes = Array(whole.prefix(length))
            guard let header = try? RTPHeader(parsing: bytes.span) else { continue }
            #expect(header.payload.upperBound <= bytes.count)
            #expect(header.extensionElements.upperBound <= header.payload.lowerBound)
        }
    }

    @Test func randomBytesNeverLeadOutside() {
        var random = SeededRandom(state: 7)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !bytes.isEmpty { bytes[0] = bytes[0] & 0x3F | 0x80 }
            guard let header = try? RTPHeader(parsing: bytes.span) else { continue }
            #expect(header.payload.upperBound <= bytes.count)
            _ = header.clientToMixerLevel(UInt8.random(in: 0...255, using: &random), in: bytes.span)
            _ = header.contributingSources(levels: 3, in: bytes.span)
        }
    }

    @Test(arguments: [
        ([UInt8](repeating: 0x80, count: 11), RTPParseError.short),
        ([0x40] + [UInt8](repeating: 0, count: 20), .version),
        ([0x8F] + [UInt8](repeating: 0, count: 20), .contributingSources),
        ([0x90] + [UInt8](repeating: 0, count: 13), .headerExtension),
        ([0x90] + [UInt8](repeating: 0, count: 11) + [0xBE, 0xDE, 0, 2, 0, 0, 0, 0], .headerExtension),
        ([0xA0] + [UInt8](repeating: 0, count: 20), .padding),
        ([0xA0] + [UInt8](repeating: 0, count: 11) + [0, 0, 4], .padding),
    ])
    func refuses(_ bytes: [UInt8], _ reason: RTPParseError) {
        #expect(throws: reason) { try RTPHeader(parsing: bytes.span) }
    }

    @Test func wrapsAreShortDistances() {
        #expect(UInt16(65535).sequenceDistance(to: 0) == 1)
        #expect(UInt16(0).sequenceDistance(to: 65535) == -1)
        #expect(UInt32.max.timestampDistance(to: 159) == 160)
    }
}

struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
