// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

/// A jitter buffer with a player that plays each packet whole: its state is what was played, a letter a tick.
private struct Player: ~Copyable {
    var buffer: JitterBuffer
    var now = MediaInstant(nanoseconds: 5_000_000_000)
    var unplayed = 0
    /// Sequence numbers as played; -1 missing, -2 silence, -3 nothing here.
    var played: [Int] = []
    let frame: Int

    init(clockRate: Int = 8000) {
        buffer = JitterBuffer(clockRate: clockRate)
        frame = clockRate / 50
    }

    @discardableResult
    mutating func insert(
        _ sequence: Int, timestamp: Int? = nil, ssrc: UInt32 = 1, duration: Int? = nil, at offset: Int64 = 0
    ) -> JitterBufferVerdict {
        let header = RTPHeader(
            payloadType: 0, sequenceNumber: UInt16(truncatingIfNeeded: sequence),
            timestamp: UInt32(truncatingIfNeeded: timestamp ?? sequence * frame), ssrc: ssrc)
        let payload = [UInt8(truncatingIfNeeded: sequence), UInt8(truncatingIfNeeded: sequence >> 8)]
        return payload.withUnsafeBytes { bytes in
            buffer.insert(
                header, payload: bytes, duration: duration ?? frame, level: nil,
                arrival: now.advanced(byNanoseconds: offset))
        }
    }

    mutating func tick() {
        now = now.advanced(byMilliseconds: 20)
        while unplayed < frame {
            switch buffer.pull(now: now, unplayed: unplayed) {
            case .packet(let packet):
                played.append(Int(packet.payload[0]) | Int(packet.payload[1]) << 8)
                unplayed += packet.duration - packet.skip
            case .missing(let gap, _):
                played.append(-1)
                let length = min(gap, frame)
                unplayed += length
                buffer.advance(ticks: length)
            case .silence(let gap):
                played.append(-2)
                let length = min(gap, frame)
                unplayed += length
                buffer.advance(ticks: length)
            case .empty:
                played.append(-3)
                buffer.starve(ticks: frame - unplayed)
                unplayed = frame
            }
        }
        unplayed -= frame
    }

    /// A packet a tick, 5 ms before it.
    mutating func play(_ sequences: ClosedRange<Int>, ssrc: UInt32 = 1, timestampOffset: Int = 0) {
        for sequence in sequences {
            insert(sequence, timestamp: sequence * frame + timestampOffset, ssrc: ssrc, at: 15_000_000)
            tick()
        }
    }

    func count(_ verdict: JitterBufferVerdict) -> Int { buffer.statistics[verdict] }
    func discarded() -> Int { buffer.statistics.discarded }
    func lost() -> Int { buffer.statistics.lost }
    func delay() -> Double {
        buffer.delay(now: now.advanced(byMilliseconds: 20), unplayed: unplayed).map { Double($0.now) * 1e-6 } ?? -1
    }
}

@Suite struct JitterBufferTests {
    @Test func aPacketIsPlayedAtTheTickAfterIt() {
        var player = Player()
        player.play(10...60)
        #expect(player.played == Array(10...60))
    }

    @Test(arguments: [8000, 48000])
    func sequenceAndTimestampWrap(clockRate: Int) {
        var player = Player(clockRate: clockRate)
        let frame = player.frame
        player.play(65530...65545, timestampOffset: 0xFFFF_FFFF - 65535 * frame)
        #expect(player.played == (65530...65545).map { $0 & 0xFFFF })
        let resets = player.count(.reset)
        #expect(resets == 1)
    }

    @Test func packetsAreSorted() {
        var player = Player()
        player.play(1...5)
        for sequence in [7, 6, 9, 8] { player.insert(sequence, at: 15_000_000) }
        for _ in 0..<4 { player.tick() }
        #expect(player.played.suffix(4) == [6, 7, 8, 9])
    }

    @Test func aSecondCopyIsADuplicateBeforeAndAfterItWasPlayed() {
        var player = Player()
        player.play(1...3)
        #expect(player.insert(4) == .accepted)
        #expect(player.insert(4) == .duplicate)
        player.tick()
        #expect(player.insert(4) == .duplicate)
        #expect(player.insert(2) == .duplicate)
    }

    @Test func aLostPacketIsReportedWithTheNextOneAndItsLatecomerIsLate() {
        var player = Player()
        player.play(1...3)
        player.insert(5)
        player.tick()
        #expect(player.played.last == -1)
        #expect(player.insert(4) == .late)
        player.tick()
        #expect(player.played.last == 5)
        let lost = player.lost()
        #expect(lost == 1)
    }

    @Test func aLatePacketGrowsTheDelayOnlyWhereThatPays() {
        // Young stream: every late packet counts, so it is played after all and the delay grows by a tick.
        var young = Player()
        young.play(1...5)
        young.tick()
        young.insert(6, at: 3_000_000)
        young.insert(7, at: 15_000_000)
        young.tick()
        #expect(young.played.suffix(2) == [-3, 6])
        young.tick()
        #expect(young.played.last == 7)
        // Settled stream: one in hundreds is not worth a delay for all that follow.
        var settled = Player()
        settled.play(1...300)
        settled.tick()
        settled.insert(301, at: 3_000_000)
        settled.insert(302, at: 15_000_000)
        settled.tick()
        #expect(settled.played.suffix(2) == [-3, 302])
        let discarded = settled.discarded()
        #expect(discarded == 1)
    }

