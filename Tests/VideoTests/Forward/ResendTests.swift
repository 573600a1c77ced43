// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

@testable import Video

@Suite struct ResendTests {
    private func datagram(_ sequence: UInt16, ssrc: UInt32 = 5) -> Datagram {
        Datagram(sequence: sequence, ssrc: ssrc, payload: [UInt8(sequence & 0xFF), UInt8(sequence >> 8)])
    }

    private func origin(_ sequence: UInt16, ssrc: UInt32 = 5) -> ForwardOrigin {
        ForwardOrigin(source: VideoSourceID(rawValue: 1), ssrc: ssrc, sequenceNumber: sequence)
    }

    private func payload(_ sequence: UInt16, in cache: ResendCache, ssrc: UInt32 = 5) -> [UInt8]? {
        cache.withPacket(sequence, ssrc: ssrc) { span in (12..<span.count).map { span[$0] } }
    }

    @Test func theLastPacketsAreKeptOverTheWrap() {
        let cache = ResendCache(capacity: 512)
        for step in 0..<2000 {
            let packet = datagram(UInt16(truncatingIfNeeded: 64_000 + step))
            cache.store(packet.header, datagram: packet.bytes.span)
        }
        // 64 000 + 1999 is 463 after the wrap.
        for back in 0..<512 {
            let sequence = UInt16(truncatingIfNeeded: 65_999 - back)
            #expect(payload(sequence, in: cache) == [UInt8(sequence & 0xFF), UInt8(sequence >> 8)])
        }
        #expect(payload(UInt16(truncatingIfNeeded: 65_999 - 512), in: cache) == nil)
        #expect(payload(464, in: cache) == nil)
        #expect(payload(463, in: cache, ssrc: 6) == nil)
    }

    @Test func latePacketsFillInAndOldOnesPushNothingOut() {
        let cache = ResendCache(capacity: 16)
        for sequence in [100, 102, 101, 110, 95, 90] as [UInt16] {
            let packet = datagram(sequence)
            cache.store(packet.header, datagram: packet.bytes.span)
        }
        #expect(cache.contains(101, ssrc: 5) && cache.contains(95, ssrc: 5))
        // 90 and 106 share a slot; 94 and 110 too.
        let late = datagram(94)
        cache.store(late.header, datagram: late.bytes.span)
        #expect(cache.contains(110, ssrc: 5) && !cache.contains(94, ssrc: 5))
    }

    @Test func anotherStreamEmptiesTheCache() {
        let cache = ResendCache(capacity: 16)
        for packet in [datagram(1), datagram(2), datagram(3, ssrc: 6)] {
            cache.store(packet.header, datagram: packet.bytes.span)
        }
        #expect(!cache.contains(2, ssrc: 5) && !cache.contains(2, ssrc: 6) && cache.contains(3, ssrc: 6))
        let far = datagram(30_000, ssrc: 6)
        cache.store(far.header, datagram: far.bytes.span)
        #expect(!cache.contains(3, ssrc: 6) && cache.contains(30_000, ssrc: 6))
    }

    @Test func aReceiverGetsAPacketOncePerRoundTrip() {
        let cache = ResendCache()
        let packet = datagram(9)
        cache.store(packet.header, datagram: packet.bytes.span)
        var first = ResendLimit()
        var second = ResendLimit()
        func ask(_ limit: inout ResendLimit, _ now: Int, _ sequence: UInt16 = 9, trip: Int? = 80) -> ResendVerdict {
            cache.answer(origin(sequence), askedAs: 700, limit: &limit, roundTrip: trip, now: at(now))
        }
        #expect(ask(&first, 0) == .resend)
        #expect(ask(&first, 79) == .tooSoon)
        #expect(ask(&second, 79) == .resend)
        #expect(ask(&first, 80) == .resend)
        #expect(ask(&first, 89, trip: nil) == .tooSoon)
        #expect(ask(&first, 90, trip: nil) == .resend)
        #expect(ask(&first, 91, 10) == .missing)
        #expect(cache.count(.resend) == 4 && cache.count(.tooSoon) == 2 && cache.count(.missing) == 1)
    }

