// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import Focus
@testable import SIP

/// Who is told when, and what it costs, in simulated time.
@Suite struct RosterCostTests {
    private static let start = ContinuousClock.now
    private static let flow = Flow(
        kind: .udp, local: SIPAddress(host: "192.0.2.1", port: 5060), remote: SIPAddress(host: "192.0.2.2", port: 5060))

    private static func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    /// A notifier with the focus's part played: each NOTIFY that is due is sent and answered.
    private struct Rig {
        var notifier = RosterNotifier()
        var sent: [(key: RosterNotifier.Key, milliseconds: Int)] = []
        var requests: UInt64 = 0
        var open: [RosterNotifier.RequestKey] = []
        var answers = true

        mutating func subscribe(
            _ name: String, to subject: RosterNotifier.Subject = .room("team"), id: String? = nil, at now: Int = 0,
            expires: Int = 3600, in session: SessionID? = nil
        ) -> RosterNotifier.Key {
            let dialog = RosterCostTests.dialog(name)
            if session == nil, notifier.ownDialog(dialog.id) == nil { notifier.open(dialog, isDirect: true) }
            let key = RosterNotifier.Key(dialog: dialog.id, eventID: id)
            notifier.subscribe(
                key, over: RosterCostTests.flow, expires: RosterCostTests.at(now) + .seconds(expires)
            ) {
                RosterNotifier.Subscription(
                    subject: subject, session: session, contactUser: "team",
                    place: RoomPlace(host: "conf.test", port: nil, isOnlyTCP: false), flow: RosterCostTests.flow,
                    now: RosterCostTests.at(now))
            }
            return key
        }

        /// One look.
        @discardableResult
        mutating func turn(_ milliseconds: Int, size: Int = 500) -> Int {
            let now = RosterCostTests.at(milliseconds)
            let due = notifier.takeDue(now: now)
            for key in due {
                guard let subscription = notifier.subscription(key) else { continue }
                _ = notifier.notify(key, known: 1, size: size, now: now)
                requests += 1
                let request = RosterNotifier.RequestKey.outside(OutOfDialogRequestID(number: requests))
                notifier.sent(key, as: request)
                sent.append((key, milliseconds))
                if now >= subscription.expires { notifier.remove(key) }
                guard answers else {
                    open.append(request)
                    continue
                }
                finish(request, .response(SIPResponse(status: 200)), milliseconds)
            }
            return due.count
        }

        mutating func finish(_ request: RosterNotifier.RequestKey, _ outcome: RequestOutcome, _ milliseconds: Int) {
            notifier.finished(request, outcome, now: RosterCostTests.at(milliseconds))
        }

        /// Looks whenever the notifier wants it.
        mutating func run(from: Int, until end: Int) {
            var now = from
            while let next = notifier.nextDeadline(now: RosterCostTests.at(now)) {
                let wait = RosterCostTests.at(now).duration(to: next) / .milliseconds(1)
                now = max(now + 1, now + Int(wait.rounded(.up)))
                guard now <= end else { return }
                turn(now)
            }
        }
    }

    private static func dialog(_ name: String) -> Dialog {
        var request = SIPRequest(method: .subscribe, uri: SIPURI(user: "team", host: "192.0.2.1"))
        request.headers = [
            "From": "<sip:\(name)@members.test>;tag=\(name)", "To": "<sip:team@192.0.2.1>", "Call-ID": "call-\(name)",
            "CSeq": "1 SUBSCRIBE", "Contact": "<sip:\(name)@192.0.2.2>",
        ]
        guard let dialog = Dialog(server: request, localTag: "ours") else { preconditionFailure("a whole SUBSCRIBE") }
        return dialog
    }