    @Test func aGapInTheTimestampsAloneIsSilence() {
        var player = Player()
        player.play(1...3)
        for _ in 0..<4 { player.tick() }
        player.insert(4, timestamp: 4 * 160 + 6 * 160, at: 15_000_000)
        for _ in 0..<3 { player.tick() }
        #expect(player.played.suffix(7) == [-3, -3, -3, -3, -2, -2, 4])
    }

    @Test func aNewSourceTakesOverWhenTheOldOneStoppedOrItPersists() {
        var player = Player()
        player.play(1...10)
        #expect(player.insert(900, ssrc: 2, at: 15_000_000) == .probation)
        player.insert(11, at: 15_000_000)
        player.tick()
        #expect(player.played.last == 11)
        #expect(player.insert(500, ssrc: 3, at: 15_000_000) == .probation)
        #expect(player.insert(501, ssrc: 3, at: 15_000_000) == .reset)
        for _ in 0..<5 { player.tick() }
        #expect(player.insert(7, ssrc: 4, at: 15_000_000) == .reset)
        player.tick()
        #expect(player.played.last == 7)
    }

    @Test func aSequenceJumpNeedsTwoInARow() {
        var player = Player()
        player.play(1...10)
        #expect(player.insert(30_000) == .probation)
        #expect(player.insert(11) == .accepted)
        #expect(player.insert(20_000) == .probation)
        #expect(player.insert(20_001) == .reset)
    }

    @Test func aTimestampJumpDoesNotMoveThePlayout() {
        var player = Player()
        player.play(1...50)
        player.play(51...100, timestampOffset: 123_456_789)
        player.play(101...150, timestampOffset: -999_999)
        #expect(player.played == Array(1...150))
        #expect(player.delay() < 21)
    }

    @Test func aBurstAfterAnOutageKeepsTheNewest() {
        var player = Player()
        player.play(1...20)
        for _ in 0..<100 { player.tick() }
        for sequence in 21...120 { player.insert(sequence, at: 15_000_000) }
        for sequence in 121...500 {
            player.insert(sequence, at: 15_000_000)
            player.tick()
        }
        #expect(player.delay() < 450)
        let overflow = player.count(.overflow)
        #expect(overflow == 0)
        #expect(player.played.last ?? 0 > 450)
    }

    @Test func aPacketWithoutMediaOrTooLargeIsRefused() {
        var player = Player()
        #expect(player.insert(1, duration: 0) == .malformed)
        #expect(player.insert(1, duration: 8000) == .malformed)
        let header = RTPHeader(payloadType: 0, sequenceNumber: 1, timestamp: 0, ssrc: 1)
        let large = [UInt8](repeating: 0, count: 1501)
        let verdict = large.withUnsafeBytes {
            player.buffer.insert(header, payload: $0, duration: 160, level: nil, arrival: .zero)
        }
        #expect(verdict == .overflow)
    }

    @Test(arguments: [UInt64](1...20))
    func anyNetworkLeavesTheOrderWholeAndTheDelayBounded(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var condition = NetworkCondition(
            jitter: .exponential(generator.unit() * 40), loss: .bursts(share: generator.unit() * 0.3, burst: 3))
        condition.duplication = generator.unit() * 0.2
        condition.reordering = generator.unit() * 0.2
        condition.reorders = generator.chance(0.5)
        var network = NetworkEmulator<(Int, Int)>(condition, seed: seed)
        var player = Player()
        var (sequence, timestamp) = (Int(generator.next() & 0xFFFF), Int(generator.next() & 0xFFFF_FFFF))
        for _ in 0..<1500 {
            if generator.chance(0.002) { timestamp += Int(generator.next() & 0xFFFF_FFFF) }
            if generator.chance(0.002) { sequence += Int(generator.next() & 0xFFFF) }
            if generator.chance(0.01) { timestamp += 160 * Int(generator.next() & 31) }
            network.send((sequence, timestamp), at: player.now.nanoseconds)
            sequence += 1
            timestamp += 160
            let next = player.now.nanoseconds + 20_000_000
            while let (packet, arrival) = network.receive(by: next) {
                player.insert(packet.0, timestamp: packet.1, at: arrival - player.now.nanoseconds)
            }
            player.tick()
            #expect(player.delay() < 1200)
        }
        let packets = player.played.filter { $0 >= 0 }
        let backwards = zip(packets, packets.dropFirst()).filter { Int16(truncatingIfNeeded: $1 - $0) <= 0 }.count
        // Only a restart may go back.
        let resets = player.count(.reset)
        #expect(backwards <= resets)
        #expect(packets.count > 600)
    }
}
