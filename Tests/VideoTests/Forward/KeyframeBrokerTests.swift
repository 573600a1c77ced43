// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

@testable import Video

@Suite struct KeyframeBrokerTests {
    /// Lets time pass to `end`, and says when what was asked.
    private func run(_ broker: inout KeyframeBroker, to end: Int) -> [(Int, KeyframeAsk)] {
        var asks: [(Int, KeyframeAsk)] = []
        while let deadline = broker.nextDeadline, deadline <= at(end) {
            if let ask = broker.timePassed(now: deadline) { asks.append((deadline.milliseconds(since: .zero), ask)) }
        }
        return asks
    }

    @Test func anAnswerIsFollowedByAsksUntilAKeyFrameComes() {
        var broker = KeyframeBroker(ways: [.pictureLoss, .fullIntra])
        let first = broker.request(.start, now: at(0))
        #expect(first == .pictureLoss)
        #expect(run(&broker, to: 20_000).map(\.0) == [500, 1000, 2000, 3000, 4000, 9000, 14_000, 19_000])
        broker.keyframeArrived()
        #expect(broker.nextDeadline == nil && !broker.isWanting)
        #expect(broker.counters.keyframes == 1 && broker.counters.pictureLosses == 9)
        var quick = KeyframeBroker(ways: .pictureLoss)
        _ = quick.request(.start, now: at(0))
        #expect(run(&quick, to: 500).map(\.0) == [500])
        quick.keyframeArrived()
        #expect(run(&quick, to: 10_000).isEmpty)
    }

    @Test func asksAreCoalescedToOneASecond() {
        var broker = KeyframeBroker(ways: .pictureLoss)
        var sent: [Int] = []
        for now in stride(from: 0, to: 10_000, by: 7) {
            if let deadline = broker.nextDeadline, deadline <= at(now), broker.timePassed(now: at(now)) != nil {
                sent.append(now)
            }
            if broker.request(now % 2 == 0 ? .pictureLoss : .join, now: at(now)) != nil { sent.append(now) }
            // The source answers within 100 ms.
            if let last = sent.last, now - last >= 100, broker.isWanting, last > now - 107 { broker.keyframeArrived() }
        }
        #expect(sent.count == 10)
        #expect(zip(sent, sent.dropFirst()).allSatisfy { $1 - $0 >= 1000 })
        #expect(broker.counters[.pictureLoss] + broker.counters[.join] == 1429)
        #expect(broker.counters.coalesced > 1400)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func neverMoreThanOneASecondAndItsRepetition(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var broker = KeyframeBroker(ways: .pictureLoss)
        var sent: [Int] = []
        for now in 0..<20_000 {
            if random.chance(0.01), broker.request(.change, now: at(now)) != nil { sent.append(now) }
            if let deadline = broker.nextDeadline, deadline <= at(now), broker.timePassed(now: at(now)) != nil {
                sent.append(now)
            }
            if random.chance(0.002) { broker.keyframeArrived() }
        }
        #expect(sent.count > 10)
        for (index, now) in sent.enumerated() {
            let within = sent[index...].prefix { $0 < now + 1000 }
            #expect(within.count <= 2)
            if within.count == 2 { #expect(within[index + 1] - now == 500 || index > 0) }
        }
    }

    @Test func aRequestAfterAKeyFrameWaitsForTheSecond() {
        var broker = KeyframeBroker(ways: .pictureLoss)
        let first = broker.request(.pictureLoss, now: at(0))
        broker.keyframeArrived()
        let second = broker.request(.join, now: at(300))
        #expect(first != nil && second == nil && broker.nextDeadline == at(1000))
        #expect(run(&broker, to: 1400).map(\.0) == [1000])
        #expect(broker.nextDeadline == at(1500))
    }

    @Test func asksGoByWhatTheSourceUnderstands() {
        func way(_ ways: KeyframeWays) -> KeyframeAsk? {
            var broker = KeyframeBroker(ways: ways, firstCommand: 255)
            return broker.request(.change, now: at(0))
        }
        #expect(way([.pictureLoss, .fullIntra, .fastUpdate]) == .pictureLoss)
        #expect(way([.fullIntra, .fastUpdate]) == .fullIntra(sequence: 255))
        #expect(way(.fastUpdate) == .fastUpdate)
        #expect(way([]) == nil)
    }

    @Test func withoutAWayNothingIsAskedUntilThereIsOne() {
        var broker = KeyframeBroker(ways: [])
        let none = broker.request(.join, now: at(0))
        #expect(none == nil && broker.nextDeadline == nil && broker.counters.unaskable == 1 && broker.isWanting)
        broker.ways = .fullIntra
        #expect(broker.nextDeadline == at(0))
        let late = broker.timePassed(now: at(400))
        #expect(late == .fullIntra(sequence: 0))
    }

    /// RFC 5104 §4.3.1.1: a repetition keeps the number, a new command has the next.
    @Test func commandsAreNumbered() {
        var broker = KeyframeBroker(ways: .fullIntra, firstCommand: 254)
        let first = broker.request(.change, now: at(0))
        #expect(first == .fullIntra(sequence: 254))
        #expect(run(&broker, to: 2000).map(\.1) == [254, 255, 0].map { .fullIntra(sequence: $0) })
    }

    @Test func repeatedCommandsOfAReceiverCountOnce() {
        var broker = KeyframeBroker(ways: .pictureLoss)
        func fir(_ sender: UInt32, _ sequence: UInt8, _ now: Int) -> KeyframeAsk? {
            broker.fullIntraRequest(from: sender, sequence: sequence, now: at(now))
        }
        #expect(fir(1, 7, 0) == .pictureLoss)
        broker.keyframeArrived()
        #expect(fir(1, 7, 900) == nil && !broker.isWanting)
        #expect(fir(2, 7, 2000) == .pictureLoss)
        broker.keyframeArrived()
        #expect(fir(1, 8, 4000) == .pictureLoss)
        #expect(broker.counters[.fullIntra] == 3 && broker.counters.duplicates == 1)
        for sender in 3...40 as ClosedRange<UInt32> { _ = fir(sender, 0, 5000) }
        #expect(broker.counters[.fullIntra] == 41)
    }

    /// RFC 5104 §3.5.1.1: the number stays until a key frame has reached the receiver, so one that was lost on the way is
    /// asked for with the old number.
    @Test func aRepetitionLongAfterTheKeyFrameAsksAgain() {
        var broker = KeyframeBroker(ways: .pictureLoss)
        for (now, asks) in [(0, true), (400, false), (1000, true), (1900, false), (2000, true)] {
            let ask = broker.fullIntraRequest(from: 1, sequence: 7, now: at(now))
            #expect((ask != nil) == asks, "at \(now)")
            broker.keyframeArrived()
        }
        #expect(broker.counters.duplicates == 2)
    }

    @Test func aRefusedInfoIsTriedAgainOrGivenUp() {
        var broker = KeyframeBroker(ways: .fastUpdate)
        _ = broker.request(.start, now: at(0))
        #expect(run(&broker, to: 500).map(\.0) == [500])
        broker.fastUpdateRefused(forGood: false, now: at(510))
        #expect(broker.nextDeadline == at(1000))
        broker.keyframeArrived()
        broker.fastUpdateRefused(forGood: false, now: at(520))
        #expect(broker.nextDeadline == nil)
        broker.fastUpdateRefused(forGood: true, now: at(530))
        let none = broker.request(.join, now: at(5000))
        #expect(none == nil && broker.ways.isEmpty && broker.counters.unaskable == 1)
    }
}
