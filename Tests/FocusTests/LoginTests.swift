// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SIP
import Synchronization
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Login {
        private static func withUsers(_ body: (FocusRig) async throws -> Void) async throws {
            try await withFocus {
                $0.auth.mode = .users
            } _: { rig in
                _ = try await rig.focus.setUser(
                    "ann", displayName: "Ann Lee", password: "secret", isNew: true, by: "op")
                try await body(rig)
            }
        }

        /// A REGISTER, with the answer to its challenge where there is a password.
        private static func register(
            _ member: TestMember, _ rig: FocusRig, password: String?, to user: String? = nil, expires: Int = 300,
            authorizing uri: String? = nil
        ) async throws -> (SIPResponse, sent: SIPHeaders) {
            let address = "sip:\(user ?? member.name)@127.0.0.1:\(rig.port)"
            var headers: SIPHeaders = ["To": "<\(address)>", "From": "<\(address)>", "Expires": "\(expires)"]
            let first = try await member.request(outside: .register, to: "sip:127.0.0.1:\(rig.port)", headers: headers)
            guard let password else { return (first, headers) }
            var client = DigestClient(user: member.name, password: password)
            let bare = SIPRequest(
                method: .register, uri: try SIPURI(parsing: uri ?? "sip:127.0.0.1:\(rig.port)"))
            let answer = client.answer(first, to: bare)
            let header = try #require(answer)
            headers.set(header.name, header.value)
            let second = try await member.request(outside: .register, to: "sip:127.0.0.1:\(rig.port)", headers: headers)
            return (second, headers)
        }

        @Test func whoKnowsThePasswordRegisters() async throws {
            try await Self.withUsers { rig in
                let ann = try await rig.member("ann")
                let (asked, _) = try await Self.register(ann, rig, password: nil)
                #expect(asked.status == 401)
                let challenges = asked.headers.all("WWW-Authenticate")
                #expect(challenges.count == 2)
                #expect(challenges.first?.contains("algorithm=MD5,") == true)
                #expect(challenges.last?.contains("algorithm=SHA-256,") == true)
                let (taken, sent) = try await Self.register(ann, rig, password: "secret")
                #expect(taken.status == 200)
                #expect(taken.contacts.count == 1)
                #expect(await rig.focus.users().first?.places.count == 1)
                // The same once more is somebody else's.
                let again = try await ann.request(
                    outside: .register, to: "sip:127.0.0.1:\(rig.port)", headers: sent)
                #expect(again.status == 401)
                let (gone, _) = try await Self.register(ann, rig, password: "secret", expires: 0)
                #expect(gone.contacts.isEmpty)
            }
        }

        /// Decision 008: what phones write as `uri`, with or without port and parameters, and what a proxy has
        /// rewritten since.
        @Test(arguments: [
            "sip:127.0.0.1", "sip:127.0.0.1;transport=UDP", "sip:conf.example.org", "sip:ann@127.0.0.1:5060",
        ])
        func credentialsMayNameTheResourceInAnotherForm(uri: String) async throws {
            try await Self.withUsers { rig in
                let ann = try await rig.member("ann")
                let (taken, _) = try await Self.register(ann, rig, password: "secret", authorizing: uri)
                #expect(taken.status == 200)
            }
        }

        @Test func whoDoesNotIsRefusedAndSlowed() async throws {
            try await Self.withUsers { rig in
                let ann = try await rig.member("ann")
                for _ in 0..<AttemptLimiter.free {
                    let (response, _) = try await Self.register(ann, rig, password: "guess")
                    #expect(response.status == 401)
                }
                let (blocked, _) = try await Self.register(ann, rig, password: nil)
                #expect(blocked.status == 403)
                #expect(blocked.headers.first("Retry-After").flatMap { Int($0) }.map { $0 > 0 } == true)
            }
        }

        /// Ten addresses, none of which is slowed for itself: the account is closed to others, the right password included, and open to
        /// where it has been logged in from.
        @Test func guessesFromManyAddressesAreSlowedToo() async throws {
            try await Self.withUsers { rig in
                let ann = try await rig.member("ann")
                #expect(try await Self.register(ann, rig, password: "secret").0.status == 200)
                for host in 1...AccountGuard.free / AttemptLimiter.free {
                    let stranger = try WireCall("eve", to: rig.port, from: "127.0.1.\(host)")
                    for _ in 0..<AttemptLimiter.free {
                        #expect(try await Self.login("guess", by: stranger, rig) == 401)
                    }
                }
                let late = try WireCall("eve", to: rig.port, from: "127.0.1.99")
                #expect(try await Self.login("guess", by: late, rig) == 403)
                #expect(try await Self.login("secret", by: late, rig) == 403)
                #expect(try await Self.register(ann, rig, password: "secret").0.status == 200)
            }
        }

        /// The answer to credentials of `ann`'s, or to the request without any where it is no challenge.
        private static func login(_ password: String, by stranger: WireCall, _ rig: FocusRig) async throws -> Int {
            var request = try await stranger.makeRegister("sip:ann@127.0.0.1:\(rig.port)")
            let challenge = try await stranger.exchange(request)
            var client = DigestClient(user: "ann", password: password)
            guard let credentials = client.answer(challenge, to: request) else { return challenge.status }
            request.headers.set(credentials.name, credentials.value)
            request.headers.set("CSeq", "2 REGISTER")
            return try await stranger.exchange(request).status
        }

        @Test func onesOwnPasswordDoesNotForgiveGuessingAnothers() async throws {
            try await Self.withUsers { rig in
                _ = try await rig.focus.setUser("bob", displayName: nil, password: "secret", isNew: true, by: "op")
                let (ann, bob) = (try await rig.member("ann"), try await rig.member("bob"))
                for _ in 0..<AttemptLimiter.free {
                    #expect(try await Self.register(bob, rig, password: "secret").0.status == 200)
                    #expect(try await Self.register(ann, rig, password: "guess").0.status == 401)
                }
                #expect(try await Self.register(ann, rig, password: nil).0.status == 403)
            }
        }

        /// A telephone with an old password keeps trying, and shares its address with a whole office.
        @Test func failuresOfOneKeepNobodyOutWhoHasLoggedInThere() async throws {
            try await Self.withUsers { rig in
                _ = try await rig.focus.setUser("bob", displayName: nil, password: "other", isNew: true, by: "op")
                _ = try await rig.focus.setUser("cec", displayName: nil, password: "third", isNew: true, by: "op")
                var members: [TestMember] = []
                for name in ["ann", "bob", "cec"] { members.append(try await rig.member(name)) }
                let (ann, bob, cec) = (members[0], members[1], members[2])
                func status(_ member: TestMember, _ password: String?) async throws -> Int {
                    try await Self.register(member, rig, password: password).0.status
                }
                #expect(try await status(bob, "other") == 200)
                for _ in 0..<AttemptLimiter.free { #expect(try await status(ann, "old") == 401) }
                #expect(try await status(bob, "other") == 200)
                // Who has never been there is a stranger, and nothing is learnt of its password.
                #expect(try await status(cec, nil) == 403)
                // Guesses at an account that has been there are slowed for themselves.
                for _ in 0..<AttemptLimiter.free { #expect(try await status(bob, "guess") == 401) }
                #expect(try await status(bob, nil) == 403)
            }
        }

        /// Who is in a call has not shown by it that it may be called under any name: it may have been called itself, or have come
        /// in while the focus was open.
        @Test func aCallIsNoPasswordForARegistration() async throws {
            let before = Mutex(FocusConfiguration())
            try await withFocus { configuration in
                before.withLock { $0 = configuration }
            } _: { rig in
                let eve = try WireCall("eve", to: rig.port)
                #expect(try await eve.invite(rig.uri("team"), body: WireCall.description(port: 40_000)).status == 200)
                await eve.ack()
                var after = before.withLock { $0 }
                after.auth.mode = .users
                _ = await rig.focus.reload(after)
                _ = try await rig.focus.setUser("ann", displayName: nil, password: "secret", isNew: true, by: "op")
                let tag = try #require(await eve.dialog?.id.remoteTag)
                let response = try await eve.request(
                    .register, headers: ["To": "<sip:ann@127.0.0.1:\(rig.port)>;tag=\(tag)", "Expires": "300"])
                #expect(response.status == 401)
                #expect(await rig.focus.users().first?.places == [])
            }
        }

        @Test func whoseAccountIsTakenAwayIsNotCalledAnyMore() async throws {
            try await Self.withUsers { rig in
                let ann = try await rig.member("ann")
                #expect(try await Self.register(ann, rig, password: "secret").0.status == 200)
                try await rig.focus.removeUser("ann", by: "op")
                _ = try await rig.focus.setUser("ann", displayName: nil, password: "other", isNew: true, by: "op")
                #expect(await rig.focus.users().first?.places == [])
            }
        }

        @Test func nobodyCallsOrWritesWithoutPassword() async throws {
            try await Self.withUsers { rig in
                let eve = try await rig.member("eve")
                await #expect(throws: CallRefused.self) { try await eve.dial(rig.uri("team")) }
                #expect(await rig.focus.rooms().isEmpty)
                for method in [SIPMethod.message, .refer, .subscribe] {
                    let response = try await eve.request(outside: method, to: rig.uri("team"))
                    #expect(response.status == 401)
                }
                #expect(try await eve.request(outside: .options, to: rig.uri("team")).status == 200)
            }
        }

        @Test func whoSaysToBeAnotherIsRefused() async throws {
            try await Self.withUsers { rig in
                let ann = try await rig.member("ann")
                let (response, _) = try await Self.register(ann, rig, password: "secret", to: "bob")
                #expect(response.status == 403)
            }
        }

        @Test func aTrustedPeerNeedsNoneAndIsBelieved() async throws {
            try await withFocus {
                $0.auth.mode = .users
                $0.auth.trusted = [AddressRange("127.0.0.0/8")].compactMap { $0 }
            } _: { rig in
                let pbx = try await rig.member("pbx")
                try await pbx.dial(
                    rig.uri("team"), headers: ["P-Asserted-Identity": "\"Carl\" <sip:201@pbx.example>"])
                let member = try await rig.focus.room("team").members[0]
                #expect(member.uri == "sip:201@pbx.example")
                #expect(member.displayName == "Carl")
            }
        }

        @Test func whoGuessesBehindATrunkKeepsNobodyOut() async throws {
            try await withFocus {
                var room = RoomDefinition(name: "board")
                room.pin = "4711"
                $0.conference.rooms = [room]
                $0.auth.trusted = [AddressRange("127.0.0.0/8")].compactMap { $0 }
            } _: { rig in
                for number in 0..<6 {
                    let eve = try await rig.member("eve\(number)")
                    try await eve.dial(rig.uri("board") + ";pin=0000")
                }
                let ann = try await rig.member("ann")
                try await ann.dial(rig.uri("board") + ";pin=4711")
                #expect(try await rig.focus.room("board").members.count { $0.state == .connected } == 1)
            }
        }

        @Test func whoGuessesBehindATrunkIsSlowedItself() async throws {
            try await withFocus {
                var room = RoomDefinition(name: "board")
                room.pin = "4711"
                $0.conference.rooms = [room]
                $0.auth.trusted = [AddressRange("127.0.0.0/8")].compactMap { $0 }
            } _: { rig in
                func dial(_ user: String, _ pin: String) async throws {
                    try await rig.member(user).dial(
                        rig.uri("board") + ";pin=\(pin)", headers: ["P-Asserted-Identity": "<sip:\(user)@pbx.example>"])
                }
                for _ in 0..<AttemptLimiter.free { try await dial("eve", "0000") }
                let refused = await #expect(throws: CallRefused.self) { try await dial("eve", "4711") }
                #expect(refused?.response?.status == 403)
                try await dial("ann", "4711")
                #expect(try await rig.focus.room("board").members.count { $0.state == .connected } == 1)
            }
        }

        @Test func anOpenFocusTakesRegistrationsToo() async throws {
            try await withFocus { rig in
                let ann = try await rig.member("ann")
                #expect(try await Self.register(ann, rig, password: nil).0.status == 200)
            }
        }

        @Test(arguments: [
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false), ("10.0.0.0/9", "10.127.1.1", true),
            ("10.0.0.0/9", "10.128.1.1", false), ("2001:db8::/32", "2001:db8:1::5", true),
            ("2001:db8::/32", "192.0.2.1", false), ("0.0.0.0/0", "8.8.8.8", true),
        ])
        func networksHoldTheirAddresses(range: String, host: String, isIn: Bool) throws {
            #expect(try #require(AddressRange(range)).contains(host) == isIn)
        }
    }
}
