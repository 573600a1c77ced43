// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct RTPSessionReceiveTests {
    private let leg = Leg("a@confab", port: 2)

    @Test func eachPacketComesOutAtOnceInTheOrderOfArrival() throws {
        for sequence in [65534, 65535, 1, 0, 0, 3, 2, 9, 4] {
            let bytes = rtpPacket(
                sequence: UInt16(sequence), timestamp: UInt32(sequence * 160), payload: [UInt8(sequence & 255)])
            let header = try #require(leg.receive(bytes).header)
            #expect(header.sequenceNumber == UInt16(sequence))
            #expect(header.timestamp == UInt32(sequence * 160))
            #expect(Array(bytes[header.payload]) == [UInt8(sequence & 255)])
        }
        #expect(leg.session.statistics.packetsReceived == 9)
        #expect(leg.session.statistics.duplicates == 1)
    }

    @Test func timestampJumpsPass() {
        let timestamps: [UInt32] = [1000, 1160, 0x8000_0000, 5, 0xFFFF_FFFF, 0x7FFF_FFF0, 1000, 1]
        for (index, timestamp) in timestamps.enumerated() {
            let verdict = leg.receive(rtpPacket(sequence: UInt16(index), timestamp: timestamp))
            #expect(verdict.header?.timestamp == timestamp)
        }
    }

    @Test func sequenceJumpsPass() {
        for sequence: UInt16 in [100, 101, 40_000, 40_001, 40_002, 5, 6, 60_000] {
            #expect(leg.receive(rtpPacket(sequence: sequence)).header?.sequenceNumber == sequence)
        }
        #expect(leg.session.statistics.restarts == 2)
    }

    @Test func anotherSSRCIsARestartAtOnce() {
        #expect(leg.receive(rtpPacket(sequence: 50_000, timestamp: 90_000, ssrc: 1)).continuity == .first)
        #expect(leg.receive(rtpPacket(sequence: 50_001, timestamp: 90_160, ssrc: 1)).continuity == .next)
        #expect(leg.receive(rtpPacket(sequence: 3, timestamp: 10, ssrc: 2)).continuity == .newSource)
        #expect(leg.session.remoteSSRC == 2)
        #expect(leg.receive(rtpPacket(sequence: 4, timestamp: 170, ssrc: 2)).continuity == .next)
        #expect(leg.receive(rtpPacket(sequence: 50_002, timestamp: 90_320, ssrc: 1)).continuity == .newSource)
        #expect(leg.session.statistics.restarts == 2)
        #expect(leg.session.statistics.packetsLost == 0)
    }

    @Test func telephoneEventsComeOutLikeAudio() {
        for sequence: UInt16 in 1...10 {
            let isEvent = sequence.isMultiple(of: 2)
            let bytes = rtpPacket(payloadType: isEvent ? 101 : 0, sequence: sequence, timestamp: isEvent ? 160 : 999)
            #expect(leg.receive(bytes).header?.payloadType == (isEvent ? 101 : 0))
        }
    }

    @Test func dropsAreNamed() {
        #expect(leg.receive([0x80, 0]) == .drop(.malformed(.short)))
        #expect(leg.receive(rtpPacket(payloadType: 96, sequence: 1)) == .drop(.payloadType))
        #expect(leg.receive(rtpPacket(sequence: 1, payload: [])) == .drop(.empty))
        #expect(leg.receive(rtpPacket(sequence: 2, payload: [1], padding: 4)).header != nil)
        #expect(leg.receive(rtpPacket(sequence: 3, payload: [], padding: 4)) == .drop(.empty))
        let long = rtpPacket(sequence: 4, payload: [UInt8](repeating: 1, count: 1489))
        #expect(leg.receive(long) == .drop(.oversized))
        #expect(leg.receive(Array(long.dropLast())).header != nil)
        // None of it disturbed the stream; the keep-alives were received, the long one was lost.
        #expect(leg.session.statistics.packetsReceived == 4)
    }

    @Test func collisionChangesOurSSRCAndSaysGoodbye() throws {
        let old = leg.session.ssrc
        leg.session.send([1, 2].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .zero)
        _ = leg.take()
        #expect(leg.receive(rtpPacket(sequence: 1, ssrc: old), from: 77) == .drop(.collision))
        let fresh = leg.session.ssrc
        #expect(fresh != old)
        let control = try #require(leg.takeControl().first)
        #expect(try Leg.packets(control).last?.saysGoodbye(old, in: control.span) == true)
        // The peer sends our packets back: no second change, and a later packet of the old SSRC is a stream like others.
        #expect(leg.receive(rtpPacket(sequence: 2, ssrc: fresh), from: 77) == .drop(.loop))
        #expect(leg.session.ssrc == fresh)
        #expect(leg.receive(rtpPacket(sequence: 3, ssrc: old), from: 77).header != nil)
        leg.session.send([1, 2].span, as: OutgoingPacket(payloadType: 0, timestamp: 160), now: .zero)
        let sent = try #require(leg.take().first)
        #expect(try RTPHeader(parsing: sent.bytes.span).ssrc == fresh)
    }

    @Test func noiseNeverHarms() {
        var random = SeededRandom(state: 11)
        let report: [UInt8] = [0x81, 200, 0, 12] + [UInt8](repeating: 0, count: 48)
        for _ in 0..<20_000 {
            var bytes = Bool.random(using: &random) ? report : rtpPacket(sequence: 1)
            bytes.removeLast(Int.random(in: 0..<8, using: &random))
            for _ in 0..<6 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = leg.receive(bytes)
            _ = leg.session.receiveControl(bytes.span, now: .zero)
            _ = leg.take()
        }
        #expect(leg.receive(rtpPacket(sequence: 9)).header?.sequenceNumber == 9)
    }
}
