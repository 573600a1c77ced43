// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Logging
import NIOPosix
import TestSupport
import Testing

@testable import Focus
@testable import UserAgent

/// A focus on the loopback, and people who call it.
struct Meeting {
    let focus: Focus
    let port: Int

    static func begin(_ change: (inout FocusConfiguration) -> Void = { _ in }) async throws -> Meeting {
        var configuration = FocusConfiguration()
        let port = try FreePort.allocate()
        configuration.sip.listen = [
            ListenAddress(transport: .udp, host: "127.0.0.1", port: port),
            ListenAddress(transport: .tcp, host: "127.0.0.1", port: port),
        ]
        change(&configuration)
        let silent = Logger(label: "focus", factory: { _ in SwiftLogNoOpLogHandler() })
        let focus = try await Focus.start(
            configuration, on: MultiThreadedEventLoopGroup.singleton.next(), logger: silent)
        return Meeting(focus: focus, port: port)
    }

    func uri(_ room: String) -> String { "sip:\(room)@127.0.0.1:\(port)" }

    func person(_ name: String, transport: UserAgent.Transport = .udp) async throws -> UserAgent {
        var options = UserAgent.Options.quiet(name, [.opus])
        options.transport = transport
        return try await UserAgent.start(options)
    }

    func end(_ people: UserAgent...) async {
        for person in people { await person.stop() }
        await focus.drain(within: .seconds(1))
    }
}

extension Focus {
    fileprivate var subscriptionCount: Int { roster.count }
}

extension Call {
    /// Reads events until `find` has what it looks for.
    func first<Found>(_ find: (CallEvent) -> Found?) async throws -> Found {
        for await event in events {
            if let found = find(event) { return found }
        }
        throw ConditionNotMet(what: "an event of the call", patience: .zero, evidence: "the call ended")
    }

    fileprivate func roster(of count: Int) async throws -> Roster {
        try await first { event in
            if case .roster(let roster) = event, roster.members.count == count { roster } else { nil }
        }
    }
}

