// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct OfferAnswerStateTests {
    @Test func anExchangeFromUs() {
        var state = OfferAnswerState()
        let sent = state.sendOffer()
        #expect(sent && state.awaitsAnswer && !state.hasSession)
        let again = state.sendOffer()
        #expect(!again)
        let answered = state.receiveAnswer()
        #expect(answered && state.isStable && state.hasSession)
        let unasked = state.receiveAnswer()
        #expect(!unasked)
    }

    @Test func bothOfferAtOnce() {
        var state = OfferAnswerState()
        _ = state.sendOffer()
        let verdict = state.receiveOffer()
        #expect(verdict == .glare)
    }

    @Test func aSecondOfferBeforeTheAnswerOverlaps() {
        var state = OfferAnswerState()
        let first = state.receiveOffer()
        let second = state.receiveOffer()
        #expect(first == .accept && second == .overlap)
        let answered = state.sendAnswer()
        #expect(answered && state.hasSession)
    }

    @Test func aRefusedOfferLeavesTheSession() {
        var state = OfferAnswerState()
        _ = state.receiveOffer()
        _ = state.sendAnswer()
        _ = state.sendOffer()
        state.rollBack()
        #expect(state.isStable && state.hasSession)
    }
}
