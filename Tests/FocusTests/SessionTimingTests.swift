// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import Foundation
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Session timers (RFC 4028) in real time, with intervals far under the 90 s that a configuration file may name.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct SessionTiming {
        private static func quick(_ configuration: inout FocusConfiguration) {
            configuration.sip.sessionExpires = .seconds(2)
            configuration.sip.sessionMin = .seconds(1)
        }

        /// A member that keeps to such intervals.
        private static var quickMember: TestMember.Options {
            .tone(440).with { $0.sessionTimer = SessionTimerSettings(interval: 2, minimumInterval: 1, floor: 1) }
        }

        /// A member whose call has no end.
        private static func timeless(_ frequency: Double? = nil) -> TestMember.Options {
            TestMember.Options(.pcmu, tone: frequency).with { $0.sessionTimer = SessionTimerSettings(isEnabled: false) }
        }

        private static func updates(_ rig: FocusRig, _ method: String) async -> UInt64 {
            await rig.focus.statistics().sipTransactions.first { $0.method == method && $0.status == 200 }?.count ?? 0
        }

        @Test func aMemberThatRefreshesStays() async throws {
            try await withFocus(Self.quick) { rig in
                let bob = try await rig.join("team", "bob", Self.timeless(1000))
                let ann = try await rig.join("team", "ann", Self.quickMember)
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                let marks = (ann.audio.mark, bob.audio.mark)
                let stream = ann.audio.recording?.ssrc
                try await Condition.await("three refreshes") { await Self.updates(rig, "UPDATE") >= 3 }
                #expect(await ann.state == .established)
                #expect(try await rig.focus.room("team").summary.members == 2)
                try await bob.audio.passes(300)
                // A refresh is no news for RTP and codecs: the same stream, without a seam, both ways.
                for (heard, tone) in [
                    (ann.audio.heard(since: marks.0), 1000.0), (bob.audio.heard(since: marks.1), 440),
                ] {
                    #expect(heard.lostPackets == 0 && heard.longestBreak(in: tone) <= 20)
                }
                #expect(ann.audio.recording?.ssrc == stream && ann.audio.recording?.jumps == 0)
            }
        }

        @Test func theFocusRefreshesWhereTheMemberLeavesItToIt() async throws {
            try await withFocus(Self.quick) { rig in
                let ann = try await rig.member("ann", Self.quickMember)
                try await ann.dial(rig.uri("team"), headers: ["Session-Expires": "2;refresher=uas"])
                let bob = try await rig.join("team", "bob", Self.timeless())
                // Its end is put off each time: no refresh, and it would be over after 2 s.
                try await bob.audio.passes(5000)
                #expect(await ann.state == .established)
                #expect(try await rig.focus.room("team").summary.members == 2)
                try await bob.audio.hears(440)
            }
        }

        @Test func aMemberThatNoLongerRefreshesIsSentAwayAndTheOthersHearOn() async throws {
            try await withFocus {
                Self.quick(&$0)
                // Two seconds between the BYE and the end: a busy machine may hold the focus up for a while.
                $0.sip.sessionExpires = .seconds(6)
            } _: { rig in
                let bob = try await rig.join("team", "bob", Self.timeless(440))
                let cec = try await rig.join("team", "cec", Self.timeless(1000))
                let events = await rig.focus.events(room: "team")
                let ann = try WireCall("ann", to: rig.port)
                let began = ContinuousClock.now
                let answer = try await ann.invite(
                    rig.uri("team"), body: WireCall.description(port: 40_000),
                    headers: ["Supported": "timer", "Session-Expires": "6;refresher=uac"])
                #expect(answer.headers.first("Session-Expires") == "6;refresher=uac")
                #expect(answer.headers.first("Require") == "timer")
                await ann.ack()
                let mark = cec.audio.mark
                let bye = try await ann.answersBye(within: .seconds(10))
                // RFC 4028 §10: a third of the interval before its end.
                #expect(began.duration(to: .now) > .milliseconds(3600))
                #expect(bye.headers.first("Reason")?.contains("408") == true, "\(bye)")
                var joined: Date?
                for await event in events {
                    if event.kind == .memberJoined { joined = event.at }
                    guard event.kind == .memberLeft else { continue }
                    #expect(event.detail == "session-expired")
                    // By the focus's own clock: who is told may look late.
                    #expect(event.at.timeIntervalSince(try #require(joined)) < 6)
                    break
                }
                #expect(try await rig.focus.room("team").summary.members == 2)
                let heard = try await cec.audio.listen(500, since: mark)
                #expect(heard.longestBreak(in: 440) <= 20)
                #expect(await bob.state == .established)
            }
        }

        @Test func aMemberThatDoesNotAnswerTheRefreshIsSentAway() async throws {
            try await withFocus {
                Self.quick(&$0)
                // Its ACK may take 64 times as long, and the refresh is given up before the end of the session is.
                $0.sip.timerT1 = .milliseconds(15)
            } _: { rig in
                let ann = try await rig.member("ann", Self.quickMember)
                try await ann.dial(rig.uri("team"), headers: ["Session-Expires": "2;refresher=uas"])
                await ann.vanish()
                try await Condition.await("an empty focus") { await rig.focus.rooms().isEmpty }
            }
        }

        /// Held, it owes no media; without session timers it owes no refresh: only our own finds out.
        @Test func aCallerWithoutTimersThatDiesIsSentAway() async throws {
            try await withFocus {
                Self.quick(&$0)
                // Refusal and look may take 64 times T1; a refresh is given up before the session ends.
                $0.sip.sessionExpires = .seconds(4)
                $0.sip.timerT1 = .milliseconds(25)
            } _: { rig in
                let ann = try WireCall("ann", to: rig.port)
                let answer = try await ann.invite(rig.uri("team"), body: WireCall.description(port: 40_000))
                #expect(answer.headers.first("Session-Expires") == "4;refresher=uas")
                #expect(answer.headers.first("Require") == nil)
                await ann.ack()
                // Refused, but by somebody who lives.
                let first = try await ann.receive(.invite)
                await ann.socket.send(SIPResponse(to: first, status: 488, toTag: "ann-tag").serialized())
                let second = try await ann.receive(.invite) { $0.cSeq != first.cSeq }
                #expect(second.callID == first.callID)
                #expect(try await rig.focus.room("team").summary.members == 1)
                try await Condition.await("an empty focus") { await rig.focus.rooms().isEmpty }
            }
        }

        /// Trap 4.
        @Test func anIntervalUnderTheMinimumIsRefusedWithIt() async throws {
            try await withFocus { rig in
                let ann = try WireCall("ann", to: rig.port)
                let refused = try await ann.invite(
                    rig.uri("team"), body: WireCall.description(port: 40_000),
                    headers: ["Supported": "timer", "Session-Expires": "60"])
                #expect(refused.status == 422)
                #expect(refused.headers.first("Min-SE") == "90")
            }
        }
    }
}
