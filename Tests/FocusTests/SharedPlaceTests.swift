// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import RTP
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
        private static let places: [(SIPMethod, String, String, Int)] = [
            (
                .subscribe, "subscriptions-share",
                "Event: conference\nExpires: 600\nSupported: eventlist\nAccept: application/conference-info+xml, "
                    + "application/rlmi+xml, multipart/related", 200
            ),
            (.register, "registrations-share", "Expires: 600", 200),
            (.message, "messages-share", "Content-Type: text/plain", 403),
        ]

        @Test(arguments: places)
        func oneAddressLeavesPlacesToOthers(
            _ method: SIPMethod, _ place: String, _ headers: String, _ admitted: Int
        ) async throws {
            try await withFocus { rig in
                await rig.focus.limitPlaces(to: 5)
                let (eve, ann) = (try Stranger("127.0.0.1", at: rig), try Stranger("127.0.1.9", at: rig))
                #expect(await eve.ask(method, headers)?.status == admitted)
                let refused = await eve.ask(method, headers)
                #expect(refused?.status == 503)
                #expect(refused?.headers.first("Retry-After") != nil)
                #expect(await ann.ask(method, headers)?.status == admitted)
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
            _ method: SIPMethod, _ place: String, _ headers: String, _ admitted: Int
        ) async throws {
            try await withFocus {
                $0.auth.trusted = [AddressRange("127.0.0.1")].compactMap { $0 }
            } _: { rig in
                await rig.focus.limitPlaces(to: 5)
                let (proxy, ann) = (try Stranger("127.0.0.1", at: rig), try Stranger("127.0.1.9", at: rig))
                for _ in 0..<5 { #expect(await proxy.ask(method, headers)?.status == admitted) }
                #expect(await ann.ask(method, headers)?.status == 503)
            }
        }

        private actor Stranger {
            private let socket: WireSocket
            private let host: String
            private let port: Int
            private var number = 0

            init(_ host: String, at rig: FocusRig) throws {
                socket = try WireSocket(to: rig.port, from: host)
                self.host = host
                port = rig.port
            }

            /// Each time as somebody else, in a dialog of its own.
            func ask(_ method: SIPMethod, _ headers: String) async -> SIPResponse? {
                number += 1
                let own = "127.0.0.1:\(port)"
                let to = method == .register ? "user\(number).\(host)" : "conferences"
                let body = method == .message ? "hello" : ""
                await socket.send(
                    """
                    \(method.rawValue) sip:\(to)@\(own) SIP/2.0
                    Via: SIP/2.0/UDP \(host):\(socket.address.port);branch=z9hG4bK-\(host)-\(number)
                    Max-Forwards: 70
                    From: <sip:user\(number)@\(host)>;tag=\(host)
                    To: <sip:\(to)@\(own)>
                    Call-ID: \(host)-\(number)
                    CSeq: 1 \(method.rawValue)
                    Contact: <sip:user\(number)@\(host):\(socket.address.port)>
                    \(headers)
                    Content-Length: \(body.utf8.count)

                    \(body)
                    """)
                while let text = await socket.receive(beginning: "SIP/2.0 ") {
                    guard case .message(.response(let response)) = SIPParser.parse(Array(text.utf8)),
                        response.callID == "\(host)-\(number)"
                    else { continue }
                    return response
                }
                return nil
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