    /// A screen that is shared no more is not to be seen for another second; in a large room it is.
    @Test(arguments: [50, 51]) func theEndOfAScreenIsToldAtOnce(followers: Int) {
        var rig = Rig()
        for number in 0..<followers { _ = rig.subscribe("member\(number)") }
        rig.turn(0)
        rig.notifier.changed("team")
        rig.run(from: 0, until: 1100)
        rig.sent = []
        rig.notifier.changed("team")
        rig.notifier.hurry("team", now: Self.at(1200))
        rig.turn(1200)
        #expect(rig.sent.count == (followers <= RosterNotifier.slice ? followers : 0))
        rig.run(from: 1200, until: 3000)
        // Each was told once, and who is told already is not told again.
        #expect(rig.sent.count == followers && Set(rig.sent.map(\.key)).count == followers)
        rig.notifier.hurry("team", now: Self.at(3001))
        let again = rig.turn(3001)
        #expect(again == 0)
    }

    /// Screens that come and go a hundred times a second are told of as other changes are, and whoever has not answered yet is told then.
    @Test func hurryHasItsPaceToo() {
        var rig = Rig()
        _ = rig.subscribe("ann")
        rig.turn(0)
        for milliseconds in stride(from: 1500, through: 3490, by: 10) {
            rig.notifier.changed("team")
            rig.notifier.hurry("team", now: Self.at(milliseconds))
            rig.turn(milliseconds)
        }
        #expect(rig.sent.count <= 5, "\(rig.sent.map(\.milliseconds))")

        rig.answers = false
        rig.notifier.changed("team")
        rig.run(from: 3490, until: 6000)
        let open = rig.open
        rig.notifier.changed("team")
        rig.notifier.hurry("team", now: Self.at(6100))
        let early = rig.turn(6100)
        #expect(early == 0 && !rig.notifier.isUrgent)
        for request in open { rig.finish(request, .response(SIPResponse(status: 200)), 6110) }
        #expect(rig.notifier.isUrgent)
        let told = rig.turn(6110)
        #expect(told == 1)
    }

    @Test func theFirstStateComesAtOnceAndChangesOnceASecond() {
        var rig = Rig()
        let key = rig.subscribe("ann")
        let turn1 = rig.turn(0)
        #expect(turn1 == 1)
        for milliseconds in stride(from: 10, through: 3000, by: 10) {
            rig.notifier.changed("team")
            rig.turn(milliseconds)
        }
        #expect(rig.sent.map(\.milliseconds) == [0, 1000, 2000, 3000])
        #expect(rig.sent.allSatisfy { $0.key == key })
        #expect(rig.notifier.subscription(key)?.version == 4)
    }

    @Test func aSecondIsNotSentBeforeTheFirstIsAnsweredAndThenNothingIsLost() {
        var rig = Rig()
        rig.answers = false
        _ = rig.subscribe("ann")
        rig.turn(0)
        rig.notifier.changed("team")
        let turn2 = rig.turn(5000)
        #expect(turn2 == 0)
        rig.finish(rig.open[0], .response(SIPResponse(status: 200)), 6000)
        let turn3 = rig.turn(6000)
        #expect(turn3 == 1)
    }

    @Test func aRefreshIsAnsweredByTheWholeAtOnce() {
        var rig = Rig()
        let key = rig.subscribe("ann")
        rig.turn(0)
        #expect(rig.notifier.subscription(key)?.known == 1)
        _ = rig.subscribe("ann", at: 100)
        #expect(rig.notifier.subscription(key)?.known == nil)
        let turn4 = rig.turn(100)
        #expect(turn4 == 1)
        #expect(rig.notifier.count == 1)
    }

