// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Every URI of a room that the focus gives away leads into that room, dialled as it stands.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct RoomURIs {
        enum Listening: String, CaseIterable, Sendable {
            case both, onlyTCP, onlyUDP, twoPorts, everyAddress, ipv6
        }

        /// Where the focus listens, given a port that is free.
        private static func addresses(_ listening: Listening, _ port: Int) -> [ListenAddress] {
            func address(
                _ transport: ListenAddress.Transport, _ port: Int, _ host: String = "127.0.0.1"
            ) -> ListenAddress {
                ListenAddress(transport: transport, host: host, port: port)
            }
            return switch listening {
            case .both: [address(.udp, port), address(.tcp, port)]
            case .onlyTCP: [address(.tcp, port)]
            case .onlyUDP: [address(.udp, port)]
            case .twoPorts: [address(.udp, port), address(.tcp, port + 1)]
            case .everyAddress: [address(.udp, port, "0.0.0.0"), address(.tcp, port, "0.0.0.0")]
            case .ipv6: [address(.udp, port, "::1"), address(.tcp, port, "::1")]
            }
        }

        /// What of a notification names rooms: `entity` of documents, `uri` of lists.
        private static func uris(in member: TestMember) async -> [String] {
            let body = await member.notifications.last.map { String(decoding: $0.request.body, as: UTF8.self) } ?? ""
            return body.matches(of: /(?:<conference-info [^>]*entity|<resource uri)="([^"]+)"/).map {
                String($0.1).replacing("&amp;", with: "&")
            }
        }

        /// The URIs of room "team" that somebody gets to see who dials `uri`.
        private static func given(
            by rig: FocusRig, to options: TestMember.Options, _ uri: (String) -> String
        ) async throws -> Set<String> {
            let member = try await rig.member("ann-\(options.transport)", options)
            try await member.dial(uri("team"))
            var given = [try #require(await member.remoteContact).description]
            _ = try await member.request(.subscribe, headers: ["Event": "conference", "Expires": "600"])
            let watcher = try await rig.member("watcher", options)
            _ = try await watcher.subscribe(uri("team"))
            let browser = try await rig.member("browser", options)
            _ = try await browser.subscribe(uri("conferences"))
            for listener in [member, watcher, browser] {
                try await Condition.await("URIs") { await !uris(in: listener).isEmpty }
                given += await uris(in: listener)
            }
            return Set(given)
        }

        @Test(arguments: Listening.allCases) func leadIntoTheRoomAsTheyStand(listening: Listening) async throws {
            let port = try FreePort.allocate(count: 2)
            try await withFocus {
                $0.sip.listen = Self.addresses(listening, port)
                $0.sip.maxCallsPerSecond = 1000
            } _: { rig in
                let host = listening == .ipv6 ? "[::1]" : "127.0.0.1"
                var given: Set<String> = []
                for transport in [SIPTransportKind.udp, .tcp] {
                    if listening == .onlyTCP, transport == .udp { continue }
                    if listening == .onlyUDP, transport == .tcp { continue }
                    let parameter = transport == .tcp ? ";transport=tcp" : ""
                    let at = listening == .twoPorts && transport == .tcp ? port + 1 : port
                    let options = TestMember.Options().with {
                        $0.transport = transport
                        $0.isIPv6 = listening == .ipv6
                    }
                    given.formUnion(
                        try await Self.given(by: rig, to: options) { "sip:\($0)@\(host):\(at)\(parameter)" })
                }
                #expect(given.allSatisfy { $0.hasPrefix("sip:team@\(host):") }, "\(given)")
                let before = try await rig.focus.room("team").summary.members
                for (number, uri) in given.sorted().enumerated() {
                    let member = try await rig.member("m\(number)", .init().with { $0.isIPv6 = listening == .ipv6 })
                    try await member.dial(uri)
                    try await Condition.await("a member by \(uri)", within: .seconds(3)) {
                        try await rig.focus.room("team").summary.members == before + number + 1
                    }
                }
            }
        }

        /// For another host it would have to go on, and may not.
        @Test func whatMayNotBeForwardedIsToldSo() async throws {
            try await withFocus {
                $0.sip.domains = ["conf.test"]
            } _: { rig in
                for (hops, status) in [("0", 483), ("1", 404)] {
                    let eve = try WireCall("eve", to: rig.port)
                    let response = try await eve.invite(
                        "sip:team@elsewhere.test", body: WireCall.description(port: 40_000),
                        headers: ["Max-Forwards": hops])
                    #expect(response.status == status)
                }
                let ann = try WireCall("ann", to: rig.port)
                let response = try await ann.invite(
                    "sip:team@conf.test", body: WireCall.description(port: 40_000), headers: ["Max-Forwards": "0"])
                #expect(response.status == 200, "it has arrived")
                await ann.ack()
            }
        }

        @Test func aFactoryRoomsContactIsDialableThoughTheAddressIsNotAmongTheDomains() async throws {
            try await withFocus {
                $0.sip.domains = ["conf.test"]
            } _: { rig in
                let body = WireCall.description(port: 40_000)
                let ann = try WireCall("ann", to: rig.port)
                let made = try await ann.invite("sip:conference-factory@conf.test", body: body)
                await ann.ack()
                let contact = try #require(made.contacts.first?.uri)
                let bob = try WireCall("bob", to: rig.port)
                #expect(try await bob.invite(contact.description, body: body).status == 200)
                await bob.ack()
                try await Condition.await("both") {
                    try await rig.focus.room(contact.decodedUser ?? "").summary.members == 2
                }
                // Who tries addresses finds nothing: they open no rooms.
                let eve = try WireCall("eve", to: rig.port)
                #expect(try await eve.invite("sip:100@127.0.0.1:\(rig.port)", body: body).status == 404)
                #expect(
                    try await eve.invite("sip:conference-factory@127.0.0.1:\(rig.port)", body: body).status == 404)
                #expect(await rig.focus.rooms().count == 1)
            }
        }

        /// A proxy, or SRV records, may lead to another port than that of the URI: what was dialled is what others can dial.
        @Test(arguments: [false, true]) func aDomainKeepsThePortThatWasDialled(withPort: Bool) async throws {
            try await withFocus {
                $0.sip.domains = ["other.test", "conf.test"]
            } _: { rig in
                let place = withPort ? "conf.test:\(rig.port)" : "conf.test"
                let ann = try WireCall("ann", to: rig.port)
                _ = try await ann.invite("sip:team@\(place)", body: WireCall.description(port: 40_000))
                await ann.ack()
                _ = try await ann.request(.subscribe, headers: ["Event": "conference", "Expires": "60"])
                let notify = try #require(await ann.socket.receive(beginning: "NOTIFY"))
                #expect(notify.contains("entity=\"sip:team@\(place)\""), "\(notify)")
            }
        }

        @Test func anOperatorIsToldWhatToDial() async throws {
            try await withFocus { rig in
                let uri = try #require(try await rig.focus.create("a b", by: "root").uri)
                #expect(uri == "sip:a%20b@127.0.0.1:\(rig.port)")
                #expect(await rig.focus.rooms().map(\.uri) == [uri])
                #expect(try await rig.focus.room("a b").summary.uri == uri)
                let ann = try await rig.member("ann")
                try await ann.dial(uri)
                #expect(try await rig.focus.room("a b").summary.members == 1)
            }
        }
    }
}
