// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import RTP

@Suite struct MissingPacketsTests {
    private func at(_ milliseconds: Int) -> MediaInstant { .zero.advanced(byMilliseconds: 1000 + milliseconds) }

    private func asked(_ action: MissingPacketsAction) -> [UInt16] {
        var found: [UInt16] = []
        action.request.forEach { found.append($0) }
        return found
    }

    @Test("a gap is asked for after the delay, again after the interval, and then given up")
    func life() {
        var missing = MissingPackets(limits: .init(reorderDelay: 10, retryInterval: 30, giveUp: 75, attempts: 8))
        #expect(missing.receive(65534, now: at(0)) == .inOrder)
        #expect(missing.nextDeadline == nil)
        #expect(missing.receive(1, now: at(0)) == .gap(2))
        #expect(missing.count == 2 && missing.nextDeadline == at(10))
        #expect(missing.take(now: at(9)).request.isEmpty)
        #expect(asked(missing.take(now: at(10))) == [65535, 0])
        #expect(missing.nextDeadline == at(40))
        #expect(missing.receive(0, now: at(35)) == .recovered)
        #expect(asked(missing.take(now: at(40))) == [65535])
        #expect(asked(missing.take(now: at(70))) == [65535])
        #expect(missing.nextDeadline == at(75))
        let last = missing.take(now: at(75))
        #expect(last.abandoned == 1 && last.request.isEmpty)
        #expect(missing.count == 0 && missing.nextDeadline == nil)
        #expect(missing.receive(65535, now: at(80)) == .late)
        #expect(missing.receive(1, now: at(80)) == .late)
    }

    @Test("packets that only overtook each other are never asked for")
    func reordering() {
        var missing = MissingPackets()
        let steps = [(10, MissingPacketsVerdict.inOrder), (12, .gap(1)), (11, .recovered), (13, .inOrder)]
        for (sequence, verdict) in steps {
            let found = missing.receive(UInt16(sequence), now: at(0))
            #expect(found == verdict)
        }
        #expect(missing.nextDeadline == nil)
        #expect(missing.take(now: at(500)).request.isEmpty)
    }

    @Test("attempts and the round trip bound the requests")
    func attempts() {
        var missing = MissingPackets(limits: .init(reorderDelay: 0, retryInterval: 20, giveUp: 10_000, attempts: 2))
        missing.roundTrip = 100
        _ = missing.receive(1, now: at(0))
        _ = missing.receive(3, now: at(0))
        #expect(asked(missing.take(now: at(0))) == [2])
        #expect(missing.take(now: at(99)).request.isEmpty)
        #expect(asked(missing.take(now: at(100))) == [2])
        #expect(missing.take(now: at(199)).abandoned == 0)
        #expect(missing.take(now: at(200)).abandoned == 1)
    }

    @Test("all that a window can miss is asked for in one request")
    func manyGaps() {
        var missing = MissingPackets()
        for index in 0...42 { _ = missing.receive(UInt16(index * 6), now: at(0)) }
        #expect(asked(missing.take(now: at(10))) == (0...252).filter { $0 % 6 != 0 }.map(UInt16.init))
        #expect(missing.nextDeadline == at(40))
        var whole = MissingPackets()
        _ = whole.receive(0, now: at(0))
        #expect(whole.receive(255, now: at(0)) == .gap(254))
        #expect(asked(whole.take(now: at(10))).count == 254)
    }

    @Test("the window moves on and tells what it left behind")
    func window() {
        var missing = MissingPackets(limits: .init(giveUp: 100_000))
        _ = missing.receive(0, now: at(0))
        _ = missing.receive(11, now: at(0))
        for sequence in 12...264 { _ = missing.receive(UInt16(sequence), now: at(1)) }
        #expect(missing.count == 2, "packets 9 and 10 are still within reach")
        #expect(missing.nextDeadline == at(1))
        let action = missing.take(now: at(20))
        #expect(action.abandoned == 8)
        #expect(asked(action) == [9, 10])
        _ = missing.receive(265, now: at(21))
        _ = missing.receive(266, now: at(21))
        #expect(missing.count == 0 && missing.nextDeadline != nil)
        #expect(missing.take(now: at(21)).abandoned == 2)
        #expect(missing.nextDeadline == nil)
    }

    @Test("one stray packet changes nothing, two in a row begin anew")
    func restart() {
        var missing = MissingPackets()
        _ = missing.receive(100, now: at(0))
        _ = missing.receive(102, now: at(0))
        #expect(missing.receive(30_000, now: at(1)) == .probation)
        #expect(missing.receive(103, now: at(1)) == .inOrder)
        #expect(missing.receive(30_001, now: at(1)) == .probation)
        #expect(missing.count == 1)
        #expect(missing.receive(30_002, now: at(2)) == .restarted)
        #expect(missing.count == 0 && missing.nextDeadline == nil)
        #expect(missing.receive(30_003, now: at(2)) == .inOrder)
        missing.removeAll()
        #expect(missing.receive(5, now: at(3)) == .inOrder)
    }

    @Test("over a bad network nearly everything is recovered, and memory stays bounded", arguments: [1, 2, 3])
    func network(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var missing = MissingPackets()
        missing.roundTrip = 40
        var here: Set<UInt16> = []
        var onTheWay: [(Int, UInt16)] = []
        var abandoned = 0
        for millisecond in 0..<70_000 {
            if millisecond < 65_536, !generator.chance(0.1) {
                // A packet in five is late by as much as 8 ms, and overtaken.
                let delay = generator.chance(0.2) ? Int(generator.unit() * 8) : 0
                onTheWay.append((millisecond + delay, UInt16(millisecond)))
            }
            for (_, sequence) in onTheWay.filter({ $0.0 == millisecond }) {
                _ = missing.receive(sequence, now: at(millisecond))
                here.insert(sequence)
            }
            onTheWay.removeAll { $0.0 <= millisecond }
            while let deadline = missing.nextDeadline, deadline <= at(millisecond) {
                let action = missing.take(now: at(millisecond))
                abandoned += action.abandoned
                // Requests and their answers are lost as well.
                action.request.forEach { sequence in
                    #expect(!here.contains(sequence), "never asks for what came")
                    if !generator.chance(0.2) { onTheWay.append((millisecond + 40, sequence)) }
                }
            }
            #expect(missing.count < MissingPackets.window)
        }
        #expect(here.count + abandoned >= 65_530)
        #expect(abandoned < 100)
    }

    @Test("any numbers at any times are borne")
    func noise() {
        var generator = SeededGenerator(seed: 9)
        var missing = MissingPackets(limits: .init(reorderDelay: -1, retryInterval: 0, giveUp: 0, attempts: 0))
        var sequence: UInt16 = 0
        for round in 0..<100_000 {
            sequence = generator.chance(0.01) ? UInt16.random(in: 0...65535, using: &generator) : sequence &+ 1
            if generator.chance(0.3) { sequence = sequence &+ UInt16.random(in: 0...300, using: &generator) }
            _ = missing.receive(sequence, now: at(Int.random(in: 0...50, using: &generator) + round))
            if round % 7 == 0 { _ = missing.take(now: at(round)) }
            #expect(missing.count >= 0 && missing.count < MissingPackets.window)
            #expect(missing.count == 0 || missing.nextDeadline != nil)
        }
    }
}
