// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct RTCPWriterTests {
    private static let block = ReportBlock(
        ssrc: 0xBB, fractionLost: 64, cumulativeLost: -2, extendedHighestSequence: 0x0001_0002, jitter: 33,
        lastSenderReport: 0x1234, delaySinceLastSenderReport: 65_536)

    @Test("a compound is report, CNAME and feedback, and reads back")
    func compound() throws {
        let bytes = written { writer, buffer in
            writer.append(receiverReport: 0xAA, blocks: [Self.block], to: &buffer)
            writer.append(canonicalName: "a@bc", of: 0xAA, to: &buffer)
            writer.append(PictureLossIndication(senderSSRC: 0xAA, mediaSSRC: 0xBB), to: &buffer)
        }
        #expect(
            bytes == [0x81, 201, 0, 7, 0, 0, 0, 0xAA, 0, 0, 0, 0xBB, 64, 0xFF, 0xFF, 0xFE]
                + [0, 1, 0, 2, 0, 0, 0, 33, 0, 0, 0x12, 0x34, 0, 1, 0, 0]
                + [0x81, 202, 0, 3, 0, 0, 0, 0xAA, 1, 4, 0x61, 0x40, 0x62, 0x63, 0, 0]
                + [0x81, 206, 0, 2, 0, 0, 0, 0xAA, 0, 0, 0, 0xBB])
        let found = packets(bytes)
        #expect(found.map(\.type) == [.receiverReport, .sourceDescription, .payloadFeedback])
        #expect(found[0].reportBlock(on: 0xBB, in: bytes.span)?.block == Self.block)
        #expect(found[1].canonicalName(of: 0xAA, in: bytes.span) == "a@bc")
    }

    @Test("every length of CNAME ends with a null octet on a boundary", arguments: [0, 1, 2, 3, 4, 5, 6, 255, 300])
    func canonicalNames(length: Int) {
        let name = String(repeating: "n", count: length)
        let bytes = written { $0.append(canonicalName: name, of: 0xAA, to: &$1) }
        #expect(bytes.count % 4 == 0 && bytes.last == 0)
        #expect(packets(bytes).first?.canonicalName(of: 0xAA, in: bytes.span) == String(name.prefix(255)))
    }

    @Test("what does not fit is not begun")
    func bounds() {
        let loss = PictureLossIndication(senderSSRC: 1, mediaSSRC: 2)
        for capacity in 0..<24 {
            let bytes = written(capacity: capacity) { writer, buffer in
                #expect(writer.append(loss, to: &buffer) == (capacity >= 12))
                #expect(!writer.append(loss, to: &buffer))
                #expect(!writer.append(receiverReport: 1, blocks: [Self.block], to: &buffer))
                #expect(!writer.append(canonicalName: "longer than that", of: 1, to: &buffer))
                #expect(!writer.append(estimatedBitrate: 1, of: [1, 2, 3], senderSSRC: 1, to: &buffer))
            }
            #expect(bytes.count == (capacity >= 12 ? 12 : 0))
        }
        let many = [ReportBlock](repeating: Self.block, count: 32)
        #expect(written { $0.append(receiverReport: 1, blocks: many, to: &$1) }.isEmpty)
        let sources = [UInt32](repeating: 1, count: 256)
        #expect(written { $0.append(estimatedBitrate: 1, of: sources, senderSSRC: 1, to: &$1) }.isEmpty)
    }

    @Test("losses beyond 24 bits stay within them", arguments: [Int.max, Int.min, 0x7F_FFFF, -0x80_0000])
    func losses(lost: Int) {
        let block = ReportBlock(ssrc: 1, cumulativeLost: lost, extendedHighestSequence: 0)
        let bytes = written { $0.append(receiverReport: 1, blocks: [block], to: &$1) }
        let read = packets(bytes).first?.reportBlock(on: 1, in: bytes.span)?.block
        #expect(read?.cumulativeLost == max(-0x80_0000, min(0x7F_FFFF, lost)))
    }
}