    /// A NACK of 1400 octets names nearly 6000 packets, and may come again every round trip, or what the receiver makes
    /// believe is one.
    @Test func aReceiverThatAsksForEverythingGetsItsShare() {
        var limit = ResendLimit()
        func ask(_ milliseconds: Range<Int>) -> Int {
            var allowed = 0
            for now in stride(from: milliseconds.lowerBound, to: milliseconds.upperBound, by: 10) {
                for sequence in 0..<512 as Range<UInt16>
                where limit.allows(sequence, roundTrip: .min, now: at(now)) { allowed += 1 }
            }
            return allowed
        }
        // 256 at once, 500 a second.
        #expect(ask(0..<10) == 256)
        #expect((490...500).contains(ask(10..<1000)))
        #expect((250...256).contains(ask(60_000..<60_010)))
    }

    @Test func anOversizedPacketIsNotKept() {
        let cache = ResendCache()
        let packet = Datagram(sequence: 1, payload: [UInt8](repeating: 0, count: 1600))
        cache.store(packet.header, datagram: packet.bytes.span)
        #expect(!cache.contains(1, ssrc: 1))
    }

    /// A receiver asks for what is missing in its own numbers; it comes, through a switch too.
    @Test func holesAreFilledFromTheCache() throws {
        let sources = [VideoSourceID(rawValue: 1), VideoSourceID(rawValue: 2)]
        var cameras = [
            VP8Camera(ssrc: 1, sequence: 65_500, timestamp: 0, pictureID: 9),
            VP8Camera(ssrc: 2, sequence: 3000, timestamp: 77, pictureID: 0x7FFF),
        ]
        let caches = [ResendCache(), ResendCache()]
        var forwarder = VideoForwarder(
            VideoForwarderConfiguration(ssrc: 9, payloadTypes: PayloadTypeMap([.vp8: 96])))
        forwarder.select(sources[0], now: at(0))
        var limit = ResendLimit()
        var random = SeededGenerator(seed: 4)
        var got: [UInt16: ForwardedPacket] = [:]
        var newest: UInt16 = 0
        for tick in 0..<40 {
            if tick == 20 { forwarder.select(sources[1], now: at(tick * 33)) }
            for index in 0...1 {
                for packet in cameras[index].picture(keyframe: tick == 0 || tick == 20, size: 900).packets {
                    caches[index].store(packet.header, datagram: packet.bytes.span)
                    let verdict = forwarder.receive(packet.packet(.vp8), from: sources[index], now: at(tick * 33))
                    guard let sent = verdict.forwarded else { continue }
                    newest = max(newest, sent.sequenceNumber)
                    if random.chance(0.7) { got[sent.sequenceNumber] = sent }
                }
            }
        }
        let missing = (0...newest).filter { got[$0] == nil }
        #expect(missing.count > 30)
        for sequence in missing {
            let found = forwarder.origin(of: sequence)
            let origin = try #require(found)
            let cache = caches[origin.source == sources[0] ? 0 : 1]
            let verdict = cache.answer(origin, askedAs: sequence, limit: &limit, roundTrip: 50, now: at(2000))
            #expect(verdict == .resend)
            let sent = cache.withPacket(origin.sequenceNumber, ssrc: origin.ssrc) { span -> ForwardedPacket? in
                guard let header = try? RTPHeader(parsing: span) else { return nil }
                return forwarder.resend(VideoPacket(header, codec: .vp8, datagram: span), as: sequence)
            }
            got[sequence] = try #require(sent ?? nil)
        }
        let pictures = (0...newest).compactMap { got[$0]?.descriptor?.pictureID }
        #expect(pictures.count == Int(newest) + 1)
        #expect(zip(pictures, pictures.dropFirst()).allSatisfy { ($1 &- $0) & 0x7FFF <= 1 })
    }
}
