// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import MediaServer

@Suite struct GridPlacesTests {
    private func candidates(_ count: UInt64, talked: [UInt64: UInt64] = [:], cards: Set<UInt64> = []) -> [GridPlaces
        .Candidate]
    {
        (1...count).map { GridPlaces.Candidate(id: $0, isLive: !cards.contains($0), lastTalked: talked[$0] ?? 0) }
    }

    @Test func allStandInTheOrderInWhichTheyCame() {
        var places = GridPlaces(capacity: 4)
        places.settle(candidates(3))
        #expect(places.shown == [1, 2, 3])
        places.settle(candidates(4).filter { $0.id != 2 })
        #expect(places.shown == [1, 3, 4])
    }

    @Test func whoTalksTakesThePlaceOfSomebodyWhoDoesNotAndNobodyElseMoves() {
        var places = GridPlaces(capacity: 4)
        places.settle(candidates(6))
        #expect(places.shown == [1, 2, 3, 4])
        places.settle(candidates(6, talked: [6: 1]))
        #expect(places.shown == [1, 2, 3, 6])
        places.settle(candidates(6, talked: [6: 1, 5: 2]))
        #expect(places.shown == [1, 2, 5, 6])
        // It stays when others only go on to talk.
        places.settle(candidates(6, talked: [6: 1, 5: 2, 1: 3]))
        #expect(places.shown == [1, 2, 5, 6])
    }

    @Test func picturesGoBeforeNames() {
        var places = GridPlaces(capacity: 2)
        places.settle(candidates(4, cards: [1, 2]))
        #expect(places.shown == [3, 4])
        places.settle(candidates(4, cards: [1, 2, 3]))
        #expect(Set(places.shown) == [1, 4])
        places.settle(candidates(4, talked: [2: 9], cards: [1, 2, 3]))
        #expect(Set(places.shown) == [2, 4])
    }

    @Test func whoLeavesMakesRoom() {
        var places = GridPlaces(capacity: 2)
        places.settle(candidates(3))
        places.settle(candidates(3).filter { $0.id != 1 })
        #expect(places.shown == [2, 3])
        places.settle([])
        #expect(places.shown.isEmpty)
    }
}
