// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct RTPSessionSendTests {
    private func sent(_ leg: Leg) throws -> (header: RTPHeader, bytes: [UInt8]) {
        let bytes = try #require(leg.take().first { $0.channel == .media }).bytes
        return (try RTPHeader(parsing: bytes.span), bytes)
    }

    private func at(_ milliseconds: Int) -> MediaInstant { .zero.advanced(byMilliseconds: milliseconds) }

    @Test func headerIsWholeAndContinuous() throws {
        let leg = Leg("a@confab", port: 2, ssrc: 0xABCD_EF01)
        var before: RTPHeader?
        for index in 0..<70_000 {
            let packet = OutgoingPacket(
                payloadType: index % 3 == 0 ? 101 : 0, marker: index == 0, timestamp: UInt32(index * 160))
            leg.session.send([9, 8, 7].span, as: packet, now: at(20 * index))
            guard index < 3 || index > 65_000 else {
                leg.store.drain { _, _, _ in }
                before = nil
                continue
            }
            let (header, bytes) = try sent(leg)
            #expect(header.ssrc == 0xABCD_EF01)
            #expect(header.payloadType == packet.payloadType)
            #expect(header.marker == packet.marker)
            #expect(Array(bytes[header.payload]) == [9, 8, 7])
            if let before {
                #expect(before.sequenceNumber.sequenceDistance(to: header.sequenceNumber) == 1)
                #expect(before.timestamp.timestampDistance(to: header.timestamp) == 160)
            }
            before = header
        }
    }

    @Test(arguments: [0, 1, 3, 15])
    func mixNamesItsTalkers(_ count: Int) throws {
        let leg = Leg("a@confab", port: 2, mixerToClientLevel: 4, clientToMixerLevel: 9)
        var mix = ContributingSources()
        for index in 0..<count {
            mix.append(UInt32(0x0102_0304 + index), level: AudioLevel(decibelsBelowOverload: UInt8(index * 3)))
        }
        let level = AudioLevel(decibelsBelowOverload: 17, isVoice: true)
        let packet = OutgoingPacket(payloadType: 0, timestamp: 5, level: level)
        #expect(leg.session.send([1, 2, 3].span, as: packet, contributing: mix, now: .zero) == true)
        let (header, bytes) = try sent(leg)
        #expect(Array(bytes[header.payload]) == [1, 2, 3])
        #expect(header.clientToMixerLevel(9, in: bytes.span) == level)
        let talkers = header.contributingSources(levels: 4, in: bytes.span)
        #expect(talkers.count == count)
        for index in 0..<talkers.count {
            #expect(talkers.ssrc(index) == UInt32(0x0102_0304 + index))
            #expect(talkers.level(index).decibelsBelowOverload == UInt8(index * 3))
        }
    }

    @Test func levelsAreKeptBackWhereNotNegotiated() throws {
        let leg = Leg("a@confab", port: 2)
        var mix = ContributingSources()
        mix.append(5, level: .silence)
        let packet = OutgoingPacket(payloadType: 0, timestamp: 5, level: .silence)
        leg.session.send([1].span, as: packet, contributing: mix, now: .zero)
        let (header, bytes) = try sent(leg)
        #expect(header.extensionElements.isEmpty)
        #expect(header.contributingSource(0, in: bytes.span) == 5)
    }

    @Test func tooLongAndNoRoomAreRefused() {
        let leg = Leg("a@confab", port: 2)
        let packet = OutgoingPacket(payloadType: 0, timestamp: 5)
        #expect(leg.session.send([UInt8](repeating: 1, count: 1488).span, as: packet, now: .zero) == true)
        #expect(leg.session.send([UInt8](repeating: 1, count: 1489).span, as: packet, now: .zero) == false)
        for _ in 1..<64 { #expect(leg.session.send([1].span, as: packet, now: .zero) == true) }
        #expect(leg.session.send([1].span, as: packet, now: .zero) == false)
        #expect(leg.store.overflowed == 1)
        leg.session.mediaRoute = nil
        _ = leg.take()
        leg.session.send([1].span, as: packet, now: .zero)
        #expect(leg.take().isEmpty)
        #expect(leg.store.unrouted == 1)
    }

    @Test func anotherClockGoesOnFromTheLastTimestamp() throws {
        let leg = Leg("a@confab", port: 2, clockRate: 8000)
        leg.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 777), now: at(1000))
        let before = try sent(leg).header.timestamp
        leg.session.changeSendClock(to: 48000)
        leg.session.send([1].span, as: OutgoingPacket(payloadType: 111, timestamp: 5_000_000), now: at(1020))
        let after = try sent(leg).header.timestamp
        #expect(before.timestampDistance(to: after) == 960)
        leg.session.send([1].span, as: OutgoingPacket(payloadType: 111, timestamp: 5_000_960), now: at(1040))
        #expect(after.timestampDistance(to: try sent(leg).header.timestamp) == 960)
    }

    @Test func startsAtRandom() throws {
        var timestamps: Set<UInt32> = []
        var sources: Set<UInt32> = []
        var sequences: Set<UInt16> = []
        for _ in 0..<50 {
            let leg = Leg("a@confab", port: 2)
            leg.session.send([1].span, as: OutgoingPacket(payloadType: 0, timestamp: 0), now: .zero)
            let header = try sent(leg).header
            timestamps.insert(header.timestamp)
            sources.insert(header.ssrc)
            sequences.insert(header.sequenceNumber)
        }
        #expect(timestamps.count > 48 && sources.count > 48 && sequences.count > 45)
    }
}