    @Test func aChangeAmongFiveHundredCostsALookEachInSlices() {
        var rig = Rig()
        for number in 0..<500 {
            _ = rig.subscribe("m\(number)")
            _ = rig.subscribe("o\(number)", to: .room("other"))
        }
        rig.turn(0)
        #expect(rig.sent.count == 1000)
        rig.sent = []
        let before = rig.notifier.work
        // A storm of changes within one second is one round.
        for _ in 0..<500 { rig.notifier.changed("team") }
        rig.turn(2000)
        #expect(rig.sent.count == RosterNotifier.slice)
        for millisecond in 2001...2019 {
            rig.notifier.changed("team")
            let turn5 = rig.turn(millisecond)
            #expect(turn5 == 0)
        }
        rig.run(from: 2019, until: 2999)
        #expect(rig.sent.count == 500)
        #expect(Set(rig.sent.map(\.key)).count == 500)
        // One look to queue each, one to take it out again, one when it has answered.
        #expect(rig.notifier.work - before == 1500)
        let last = rig.sent.last?.milliseconds ?? 0
        #expect(last <= 2000 + 10 * 20)
        // The changes after the round began are told with the next one, a second later, and then there is quiet.
        rig.run(from: 2999, until: 10_000)
        #expect(rig.sent.count <= 1000)
        #expect(rig.notifier.nextDeadline(now: Self.at(10_000)) == nil)
    }

