// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import RTP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Inviting {
        static func withDialOut(
            _ dialOut: ConferenceSettings.DialOut, _ body: (FocusRig) async throws -> Void
        ) async throws {
            try await withFocus {
                $0.conference.dialOut = dialOut
            } _: { rig in
                try await body(rig)
            }
        }

        @Test func whoIsCalledHearsAndIsHeard() async throws {
            try await Self.withDialOut(.any) { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.member("bob", .tone(1000))
                await bob.answersCalls()
                let member = try await rig.focus.command(.invite(await bob.uri), in: "team", by: "op")
                #expect(member.member?.state == .connecting)
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
                #expect(try await rig.focus.room("team").members.map(\.state) == [.connected, .connected])
                try await bob.hangUp()
                try await ann.audio.losesTone(1000)
            }
        }

        /// Trap 13: whom an operator has called, and whom a REFER.
        @Test func itsOwnINVITEsSayThatItIsAFocusAndPhonesDoNot() async throws {
            try await Self.withDialOut(.any) { rig in
                let ann = try await rig.join("team", "ann")
                let phones = (desk: try WireCall("desk", to: rig.port), hall: try WireCall("hall", to: rig.port))
                let addresses = ["sip:desk@\(phones.desk.socket.address)", "sip:hall@\(phones.hall.socket.address)"]
                _ = try await rig.focus.command(.invite(addresses[0]), in: "team", by: "op")
                #expect(try await ann.refer(addresses[1], method: .invite).status == 202)
                for phone in [phones.desk, phones.hall] {
                    let invite = try await phone.receive(.invite)
                    let contact = try #require(invite.contacts.first)
                    #expect(contact.uri.user == "team" && contact.parameters.contains("isfocus"))
                    try await phone.refuse(invite, status: 486)
                }
                let bob = try await rig.member("bob")
                await bob.answersCalls()
                _ = try await rig.focus.command(.invite(await bob.uri), in: "team", by: "op")
                try await bob.reaches("bob's call") { $0 == .established }
                #expect(await bob.isInFocus)
                // Nor does a member become a conference to others by what the focus tells of it.
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                let info = try await Rosters.awaitRoster("the roster", of: watcher) { $0.users.count == 2 }
                #expect(!info.users.flatMap(\.endpoints).contains { $0.entity.contains("isfocus") })
            }
        }

        /// RFC 3263: by SRV records of a name server of the test, the first of whose servers is silent.
        @Test func whoIsAtADomainIsCalledByItsSRVRecords() async throws {
            let bob = try await TestMember.start("bob", .tone(1000))
            await bob.answersCalls()
            let silent = try WireSocket(to: 9)
            let port = try #require(try SIPURI(parsing: await bob.uri).port)
            let names = try await NameServer.start([
                "_sip._udp.example.com": .servers([
                    ServerRecord(priority: 1, port: Int(silent.address.port), target: "localhost"),
                    ServerRecord(priority: 2, port: port, target: "localhost"),
                ])
            ])
            try await withFocus(resolver: SIPResolver(nameServer: names.address)) {
                $0.conference.dialOut = .any
            } _: { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                _ = try await rig.focus.command(.invite("sip:bob@example.com"), in: "team", by: "op")
                #expect(await silent.receive(beginning: "INVITE sip:bob@example.com ") != nil)
                // The first server has four seconds to say something.
                try await bob.audio.hears(440, within: .seconds(10))
                try await ann.audio.hears(1000)
                await #expect(throws: (any Error).self) {
                    _ = try await rig.focus.command(.invite("sip:bob@example.invalid"), in: "team", by: "op")
                }
            }
            await bob.vanish()
            await names.stop()
        }

        /// By REFER, by a list and by a word in the chat as by an operator's command. What a stranger names is not even looked up.
        @Test func whoIsAtADomainIsCalledByModeratorsToo() async throws {
            var people: [TestMember] = []
            var answers: [String: NameServer.Answer] = [
                "_sip._udp.no.example.com": .servers([ServerRecord(port: 0, target: "")])
            ]
            for (name, tone) in [("bob", 1000.0), ("cec", 1600.0), ("dan", 2200.0)] {
                let person = try await TestMember.start(name, .tone(tone))
                await person.answersCalls()
                people.append(person)
                let port = try #require(try SIPURI(parsing: await person.uri).port)
                answers["_sip._udp.\(name).example.com"] = .servers([ServerRecord(port: port, target: "localhost")])
            }
            let dan = try #require(people.last)
            let names = try await NameServer.start(answers)
            try await withFocus(resolver: SIPResolver(nameServer: names.address)) {
                $0.conference.dialOut = .any
            } _: { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let eve = try await rig.member("eve")
                let refused = try await eve.refer("sip:x@eve.example.com", method: .invite, to: rig.uri("team"))
                #expect(refused.status == 403)
                #expect(!names.questions.contains { $0.contains("eve") })

                #expect(try await ann.refer("sip:bob@bob.example.com", method: .invite).status == 202)
                try await ann.audio.hears(1000)
                try await Condition.await("the last NOTIFY") { await ann.fragments.last == "SIP/2.0 200 OK" }

                let list = InvitingByLists.list("sip:x@no.example.com", "sip:cec@cec.example.com")
                #expect(try await ann.request(.refer, headers: InvitingByLists.headers, body: list).status == 202)
                try await ann.audio.hears(1600)

                try await ann.say("/invite sip:dan@dan.example.com")
                try await ann.audio.hears(2200)
                try await dan.audio.hears(440)

                let nowhere = try await ann.refer("sip:x@no.example.com", method: .invite)
                #expect(nowhere.status == 403)
                #expect(nowhere.headers.first("Warning")?.contains("cannot be found") == true)
            }
            for person in people { await person.vanish() }
            await names.stop()
        }

        @Test func aModeratorsREFERTellsWhatBecomesOfIt() async throws {
            try await Self.withDialOut(.any) { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.member("bob", .tone(1000))
                await bob.answersCalls()
                #expect(try await ann.refer(await bob.uri, method: .invite).status == 202)
                try await ann.audio.hears(1000)
                try await Condition.await("the last NOTIFY") {
                    await ann.fragments.last == "SIP/2.0 200 OK"
                }
                #expect(await ann.fragments.first == "SIP/2.0 100 Trying")
                // One who does not answer calls refuses.
                let cec = try await rig.member("cec")
                #expect(try await ann.refer(await cec.uri, method: .invite).status == 202)
                try await Condition.await("the refusal") {
                    await ann.fragments.last?.hasPrefix("SIP/2.0 4") == true
                }
                #expect(try await rig.focus.room("team").members.count == 2)
                // Who may not let people in may not call them.
                #expect(try await bob.refer(await cec.uri, method: .invite).status == 403)
            }
        }

        @Test func onlyWhoMayBeCalledIs() async throws {
            try await Self.withDialOut(.registered) { rig in
                let ann = try await rig.join("team", "ann")
                let bob = try await rig.member("bob", .tone(1000))
                await bob.answersCalls()
                await #expect(throws: ControlError.self) {
                    try await rig.focus.command(.invite(await bob.uri), in: "team", by: "op")
                }
                try await Self.register(bob, as: "bob", at: rig.port)
                _ = try await rig.focus.command(.invite("bob"), in: "team", by: "op")
                try await ann.audio.hears(1000)
            }
        }

        private static func register(_ member: TestMember, as name: String, at port: Int) async throws {
            let address = "sip:\(name)@127.0.0.1:\(port)"
            let registered = try await member.request(
                outside: .register, to: "sip:127.0.0.1:\(port)",
                headers: ["To": "<\(address)>", "From": "<\(address)>", "Expires": "300"])
            #expect(registered.status == 200)
        }

        @Test("all telephones of a person ring, and stop when one is answered")
        func everyPlaceRings() async throws {
            try await Self.withDialOut(.registered) { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.member("bob", .tone(1000))
                await bob.answersCalls()
                try await Self.register(bob, as: "bob", at: rig.port)
                let desk = try WireCall("desk", to: rig.port)
                var request = try await desk.makeRegister("sip:bob@127.0.0.1:\(rig.port)")
                request.headers.set("Expires", "300")
                request.headers.set("Require", "path")
                let proxies = ["<sip:edge.test;lr>", "<sip:inner.test;lr>"]
                request.headers.set("Path", proxies.joined(separator: ", "))
                let registered = try await desk.exchange(request)
                #expect(registered.status == 200 && registered.headers.all("Path") == proxies)
                #expect(try await ann.refer("sip:bob@127.0.0.1:\(rig.port)", method: .invite).status == 202)
                let invite = try await desk.receive(.invite)
                #expect(invite.headers.all("Route") == proxies && invite.uri.user == "desk")
                await desk.socket.send(SIPResponse(to: invite, status: 180, toTag: "desk").serialized())
                let cancel = try await desk.receive(.cancel)
                #expect(cancel.reasons == [SIPReason(cause: 200, text: "Call completed elsewhere")])
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
                try await Condition.await("the last NOTIFY") { await ann.fragments.last == "SIP/2.0 200 OK" }
                try await Condition.await("two members") {
                    try await rig.focus.room("team").members.map(\.state) == [.connected, .connected]
                }
            }
        }

        @Test("that a person is not reached is told once all its telephones have said so")
        func allPlacesRefuse() async throws {
            try await Self.withDialOut(.registered) { rig in
                let ann = try await rig.join("team", "ann")
                let phones = [try await rig.member("bob"), try await rig.member("bob2")]
                for phone in phones { try await Self.register(phone, as: "bob", at: rig.port) }
                #expect(try await ann.refer("sip:bob@127.0.0.1:\(rig.port)", method: .invite).status == 202)
                try await Condition.await("the refusal") {
                    await ann.fragments.last?.hasPrefix("SIP/2.0 4") == true
                }
                #expect(await ann.fragments.filter { $0.hasPrefix("SIP/2.0 4") }.count == 1)
                #expect(try await rig.focus.room("team").members.count == 1)
            }
        }

        @Test("whom the focus gives up is told of to who asked for the call")
        func aCallThatIsGivenUp() async throws {
            try await Self.withDialOut(.any) { rig in
                let ann = try await rig.join("team", "ann")
                let desk = try WireCall("desk", to: rig.port)
                #expect(try await ann.refer("sip:desk@\(desk.socket.address)", method: .invite).status == 202)
                let invite = try await desk.receive(.invite)
                await desk.socket.send(SIPResponse(to: invite, status: 180, toTag: "desk").serialized())
                try await Condition.await("it rings") { await ann.fragments.last == "SIP/2.0 180 Ringing" }
                _ = try await rig.focus.command(.kick("desk"), in: "team", by: "op")
                _ = try await desk.receive(.cancel)
                try await Condition.await("the last NOTIFY") {
                    await ann.fragments.last == "SIP/2.0 408 Request Timeout"
                }
            }
        }

        @Test func aFocusThatCallsNobodySaysSo() async throws {
            try await Self.withDialOut(.none) { rig in
                let ann = try await rig.join("team", "ann")
                #expect(try await ann.refer("sip:bob@192.0.2.1", method: .invite).status == 403)
            }
        }
    }
}
