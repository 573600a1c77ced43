// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

/// A packet on its way from sender to receiver.
private struct Flight {
    var packet: TelephoneEventPacket
    var tick: Int
}

@Suite struct TelephoneEventTests {
    private func instant(_ tick: Int) -> MediaInstant { .zero.advanced(byMilliseconds: 20 * (tick + 1)) }

    /// All packets of `digits`, one tick each 20 ms.
    private func flights(_ digits: String, milliseconds: Int, clockRate: Int, start: UInt32 = 0) -> [Flight] {
        var sender = TelephoneEventSender(clockRate: clockRate)
        for digit in digits.compactMap(DTMFDigit.init) { sender.press(digit, milliseconds: milliseconds) }
        var flights: [Flight] = []
        var tick = 0
        while !sender.isIdle {
            let timestamp = start &+ UInt32(tick * clockRate / 50)
            if let packet = sender.next(at: timestamp) { flights.append(Flight(packet: packet, tick: tick)) }
            tick += 1
        }
        return flights
    }

    private func heard(_ flights: [Flight], clockRate: Int) -> [TelephoneEventChange] {
        var receiver = TelephoneEventReceiver()
        var changes: [TelephoneEventChange] = []
        let end = (flights.map(\.tick).max() ?? 0) + 20
        for tick in 0...end {
            changes += receiver.fire(now: instant(tick))
            for flight in flights where flight.tick == tick {
                let bytes = flight.packet.event.bytes
                changes += receiver.receive(
                    bytes.span, timestamp: flight.packet.timestamp, marker: flight.packet.marker,
                    clockRate: clockRate, now: instant(tick))
            }
        }
        return changes
    }

    private func keys(_ changes: [TelephoneEventChange]) -> String {
        String(
            changes.compactMap { change -> Character? in
                if case .pressed(let press) = change { press.digit?.character } else { nil }
            })
    }

    private func lengths(_ changes: [TelephoneEventChange]) -> [Int] {
        changes.compactMap { change in
            if case .released(let press) = change { press.milliseconds } else { nil }
        }
    }

    @Test(arguments: [8000, 16000, 48000])
    func everyKeyArrivesOnce(_ clockRate: Int) {
        let changes = heard(
            flights("0123456789*#ABCD11", milliseconds: 100, clockRate: clockRate), clockRate: clockRate)
        #expect(keys(changes) == "0123456789*#ABCD11")
        #expect(lengths(changes) == [Int](repeating: 100, count: 18))
    }

    @Test func endIsSentThreeTimesWithOneTimestamp() {
        let packets = flights("5", milliseconds: 100, clockRate: 8000).map(\.packet)
        #expect(packets.map(\.event.duration) == [160, 320, 480, 640, 800, 800, 800])
        #expect(packets.map(\.event.isEnd) == [false, false, false, false, true, true, true])
        #expect(packets.map(\.marker) == [true, false, false, false, false, false, false])
        #expect(Set(packets.map(\.timestamp)) == [0])
    }

    @Test func anyTwoOfThreeEndsMayBeLost() {
        let all = flights("5", milliseconds: 100, clockRate: 8000)
        for kept in 4...6 {
            let changes = heard(Array(all[..<4]) + [all[kept]], clockRate: 8000)
            #expect(keys(changes) == "5")
            #expect(lengths(changes) == [100])
        }
    }

    @Test func lostEndIsMadeUpByADeadline() {
        let changes = heard(Array(flights("5", milliseconds: 100, clockRate: 8000)[..<4]), clockRate: 8000)
        #expect(keys(changes) == "5")
        #expect(lengths(changes) == [80])
    }

    @Test func lostEndIsMadeUpByTheNextKey() {
        let all = flights("55", milliseconds: 100, clockRate: 8000)
        let changes = heard(all.filter { !($0.packet.timestamp == 0 && $0.packet.event.isEnd) }, clockRate: 8000)
        #expect(keys(changes) == "55")
        #expect(lengths(changes) == [80, 100])
    }

    @Test func oneEndAloneIsAWholePress() {
        let last = flights("7", milliseconds: 100, clockRate: 8000).suffix(1)
        #expect(
            heard(Array(last), clockRate: 8000) == [
                .pressed(TelephoneKeyPress(code: 7, milliseconds: 100)),
                .released(TelephoneKeyPress(code: 7, milliseconds: 100)),
            ])
    }

    /// 20 s: three segments at 8000 Hz, fifteen at 48000.
    @Test(arguments: [8000, 48000])
    func longPressIsOneEvent(_ clockRate: Int) {
        let all = flights("9", milliseconds: 20_000, clockRate: clockRate, start: UInt32.max - 5000)
        #expect(all.filter(\.packet.marker).count == 1)
        #expect(all.filter(\.packet.event.isEnd).count == 3)
        let changes = heard(all, clockRate: clockRate)
        #expect(keys(changes) == "9")
        #expect(lengths(changes) == [20_000])
    }

    @Test(arguments: 1...30)
    func lossAndReorderingNeverDoubleAKey(_ seed: Int) {
        var random = SeededRandom(state: UInt64(seed))
        var all = flights("1234#", milliseconds: 120, clockRate: 8000)
        all.removeAll { _ in Int.random(in: 0..<10, using: &random) < 2 }
        for index in all.indices where Bool.random(using: &random) { all[index].tick += 1 }
        let found = keys(heard(all, clockRate: 8000))
        #expect(found == "1234#")
    }

    @Test func aSenderThatCountsAnewIsHeard() {
        var receiver = TelephoneEventReceiver()
        let end = TelephoneEvent(code: 1, isEnd: true, duration: 800).bytes
        var changes = receiver.receive(end.span, timestamp: 100_000, marker: true, clockRate: 8000, now: instant(0))
        changes += receiver.receive(end.span, timestamp: 10, marker: true, clockRate: 8000, now: instant(1))
        #expect(keys(changes) == "1")
        changes += receiver.receive(end.span, timestamp: 10, marker: true, clockRate: 8000, now: instant(60))
        #expect(keys(changes) == "11")
    }

    @Test func packedEventsAreTakenInTurn() {
        var receiver = TelephoneEventReceiver()
        let first = TelephoneEvent(code: 1, isEnd: true, duration: 400)
        let second = TelephoneEvent(code: 2, isEnd: true, duration: 400)
        let bytes = first.bytes.span.array + second.bytes.span.array
        let changes = receiver.receive(bytes.span, timestamp: 0, marker: true, clockRate: 8000, now: instant(0))
        #expect(keys(changes) == "12")
        #expect(
            receiver.receive([1, 2, 3].span, timestamp: 9000, marker: true, clockRate: 8000, now: instant(1)).isEmpty)
    }

    @Test func keysArePausedBetween() {
        let ticks = flights("12", milliseconds: 100, clockRate: 8000).map(\.tick)
        // 5 updates, 2 repeated ends, one tick of audio, the next key.
        #expect(ticks == [0, 1, 2, 3, 4, 5, 6] + [8, 9, 10, 11, 12, 13, 14])
    }
}