    @Test func nobodyIsToldMoreThanOnceASecondHoweverLongTheQueue() {
        var rig = Rig()
        for number in 0..<300 { _ = rig.subscribe("m\(number)") }
        rig.turn(0)
        for round in 0..<50 {
            rig.notifier.changed("team")
            rig.run(from: round * 100 + 1, until: round * 100 + 99)
        }
        var last: [RosterNotifier.Key: Int] = [:]
        for (key, time) in rig.sent {
            if let earlier = last[key] { #expect(time - earlier >= 1000) }
            last[key] = time
        }
        #expect(rig.sent.count >= 300 * 4)
    }

    @Test func expiryTakesOneOutAndARefreshKeepsIt() {
        var rig = Rig()
        let short = rig.subscribe("short", expires: 10)
        let kept = rig.subscribe("kept", expires: 10)
        rig.turn(0)
        _ = rig.subscribe("kept", at: 5000, expires: 100)
        rig.turn(5000)
        rig.turn(10_000)
        #expect(rig.notifier.subscription(short) == nil)
        #expect(rig.notifier.subscription(kept) != nil)
        let gone = rig.notifier.takeGone()
        #expect(gone == [short.dialog])
        // Expires: 0 ends it after one more notification.
        _ = rig.subscribe("kept", at: 20_000, expires: 0)
        let turn6 = rig.turn(20_000)
        #expect(turn6 == 1)
        #expect(rig.notifier.count == 0)
    }

    /// Each refresh is an hour of memory otherwise.
    @Test func whoRefreshesWithoutEndFillsNoMemory() {
        var rig = Rig()
        let key = rig.subscribe("eve", expires: 3600)
        rig.turn(0)
        for number in 1...1000 {
            _ = rig.subscribe("eve", at: number, expires: 3600)
            rig.turn(number)
        }
        #expect(rig.notifier.expiryCount < 100)
        rig.turn(3_600_999)
        #expect(rig.notifier.subscription(key) != nil)
        rig.turn(3_601_000)
        #expect(rig.notifier.subscription(key) == nil && rig.notifier.expiryCount == 0)
    }

    @Test func twoIdsInOneDialogAreTwoSubscriptionsWithOneCountOfRequests() {
        var rig = Rig()
        let one = rig.subscribe("ann", id: "1")
        let two = rig.subscribe("ann", id: "2")
        let turn7 = rig.turn(0)
        #expect(turn7 == 2)
        #expect(rig.notifier.count == 2)
        let third = rig.notifier.notify(one, known: nil, size: 0, now: Self.at(1))
        #expect(third?.cSeq?.number == 3)
        rig.notifier.remove(one)
        let none = rig.notifier.takeGone()
        #expect(none.isEmpty)
        rig.notifier.remove(two)
        let gone = rig.notifier.takeGone()
        #expect(gone == [two.dialog])
    }

    @Test func aRefreshMovesTheTargetAndIsRefusedOutOfOrder() throws {
        var rig = Rig()
        let key = rig.subscribe("ann")
        let moved = try NameAddress(parsing: "<sip:ann@198.51.100.9:5080>")
        let isTaken = rig.notifier.receive(key.dialog, sequence: 2, contacts: [moved], isDirect: false)
        #expect(isTaken)
        let notify = rig.notifier.notify(key, known: nil, size: 0, now: Self.at(0))
        #expect(notify?.uri.host == "198.51.100.9")
        #expect(rig.notifier.ownDialog(key.dialog)?.isDirect == false)
        let isTakenAgain = rig.notifier.receive(key.dialog, sequence: 2, contacts: [], isDirect: true)
        let stranger = Self.dialog("stranger").id
        let isStrangerTaken = rig.notifier.receive(stranger, sequence: 2, contacts: [], isDirect: true)
        #expect(!isTakenAgain && !isStrangerTaken)
    }

    @Test func aCallsSubscriptionsEndWithIt() {
        var rig = Rig()
        let session = SessionID(number: 7)
        _ = rig.subscribe("ann", in: session)
        _ = rig.subscribe("ann", id: "x", in: session)
        let bob = rig.subscribe("bob")
        rig.turn(0)
        rig.notifier.sessionEnded(session)
        #expect(rig.notifier.count == 1)
        #expect(rig.notifier.subscription(bob) != nil)
        let none = rig.notifier.takeGone()
        #expect(none.isEmpty)
    }

    @Test(arguments: [RequestOutcome.transportError, .timeout, .response(SIPResponse(status: 513))])
    func aDocumentThatWasTooLongForItsWayIsFollowedByAShortOne(_ outcome: RequestOutcome) {
        var rig = Rig()
        rig.answers = false
        let key = rig.subscribe("ann")
        rig.turn(0, size: 70_000)
        rig.finish(rig.open[0], outcome, 40)
        #expect(rig.notifier.subscription(key)?.isTrimmed == true)
        let turn8 = rig.turn(40, size: 300)
        #expect(turn8 == 1)
        rig.finish(rig.open[1], outcome, 80)
        #expect(rig.notifier.subscription(key) == nil)
    }

    /// Anybody can subscribe in another's name.
    @Test func whoHasAnsweredNothingGetsALongDatagramOnceItHas() {
        var rig = Rig()
        rig.answers = false
        let key = rig.subscribe("ann")
        #expect(rig.notifier.subscription(key)?.mayBeSentAsDatagram(bytes: 70_000) == false)
        #expect(rig.notifier.subscription(key)?.mayBeSentAsDatagram(bytes: 16_000) == true)
        rig.turn(0, size: 70_000)
        rig.finish(rig.open[0], .transportError, 10)
        #expect(rig.notifier.subscription(key)?.isTrimmed == true)
        #expect(rig.notifier.subscription(key)?.mayBeLong == false)
        let short = rig.turn(10, size: 300)
        #expect(short == 1)
        rig.finish(rig.open[1], .response(SIPResponse(status: 200)), 20)
        #expect(rig.notifier.subscription(key)?.isTrimmed == false)
        #expect(rig.notifier.subscription(key)?.mayBeSentAsDatagram(bytes: 70_000) == true)
        let whole = rig.turn(20, size: 70_000)
        #expect(whole == 1)
        rig.finish(rig.open[2], .transportError, 30)
        #expect(rig.notifier.subscription(key)?.isTrimmed == true)
        #expect(rig.notifier.subscription(key)?.mayBeLong == true)
    }

    @Test func aSubscriberThatKnowsNothingOfItIsForgotten() {
        var rig = Rig()
        rig.answers = false
        let key = rig.subscribe("ann")
        rig.turn(0, size: 70_000)
        rig.finish(rig.open[0], .response(SIPResponse(status: 481)), 40)
        #expect(rig.notifier.subscription(key) == nil)
        let gone = rig.notifier.takeGone()
        #expect(gone == [key.dialog])
    }
}
