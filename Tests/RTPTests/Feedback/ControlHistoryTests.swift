// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite("RTCP that is kept for explaining")
struct ControlHistoryTests {
    /// RTCP as our own writer makes it.
    private func datagram(_ body: (inout RTCPWriter, inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 512)
        var writer = RTCPWriter()
        var span = bytes.mutableSpan
        body(&writer, &span)
        let length = writer.length
        return Array(bytes[..<length])
    }

    @Test("what is said is put into words")
    func words() {
        let bytes = datagram { writer, span in
            let block = ReportBlock(
                ssrc: 0xAB, fractionLost: 64, cumulativeLost: 7, extendedHighestSequence: 9, jitter: 900)
            writer.append(receiverReport: 1, blocks: [block], to: &span)
            writer.append(canonicalName: "nobody", of: 1, to: &span)
            writer.append(PictureLossIndication(senderSSRC: 1, mediaSSRC: 0xCD), to: &span)
            writer.append(estimatedBitrate: 250_000, of: [0xCD], senderSSRC: 1, to: &span)
            writer.append(goodbye: 1, to: &span)
        }
        #expect(
            ControlText.describe(bytes, clockRate: 90_000)
                == "RR, of ab lost 25.0 %, 7 in all, jitter 10 ms; PLI for cd; REMB 250 kbit/s; BYE")
    }

    @Test("whatever the network sends is put into words of some kind")
    func garbage() {
        var random = SystemRandomNumberGenerator()
        for length in 0..<200 {
            var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            if length > 4 {
                (bytes[0], bytes[1], bytes[2], bytes[3]) = (0x81, UInt8(200 + length % 8), 0, UInt8(length / 4 - 1))
            }
            #expect(!ControlText.describe(bytes, clockRate: 0).isEmpty)
        }
    }

    @Test("the latest are kept, oldest first, and the beginning of long ones")
    func latest() {
        var history = ControlHistory()
        #expect(history.entries.isEmpty)
        for number in 0..<40 {
            let bytes = [UInt8](repeating: UInt8(number), count: number * 10)
            history.note(bytes.span, isSent: number % 2 == 0, at: MediaInstant(nanoseconds: Int64(number)))
            #expect(history.entries.last?.bytes.count == min(number * 10, ControlHistory.longest))
        }
        let entries = history.entries
        #expect(entries.map(\.at.nanoseconds) == Array(24..<40))
        #expect(
            entries.allSatisfy { Int64($0.bytes[0]) == $0.at.nanoseconds && $0.isSent == ($0.at.nanoseconds % 2 == 0) })
    }
}