@Suite("A conference", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct ConferenceTests {
    @Test("who is there and who talks is known by name", arguments: UserAgent.Transport.allCases)
    func roster(transport: UserAgent.Transport) async throws {
        let meeting = try await Meeting.begin()
        let (ada, bob) = (try await meeting.person("ada"), try await meeting.person("bob", transport: transport))
        let first = try await ada.call(meeting.uri("demo"), microphone: "tone:440", speaker: "none")
        #expect(try await first.waitUntilEstablished().isFocus)
        let second = try await bob.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        let roster = try await second.roster(of: 2)
        #expect(roster.members.map(\.name).sorted() == ["Ada", "Bob"])
        #expect(roster.members.filter(\.isSelf).map(\.name) == ["Bob"])
        #expect(roster.members.first { $0.name == "Ada" }?.roles == ["creator"])
        let talkers: [Talker] = try await second.first { event in
            if case .talkers(let talkers) = event, !talkers.isEmpty, talkers.allSatisfy({ $0.name != nil }) {
                talkers
            } else {
                nil
            }
        }
        #expect(talkers.map(\.name) == ["Ada"])
        #expect(talkers.allSatisfy { (-30 ... -10).contains($0.level) })
        // Its own tone is not among the talkers of the mix that Ada hears.
        let own: CallLevels = try await first.first { event in
            if case .levels(let levels) = event, levels.microphone > -30 { levels } else { nil }
        }
        #expect(own.talkers.isEmpty)
        await first.hangUp()
        #expect(try await second.roster(of: 1).members.map(\.name) == ["Bob"])
        await meeting.end(ada, bob)
    }

    @Test("hold shows in the roster of the others")
    func hold() async throws {
        let meeting = try await Meeting.begin()
        let (ada, bob) = (try await meeting.person("ada"), try await meeting.person("bob"))
        let first = try await ada.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await first.waitUntilEstablished()
        let second = try await bob.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await second.waitUntilEstablished()
        try await second.hold()
        let isHeld: Bool = try await first.first { event in
            if case .roster(let roster) = event, roster.members.contains(where: { $0.name == "Bob" && $0.isHeld }) {
                true
            } else {
                nil
            }
        }
        #expect(isHeld)
        try await second.resume()
        await meeting.end(ada, bob)
    }

    @Test(
        "rooms are listed; the creator alone cancels, in the call or from outside, and everybody goes home with a reason"
    )
    func cancel() async throws {
        let meeting = try await Meeting.begin()
        let (ada, bob) = (try await meeting.person("ada"), try await meeting.person("bob"))
        #expect(try await ada.list("127.0.0.1:\(meeting.port)").isEmpty)
        for isInside in [true, false] {
            let room = isInside ? "inside" : "outside"
            let first = try await ada.create(meeting.uri(room), microphone: "none", speaker: "none")
            try await first.waitUntilEstablished()
            let second = try await bob.call(meeting.uri(room), microphone: "none", speaker: "none")
            try await second.waitUntilEstablished()
            let rooms = try await bob.list("127.0.0.1:\(meeting.port)")
            #expect(rooms.map(\.name) == [room])
            #expect(rooms.map(\.memberCount) == [2])
            #expect(rooms.map(\.uri) == [meeting.uri(room)], "to be called as it stands")

            await #expect("bob may not") { try await second.cancelConference() } throws: { isRefusal($0, 403) }
            await #expect("bob may not") { try await bob.cancel(meeting.uri(room)) } throws: { isRefusal($0, 403) }
            if isInside {
                try await first.cancelConference()
            } else {
                // Another program of Ada's.
                let other = try await meeting.person("ada")
                try await other.cancel(meeting.uri(room))
                await other.stop()
            }
            for call in [first, second] {
                guard case .hungUpByPeer(let reason?) = await call.waitUntilEnded() else {
                    Issue.record("not sent home with a reason")
                    continue
                }
                #expect(reason.lowercased().contains("cancel"))
            }
            let late = try await bob.call(meeting.uri(room), microphone: "none", speaker: "none")
            guard case .refused(let refusal) = await late.waitUntilEnded() else {
                Issue.record("a cancelled room took a call")
                continue
            }
            #expect(refusal.status == 410)
        }
        await #expect("no such room") { try await ada.cancel(meeting.uri("nowhere")) } throws: { isRefusal($0, 404) }
        await meeting.end(ada, bob)
    }

    @Test("a list that is followed shows a room opened and closed, and who reads no more is not told any more")
    func followedList() async throws {
        let meeting = try await Meeting.begin()
        let (ada, bob) = (try await meeting.person("ada"), try await meeting.person("bob"))
        let place = "127.0.0.1:\(meeting.port)"
        let reading = Task {
            var seen: [[String]] = []
            for try await rooms in try await bob.follow(place) {
                let counts = rooms.map { "\($0.name) \($0.memberCount)" }
                #expect(counts != seen.last, "told although nothing has changed")
                seen.append(counts)
                if seen == [[]] {
                    try await ada.create(meeting.uri("demo"), microphone: "none", speaker: "none")
                        .waitUntilEstablished()
                }
                if rooms.isEmpty, seen.count > 1 { break }
                if counts == ["demo 1"] { try await ada.cancel(meeting.uri("demo")) }
            }
            return seen
        }
        let seen = try await reading.value
        #expect(seen.first == [] && seen.contains(["demo 1"]) && seen.last == [], "\(seen)")
        try await Condition.await("the end of the subscription") {
            await meeting.focus.subscriptionCount == 0
        }
        #expect(await bob.subscriptions.isEmpty)

        // `stop` ends what is still read.
        let lists = try await ada.follow(place)
        var iterator = lists.makeAsyncIterator()
        #expect(try await iterator.next() == [])
        await ada.stop()
        #expect(try await iterator.next() == nil)
        try await Condition.await("the end of that subscription") {
            await meeting.focus.subscriptionCount == 0
        }
        await meeting.end(bob)
    }

    @Test("who follows the list of a host that has none is told so")
    func followedNowhere() async throws {
        let meeting = try await Meeting.begin()
        let bob = try await meeting.person("bob")
        await #expect("no such list") {
            for try await _ in try await bob.follow("nobody@127.0.0.1:\(meeting.port)") {}
        } throws: { isRefusal($0, 404) }
        await meeting.end(bob)
    }

    private func isRefusal(_ error: any Error, _ status: Int) -> Bool {
        guard case .refused(let refusal)? = error as? UserAgentError else { return false }
        return refusal.status == status
    }

    @Test("a factory makes a room with an address that others can call")
    func factory() async throws {
        let meeting = try await Meeting.begin()
        let (ada, bob) = (try await meeting.person("ada"), try await meeting.person("bob"))
        let first = try await ada.create("127.0.0.1:\(meeting.port)", microphone: "none", speaker: "none")
        let made = try await first.waitUntilEstablished()
        #expect(made.isFocus)
        #expect(!made.remote.contains("factory"))
        let second = try await bob.call(made.remote, microphone: "none", speaker: "none")
        #expect(try await second.waitUntilEstablished().remote == made.remote)
        #expect(try await second.roster(of: 2).members.count == 2)
        await meeting.end(ada, bob)
    }
}
