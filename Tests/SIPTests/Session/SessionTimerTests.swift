// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// RFC 4028: the machine by tables, then calls in simulated hours.
@Suite struct SessionTimerTests {
    private let start = ContinuousClock.now

    /// Table 2 of RFC 4028 §9, with our choice (`uac`) where the standard leaves one.
    @Test(arguments: [
        (false, SessionExpires.Refresher?.none, SessionExpires.Refresher.uas), (false, .uas, .uas),
        (true, .none, .uac), (true, .uac, .uac), (true, .uas, .uas),
    ]) func theAnswerNamesTheRefresher(
        supported: Bool, asked: SessionExpires.Refresher?, answered: SessionExpires.Refresher
    ) {
        var timer = SessionTimer(settings: SessionTimerSettings())
        let fields = timer.accepted(
            SessionTimerFields(
                supportsTimer: supported, sessionExpires: SessionExpires(interval: 600, refresher: asked)), now: start)
        #expect(fields.sessionExpires == SessionExpires(interval: 600, refresher: answered))
        #expect(fields.supportsTimer == supported)
        #expect(timer.isRefresher == (answered == .uas))
        #expect(timer.interval == 600)
    }

    @Test(
        arguments: [
            // supports, asked, Min-SE of the request, interval of the answer
            (true, 3600, Int?.none, 1800), (true, 3600, 2000, 2000), (true, 600, nil, 600), (true, nil, nil, 1800),
            (true, nil, 2400, 2400), (false, nil, nil, 1800), (false, 60, nil, 90),
        ] as [(Bool, Int?, Int?, Int?)]) func theAnswerNeverGrowsAndNeverPassesTheMinimum(
            supported: Bool, asked: Int?, minimum: Int?, answered: Int?
        )
    {
        var timer = SessionTimer(settings: SessionTimerSettings())
        let fields = timer.accepted(
            SessionTimerFields(
                supportsTimer: supported, sessionExpires: asked.map { SessionExpires(interval: $0) },
                minimumInterval: minimum), now: start)
        #expect(fields.sessionExpires?.interval == answered)
    }

