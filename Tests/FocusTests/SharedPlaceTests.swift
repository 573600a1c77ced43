// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import SIP
import TestSupport
import Testing

@testable import Focus

@Suite struct SharedRateTests {
    @Test func aPlaceIsFreeAgainAfterASecond() {
        var rate = SharedRate(perSecond: 10)
        let start = ContinuousClock.now
        func admit(_ source: String?, _ milliseconds: Int) -> FairShares.Shortage? {
            rate.admit(source, now: start + .milliseconds(milliseconds))
        }
        #expect(admit("eve", 0) == nil && admit("eve", 400) == nil)
        #expect(admit("eve", 999) == .share && admit("ann", 999) == nil)
        #expect(admit("eve", 1000) == nil && admit("eve", 1001) == .share)
        for number in 0..<7 { #expect(admit(nil, 1002 + number) == nil) }
        #expect(admit("bob", 1010) == .full && admit("bob", 1400) == nil)
    }
}

extension LiveFocusTests {
    /// Strangers at several addresses, where nobody needs a password.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct SharedPlaces {
        private static let places: [(SIPMethod, String, SIPHeaders, Int)] = [
            (
                .subscribe, "subscriptions-share",
                [
                    "Event": "conference", "Expires": "600", "Supported": "eventlist",
                    "Accept": "application/conference-info+xml, application/rlmi+xml, multipart/related",
                ], 200
            ),
            (.register, "registrations-share", ["Expires": "600"], 200),
            (.message, "messages-share", ["Content-Type": "text/plain"], 403),
        ]

        private static func stranger(_ host: String, at rig: FocusRig) throws -> WireCall {
            try WireCall("stranger", to: rig.port, from: host)
        }

        /// Each time in a dialog of its own; what is registered is `user`.
        private static func ask(
            _ stranger: WireCall, _ method: SIPMethod, _ headers: SIPHeaders, as user: String, _ rig: FocusRig
        ) async throws -> SIPResponse {
            let request = try await stranger.makeRequest(
                method, rig.uri(method == .register ? user : "conferences"),
                body: method == .message ? Array("hello".utf8) : nil, headers: headers)
            return try await stranger.exchange(request)
        }

        @Test(arguments: places)
        func oneAddressLeavesPlacesToOthers(
            _ method: SIPMethod, _ place: String, _ headers: SIPHeaders, _ admitted: Int
        ) async throws {
            try await withFocus { rig in
                await rig.focus.limitPlaces(to: 5)
                let (eve, ann) = (try Self.stranger("127.0.0.1", at: rig), try Self.stranger("127.0.1.9", at: rig))
                #expect(try await Self.ask(eve, method, headers, as: "one", rig).status == admitted)
                let refused = try await Self.ask(eve, method, headers, as: "two", rig)
                #expect(refused.status == 503)
                #expect(refused.headers.first("Retry-After") != nil)
                #expect(try await Self.ask(ann, method, headers, as: "three", rig).status == admitted)
                let family = await rig.focus.metrics().first { $0.name == "confab_requests_refused_total" }
                guard case .counter(let samples) = try #require(family).values else {
                    Issue.record("no counter")
                    return
                }
                #expect(samples.map(\.labels) == [[MetricFamily.Label("reason", place)]] && samples.first?.value == 1)
            }
        }

        @Test(arguments: places)
        func aTrustedPeerStandsForMany(
            _ method: SIPMethod, _ place: String, _ headers: SIPHeaders, _ admitted: Int
        ) async throws {
            try await withFocus {
                $0.auth.trusted = [AddressRange("127.0.0.1")].compactMap { $0 }
            } _: { rig in
                await rig.focus.limitPlaces(to: 5)
                let (proxy, ann) = (try Self.stranger("127.0.0.1", at: rig), try Self.stranger("127.0.1.9", at: rig))
                for number in 0..<5 {
                    #expect(try await Self.ask(proxy, method, headers, as: "user\(number)", rig).status == admitted)
                }
                #expect(try await Self.ask(ann, method, headers, as: "ann", rig).status == 503)
            }
        }
    }
}

extension Focus {
    fileprivate func limitPlaces(to count: Int) {
        roster.shares.limit = count
        login.registrar.limits.users = count
        chat.outsiders = SharedRate(perSecond: count)
    }
}
