// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct RetransmissionPacketTests {
    private func wrapped(_ datagram: [UInt8], capacity: Int = 1500) throws -> [UInt8]? {
        let header = try RTPHeader(parsing: datagram.span)
        var bytes = [UInt8](repeating: 0, count: capacity)
        var span = bytes.mutableSpan
        let length = RetransmissionPacket.wrap(
            datagram.span, header: header, payloadType: 97, ssrc: 0x99, sequenceNumber: 7, into: &span)
        return length.map { Array(bytes.prefix($0)) }
    }

    private func unwrapped(_ datagram: [UInt8], capacity: Int = 1500) throws -> [UInt8]? {
        let header = try RTPHeader(parsing: datagram.span)
        var bytes = [UInt8](repeating: 0, count: capacity)
        var span = bytes.mutableSpan
        let length = RetransmissionPacket.unwrap(
            datagram.span, header: header, payloadType: 96, ssrc: 0x1122_3344, into: &span)
        return length.map { Array(bytes.prefix($0)) }
    }

    @Test("the original sequence number stands before the payload, all else of the header stays (RFC 4588 §4)")
    func roundTrip() throws {
        let original = rtpPacket(
            payloadType: 96, marker: true, sequence: 0xABCD, timestamp: 90_000, csrcs: [5, 6],
            extensionProfile: 0xBEDE, extensionBytes: [0x10, 0xAA, 0, 0], payload: [1, 2, 3], padding: 5)
        let expected = rtpPacket(
            payloadType: 97, marker: true, sequence: 7, timestamp: 90_000, ssrc: 0x99, csrcs: [5, 6],
            extensionProfile: 0xBEDE, extensionBytes: [0x10, 0xAA, 0, 0], payload: [0xAB, 0xCD, 1, 2, 3])
        let retransmission = try #require(try wrapped(original))
        #expect(retransmission == expected)
        let header = try RTPHeader(parsing: retransmission.span)
        #expect(RetransmissionPacket.originalSequenceNumber(of: header, in: retransmission.span) == 0xABCD)
        // Without its padding.
        #expect(
            try unwrapped(retransmission)
                == rtpPacket(
                    payloadType: 96, marker: true, sequence: 0xABCD, timestamp: 90_000, csrcs: [5, 6],
                    extensionProfile: 0xBEDE, extensionBytes: [0x10, 0xAA, 0, 0], payload: [1, 2, 3]))
    }

    @Test("a packet that only probes the path has no original")
    func probes() throws {
        #expect(try unwrapped(rtpPacket(payloadType: 97, sequence: 1, payload: [], padding: 200)) == nil)
        #expect(try unwrapped(rtpPacket(payloadType: 97, sequence: 1, payload: [5])) == nil)
        #expect(try unwrapped(rtpPacket(payloadType: 97, sequence: 1, payload: [0, 9]))?.count == 12)
    }

    @Test("too small a buffer takes nothing")
    func bounds() throws {
        let packet = rtpPacket(payloadType: 96, sequence: 1, payload: [1, 2, 3])
        #expect(try wrapped(packet, capacity: 16) == nil)
        #expect(try wrapped(packet, capacity: 17)?.count == 17)
        #expect(try unwrapped(packet, capacity: 12) == nil)
        #expect(try unwrapped(packet, capacity: 13)?.count == 13)
    }

    @Test("a header of another datagram leads nowhere outside")
    func strayHeader() {
        var random = SeededRandom(state: 4)
        for _ in 0..<2_000 {
            let datagram = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let start = Int.random(in: 0...30, using: &random)
            let header = RTPHeader(
                payloadType: 96, sequenceNumber: 1, timestamp: 0, ssrc: 1,
                payload: start..<(start + Int.random(in: 0...30, using: &random)))
            var bytes = [UInt8](repeating: 0, count: 64)
            var span = bytes.mutableSpan
            _ = RetransmissionPacket.wrap(
                datagram.span, header: header, payloadType: 97, ssrc: 2, sequenceNumber: 1, into: &span)
            _ = RetransmissionPacket.unwrap(datagram.span, header: header, payloadType: 96, ssrc: 2, into: &span)
        }
    }
}