    @Test func tooSmallAnIntervalIsRefusedWithMinSE() {
        let timer = SessionTimer(settings: SessionTimerSettings(interval: 1800, minimumInterval: 120))
        #expect(
            timer.refusal(of: SessionTimerFields(supportsTimer: true, sessionExpires: SessionExpires(interval: 90)))
                == 120)
        #expect(
            timer.refusal(of: SessionTimerFields(supportsTimer: false, sessionExpires: SessionExpires(interval: 90)))
                == nil)
        #expect(timer.refusal(of: SessionTimerFields(supportsTimer: true)) == nil)
    }

    @Test func theRefresherRefreshesHalfWayAndGivesUpAtTheEnd() {
        var timer = SessionTimer(settings: SessionTimerSettings())
        timer.receivedSuccess(
            SessionTimerFields(supportsTimer: true, sessionExpires: SessionExpires(interval: 200, refresher: .uac)),
            now: start)
        #expect(timer.nextDeadline == start + .seconds(100))
        let early = timer.fire(now: start + .seconds(99))
        let due = timer.fire(now: start + .seconds(100))
        #expect(early == nil && due == .refresh)
        #expect(timer.nextDeadline == start + .seconds(200))
        timer.refreshFailed(isAnswered: true, now: start + .seconds(101))
        #expect(timer.nextDeadline == start + .milliseconds(150_500))
        let again = timer.fire(now: start + .milliseconds(150_500))
        let end = timer.fire(now: start + .seconds(200))
        #expect(again == .refresh && end == .expired && timer.nextDeadline == nil)
    }

    @Test(arguments: [(90, 60), (1800, 1768)]) func theOtherSideGivesUpSlightlyBeforeTheEnd(interval: Int, end: Int) {
        var timer = SessionTimer(settings: SessionTimerSettings())
        timer.receivedSuccess(
            SessionTimerFields(
                supportsTimer: true, sessionExpires: SessionExpires(interval: interval, refresher: .uas)), now: start)
        #expect(timer.nextDeadline == start + .seconds(end))
        let due = timer.fire(now: start + .seconds(end))
        #expect(due == .expired)
    }

    @Test func a2xxWithoutSessionExpiresLeavesTheRefreshingToUs() {
        var timer = SessionTimer(settings: SessionTimerSettings(interval: 600))
        timer.receivedSuccess(
            SessionTimerFields(supportsTimer: true, sessionExpires: SessionExpires(interval: 200, refresher: .uas)),
            now: start)
        timer.receivedSuccess(SessionTimerFields(supportsTimer: false), now: start)
        #expect(timer.isRefresher && timer.nextDeadline == start + .seconds(300))
    }

    @Test func switchedOffNobodyRefreshes() {
        var timer = SessionTimer(settings: SessionTimerSettings(isEnabled: false))
        timer.receivedSuccess(SessionTimerFields(supportsTimer: false), now: start)
        let fields = timer.accepted(SessionTimerFields(supportsTimer: false), now: start)
        #expect(fields.sessionExpires == nil && timer.nextDeadline == nil)
    }

    @Test("whoever knows no timers is alive by any answer, and not by what could not be sent")
    func answersShowALonePeerAlive() {
        var timer = SessionTimer(settings: SessionTimerSettings(interval: 200))
        _ = timer.accepted(SessionTimerFields(supportsTimer: false), now: start)
        let due = timer.fire(now: start + .seconds(100))
        timer.refreshFailed(isAnswered: true, now: start + .seconds(100))
        #expect(due == .refresh && timer.nextDeadline == start + .seconds(200))
        let again = timer.fire(now: start + .seconds(200))
        timer.refreshFailed(isAnswered: false, now: start + .seconds(200))
        #expect(again == .refresh && timer.nextDeadline == start + .seconds(250))
        let end = timer.fire(now: start + .seconds(300))
        #expect(end == .expired)
    }

    @Test(arguments: [("1800;refresher=uac", 1800, SessionExpires.Refresher.uac), (" 90 ; Refresher=UAS", 90, .uas)])
    func theHeaderIsRead(text: String, interval: Int, refresher: SessionExpires.Refresher) {
        #expect(SessionExpires(parsing: text) == SessionExpires(interval: interval, refresher: refresher))
    }

    // MARK: Calls

    @Test(arguments: [true, false]) func aCallLivesForHoursByRefreshes(usesUpdate: Bool) {
        let network = SimulatedNetwork()
        network.loss = 0.1
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2") { configuration in
            if !usesUpdate { configuration.allow.removeAll { $0 == .update } }
        }
        alice.acceptEverything()
        bob.acceptEverything()
        let call = alice.invite(bob.address)
        network.run(for: .seconds(3 * 3600))
        #expect(alice.end(of: call) == nil && bob.end(of: bob.incoming) == nil)
        // We prefer the caller to refresh.
        #expect(network.requests(.update, from: bob.address).isEmpty)
        if usesUpdate {
            let updates = network.requests(.update)
            #expect(updates.count >= 11 && updates.allSatisfy { $0.body.isEmpty })
            #expect(updates[0].headers.first("Session-Expires") == "1800;refresher=uac")
        } else {
            let invites = network.requests(.invite, from: alice.address)
            #expect(invites.count >= 12 && invites.allSatisfy { $0.body == sdp("offer") })
        }
        alice.core.terminate(call, now: network.now)
        network.run(for: .seconds(2000))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func aPeerThatVanishedIsGivenUpByTheTimerAndByTheFailedRefresh() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        let call = alice.invite(bob.address)
        network.run { bob.isEstablished(bob.incoming) }
        network.filter = { _ in false }
        network.run(for: .seconds(1800))
        #expect(alice.end(of: call) == .dialogLost(status: 408))
        #expect(bob.end(of: bob.incoming) == .sessionExpired)
        #expect(
            network.requests(.bye, from: bob.address)[0].reasons == [SIPReason(cause: 408, text: "Session expired")])
        network.run(for: .seconds(100))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test(
        "a caller without timers stays while it answers, whatever it says, and goes when it does not",
        arguments: [200, 488])
    func callerWithoutTimersIsRefreshedByUs(_ status: Int) {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        let script = ScriptedPeer("192.0.2.1", network)
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.headers.set("Allow", "INVITE, ACK, BYE, CANCEL")
        invite.setDescription(sdp("offer"))
        script.send(.request(invite), to: bob.address)
        network.run { !script.responses(200).isEmpty }
        #expect(script.responses(200)[0].headers.first("Session-Expires") == "1800;refresher=uas")
        #expect(script.responses(200)[0].headers.first("Require") == nil)
        let tag = script.responses(200)[0].to?.tag
        script.send(
            .request(script.makeRequest(.ack, to: bob.address, toTag: tag, branch: "z9hG4bKack")), to: bob.address)
        var answered = 0
        for _ in 0..<7200 {
            network.run(for: .seconds(1))
            for again in script.requests(.invite).dropFirst(answered) {
                answered += 1
                let body = status == 200 ? sdp("answer") : nil
                let response = script.makeResponse(status, to: again, tag: "scripted", body: body)
                script.send(.response(response), to: bob.address)
            }
        }
        // Counted without repetitions: the script answers once a second.
        let refreshes = Set(script.requests(.invite).compactMap(\.cSeq)).count
        #expect((7...9).contains(refreshes), "\(refreshes)")
        #expect(bob.end(of: bob.incoming) == nil)
        network.run(for: .seconds(1000))
        #expect(bob.end(of: bob.incoming) == .dialogLost(status: 408))
    }

    @Test func a422MakesTheCallerAskForMore() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1") {
            $0.sessionTimer = SessionTimerSettings(interval: 120, minimumInterval: 90)
        }
        let bob = network.makePeer("192.0.2.2") {
            $0.sessionTimer = SessionTimerSettings(interval: 1800, minimumInterval: 600)
        }
        bob.acceptEverything()
        let call = alice.invite(bob.address)
        network.run { alice.isEstablished(call) }
        #expect(network.responses(422, to: .invite).first?.headers.first("Min-SE") == "600")
        let invite = network.requests(.invite).last
        #expect(invite?.headers.first("Session-Expires") == "600" && invite?.headers.first("Min-SE") == "600")
    }

    @Test func sixtySecondsGet422WithMinSE90() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.headers.set("Supported", "timer")
        invite.headers.set("Session-Expires", "60")
        script.send(.request(invite), to: bob.address)
        network.run { !script.responses(422).isEmpty }
        #expect(script.responses(422)[0].headers.first("Min-SE") == "90")
        #expect(bob.core.sessionCount == 0)
    }

    @Test func aRefreshAnswered500IsTriedAgainAndThenTheSessionExpires() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.invite(script.address)
        network.run { !script.requests(.invite).isEmpty }
        var response = script.makeResponse(200, to: script.requests(.invite)[0], tag: "t", body: sdp("answer"))
        response.headers.set("Allow", "INVITE, UPDATE")
        response.headers.set("Session-Expires", "400;refresher=uac")
        script.send(.response(response), to: alice.address)
        var answered = 0
        for _ in 0..<400 {
            network.run(for: .seconds(1))
            for update in script.requests(.update).dropFirst(answered) {
                answered += 1
                script.send(.response(script.makeResponse(503, to: update, tag: "t")), to: alice.address)
            }
        }
        network.run(for: .seconds(5))
        #expect(answered >= 3 && answered < 10)
        #expect(alice.end(of: call) == .sessionExpired)
    }
}
