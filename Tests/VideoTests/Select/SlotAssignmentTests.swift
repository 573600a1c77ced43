// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

@testable import Video

@Suite struct SlotAssignmentTests {
    private typealias Candidate = SlotCandidate<String>

    private func silent(_ names: String...) -> [Candidate] { names.map { Candidate($0) } }

    @Test func camerasStandWhereTheyCameToStand() {
        var slots = SlotAssignment<String>()
        let changed = slots.update(slots: 3, silent("a", "b"), now: at(0))
        #expect(changed && slots.slots == ["a", "b", nil] && slots.filled == 2)
        slots.update(slots: 3, silent("b"), now: at(1))
        #expect(slots.slots == [nil, "b", nil])
        let again = slots.update(slots: 3, silent("b"), now: at(2))
        #expect(!again)
        slots.update(slots: 3, silent("c", "b", "d"), now: at(3))
        #expect(slots.slots == ["c", "b", "d"])
        slots.update(slots: 3, silent("d", "c", "b"), now: at(4))
        #expect(slots.slots == ["c", "b", "d"])
    }

    @Test func aTalkerTakesThePlaceOfWhoHasBeenSilentForLongest() {
        var slots = SlotAssignment<String>()
        var cameras = [
            Candidate("a", .silent(since: at(900))), Candidate("b", .silent(since: at(300))), Candidate("c"),
        ]
        slots.update(slots: 2, cameras, now: at(1000))
        #expect(slots.slots == ["a", "b"] && slots.nextDeadline == nil)
        cameras[2].talk = .talking(since: at(2000))
        slots.update(slots: 2, cameras, now: at(2000))
        #expect(slots.slots == ["a", "b"] && slots.nextDeadline == at(2500))
        slots.update(slots: 2, cameras, now: at(2499))
        #expect(slots.slots == ["a", "b"])
        slots.update(slots: 2, cameras, now: at(2500))
        #expect(slots.slots == ["a", "c"] && slots.nextDeadline == nil)
        cameras[2].talk = .silent(since: at(3000))
        slots.update(slots: 2, cameras, now: at(3000))
        #expect(slots.slots == ["a", "c"])
    }

    @Test func nobodyWhoTalksIsPutOut() {
        var slots = SlotAssignment<String>()
        let cameras = ["a", "b", "c"].enumerated().map { Candidate($1, .talking(since: at($0 * 100))) }
        slots.update(slots: 2, cameras, now: at(200))
        let before = slots.slots
        slots.update(slots: 2, cameras, now: at(9000))
        #expect(slots.slots == before && slots.filled == 2)
    }

    @Test func aFreedSlotGoesToWhoTalkedLast() {
        var slots = SlotAssignment<String>()
        slots.update(slots: 1, silent("a", "b", "c"), now: at(0))
        #expect(slots.slots == ["a"])
        slots.update(slots: 1, [Candidate("b"), Candidate("c", .silent(since: at(500)))], now: at(1000))
        #expect(slots.slots == ["c"])
    }

    @Test func slotsComeAndGo() {
        var slots = SlotAssignment<String>()
        slots.update(slots: 1, silent("a", "b"), now: at(0))
        slots.update(slots: 3, silent("a", "b"), now: at(1))
        #expect(slots.slots == ["a", "b", nil])
        slots.update(slots: 1, silent("a", "b"), now: at(2))
        #expect(slots.slots == ["a"])
        slots.update(slots: 0, silent("a", "b"), now: at(3))
        #expect(slots.slots.isEmpty)
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func theRulesHoldWhateverHappens(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var slots = SlotAssignment<Int>()
        var cameras: [SlotCandidate<Int>] = []
        for step in 0..<400 {
            let now = at(step * 50)
            let name = Int.random(in: 0..<12, using: &random)
            if let index = cameras.firstIndex(where: { $0.source == name }) {
                switch Int.random(in: 0..<3, using: &random) {
                case 0: cameras.remove(at: index)
                case 1: cameras[index].talk = .talking(since: now)
                default: cameras[index].talk = .silent(since: now)
                }
            } else {
                cameras.append(SlotCandidate(name))
            }
            let before = slots.slots
            slots.update(slots: 5, cameras, now: now)
            let shown = slots.slots.compactMap(\.self)
            #expect(Set(shown).count == shown.count)
            #expect(shown.count == min(5, cameras.count))
            #expect(shown.allSatisfy { name in cameras.contains { $0.source == name } })
            // Who stays shown stays where it is.
            for (index, name) in before.enumerated() {
                if let name, shown.contains(name) { #expect(slots.slots[index] == name) }
            }
            // Nobody talks for long without a slot while a silent one has one.
            let waits = cameras.contains { camera in
                guard case .talking(let since) = camera.talk, !shown.contains(camera.source) else { return false }
                return now.milliseconds(since: since) >= slots.hold
            }
            let hasSilent = cameras.contains { camera in
                if case .talking = camera.talk { return false }
                return shown.contains(camera.source)
            }
            #expect(!(waits && hasSilent))
        }
    }

    @Test func theScreenSharedLastIsShown() {
        var order = PresenterOrder<String>()
        let first = order.share("a")
        let second = order.share("b")
        let again = order.share("a")
        #expect(first && second && !again)
        #expect(order.presenter { _ in true } == "b")
        #expect(order.presenter { $0 != "b" } == "a")
        let ended = order.unshare("b")
        let twice = order.unshare("b")
        #expect(ended && !twice && order.presenter { _ in true } == "a")
    }
}
