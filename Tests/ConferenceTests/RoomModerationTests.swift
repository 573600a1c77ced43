// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Testing

private let clock = WallClock(instant: at(0), date: Date(timeIntervalSince1970: 1_800_000_000))

@Suite struct RoomModerationTests {
    struct Attempt: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let verb: @Sendable (inout Room, Requester) throws -> [RoomEffect]
    }

    static let attempts = [
        Attempt(testDescription: "cancel", verb: { try $0.cancel(by: $1, now: at(9)) }),
        Attempt(testDescription: "kick", verb: { try $0.kick(three, by: $1, now: at(9)) }),
        Attempt(testDescription: "mute", verb: { try $0.mute(three, by: $1) }),
        Attempt(testDescription: "unmute", verb: { try $0.unmute(three, by: $1) }),
        Attempt(testDescription: "lock", verb: { try $0.lock(by: $1) }),
        Attempt(testDescription: "unlock", verb: { try $0.unlock(by: $1) }),
        Attempt(testDescription: "show video", verb: { try $0.showVideo(.grid, by: $1) }),
        Attempt(testDescription: "record", verb: { try $0.perform(.record(.start), by: $1, now: at(9)) }),
        Attempt(testDescription: "invite", verb: { try $0.perform(.invite("dan"), by: $1, now: at(9)) }),
    ]

    /// Alice creates; Bob and Carol are members; Dave is not here.
    static let powerless: [Requester] = [
        .member(two), .person(bob), .person(Identity(user: "dave", host: "example.org")), .person(nobody),
        .person(Identity(user: "Alice", host: "example.org")), .member(MemberID(99)),
    ]
    static let powerful: [Requester] = [
        .member(one), .person(alice), .person(Identity(user: "alice", host: "EXAMPLE.org")), root, .focus,
    ]

    @Test(arguments: attempts, powerless)
    func othersGet403AndNothingChanges(_ attempt: Attempt, _ requester: Requester) throws {
        var room = try room(alice, bob, carol)
        let before = room.detail(clock)
        let refusal = #expect(throws: Refusal.self) { _ = try attempt.verb(&room, requester) }
        #expect(refusal?.status == 403)
        #expect(room.detail(clock) == before)
        #expect(!room.isOver)
    }

    @Test(arguments: attempts, powerful)
    func creatorAndOperatorsMay(_ attempt: Attempt, _ requester: Requester) throws {
        var room = try room(alice, bob, carol)
        #expect(throws: Never.self) { _ = try attempt.verb(&room, requester) }
    }

    @Test func anonymousCreatorRulesByItsCallAlone() throws {
        var room = try room(nobody, bob)
        #expect(throws: Refusal.self) { try room.cancel(by: .person(nobody), now: at(9)) }
        #expect(try room.cancel(by: .member(one), now: at(9)).brief.last == "ended cancelled")
    }

    @Test func creatorWhoLeftAndCameBackIsStillCreator() throws {
        var room = try room(alice, bob)
        _ = room.leave(one, .hungUp, now: at(9))
        _ = try room.join(three, call(alice), now: at(10))
        _ = room.established(three, now: at(10))
        #expect(room.rank(of: .member(three)) == .creator)
        #expect(room.rank(of: .member(two)) == .member)
    }

    @Test(
        "a second call with the creator's name from its host rules only where a password proves it",
        arguments: [true, false])
    func namesakesRuleOnlyWithAPassword(_ isProven: Bool) throws {
        let ann = Identity(user: "me", host: "localhost", source: isProven ? Identity.login : "192.0.2.7")
        var room = try room(ann, ann, bob)
        #expect(room.rank(of: .member(one)) == .creator)
        #expect(room.rank(of: .member(two)) == (isProven ? .creator : .member))
        _ = room.leave(one, .hungUp, now: at(9))
        #expect(room.rank(of: .member(two)) == .creator)
    }

    @Test func operatorsRoomHasNoCreator() throws {
        let room = try room(alice, bob, origin: .operator)
        #expect(room.rank(of: .member(one)) == .member)
        #expect(room.rank(of: .person(alice)) == .member)
    }

    /// Where nobody is or will be the creator, who leads ends the meeting; its name is free for the next one.
    @Test func moderatorsEndAnArrangedMeetingThatIsNobodys() throws {
        func meeting(_ origin: RoomOrigin, owner: String? = nil) throws -> Room {
            var settings = RoomSettings()
            settings.owner = owner
            var made = try room(alice, bob, settings: settings, origin: origin)
            _ = try made.giveRole(.moderator, to: two, by: root, now: at(2))
            return made
        }
        var standup = try meeting(.arranged)
        #expect(throws: Refusal.self) { try standup.cancel(by: .member(one), now: at(9)) }
        #expect(try standup.cancel(by: .member(two), now: at(9)).brief.last == "ended ended")
        for var other in [try meeting(.arranged, owner: "ann"), try meeting(.adhoc), try meeting(.operator)] {
            #expect(throws: Refusal.self) { try other.cancel(by: .member(two), now: at(9)) }
        }
    }

    @Test func whoAsksBesideItsCallMayWhatItsMemberMay() throws {
        var room = try room(alice, bob, carol)
        #expect(throws: Refusal.self) { try room.kick(three, by: .person(bob), now: at(9)) }
        _ = try room.giveRole(.moderator, to: two, by: root, now: at(2))
        #expect(room.rank(of: .person(bob)) == .moderator)
        #expect(room.rank(of: .person(Identity(user: "bob", host: "example.org", source: "192.0.2.9"))) == .outsider)
        #expect(throws: Never.self) { try room.kick(three, by: .person(bob), now: at(9)) }
    }

    @Test func muteSilencesOnceAndTellsWho() throws {
        var room = try room(alice, bob)
        _ = room.talking(two, true)
        #expect(
            try room.mute(two, by: root).brief == [
                "silence 2", "roster updated 2", "talking-stopped 2", "member-muted 2", "log",
            ])
        #expect(try room.mute(two, by: root) == [])
        let member = try #require(room.detail(of: two, clock))
        #expect(member.muted)
        #expect(member.mutedBy == "operator root")
        #expect(!member.talking)
        #expect(room.talking(two, true) == [])
        #expect(
            try room.unmute(two, by: root).brief == ["hear 2", "roster updated 2", "member-unmuted 2", "log"])
        #expect(try room.unmute(two, by: root) == [])
    }

    @Test func whatAnOperatorSaysOfVideoOutlivesTheConfiguration() throws {
        var room = try room(alice)
        var settings = room.settings
        settings.video = .switch
        #expect(room.reconfigure(settings, now: at(2)).brief == ["video switch"])
        #expect(try room.showVideo(.grid, by: root).brief == ["video grid", "video-mode-changed", "log"])
        #expect(try room.showVideo(.grid, by: root) == [])
        settings.video = .forward
        #expect(room.reconfigure(settings, now: at(3)) == [])
        #expect(room.videoMode == .grid && room.summary(clock).video == .grid)
    }

    /// Who muted, who tries to lift it, whether it works.
    @Test(arguments: [
        (Requester.member(two), Requester.member(two), true),
        (.member(one), .member(two), false),
        (.member(one), .member(one), true),
        (.member(one), root, true),
        (root, .member(two), false),
        (root, .member(one), false),
        (root, .operatorNamed("other"), true),
    ]) func onlyTheSameRankOrAHigherOneLiftsAMute(_ muter: Requester, _ lifter: Requester, _ works: Bool) throws {
        var room = try room(alice, bob)
        _ = try room.mute(two, by: muter)
        if works {
            #expect(try room.unmute(two, by: lifter).brief.first == "hear 2")
        } else {
            let refusal = #expect(throws: Refusal.self) { try room.unmute(two, by: lifter) }
            #expect(refusal?.status == 403)
        }
    }

    /// Nobody else opens a microphone that its owner has closed.
    @Test(arguments: [Requester.member(one), root])
    func whoMutedItselfIsAskedToUnmute(_ asker: Requester) throws {
        var room = try room(alice, bob)
        _ = try room.mute(two, by: .member(two))
        #expect(try room.unmute(two, by: asker).brief == ["prompt 2 askedToSpeak", "asked-to-speak 2", "log"])
        #expect(room.isSilenced(two))
        #expect(try room.unmute(two, by: .member(two)).brief.first == "hear 2")
    }

    @Test func higherRankTakesOverAMuteWithoutSilencingTwice() throws {
        var room = try room(alice, bob)
        _ = try room.mute(two, by: .member(two))
        #expect(try room.mute(two, by: root).brief == ["roster updated 2", "log"])
        #expect(room.detail(of: two, clock)?.mutedBy == "operator root")
        #expect(try room.mute(two, by: .member(two)) == [])
    }

    @Test func heldMemberIsSilencedAndStaysMutedAfterwards() throws {
        var room = try room(alice, bob)
        #expect(room.hold(two).brief == ["silence 2", "roster updated 2", "member-held 2", "log"])
        #expect(room.hold(two) == [])
        #expect(try room.mute(two, by: root).brief == ["roster updated 2", "member-muted 2", "log"])
        #expect(room.resume(two).brief == ["roster updated 2", "member-resumed 2", "log"])
        #expect(try room.unmute(two, by: root).brief.first == "hear 2")
    }

    /// A word that changes seldom: the roster goes to everybody.
    @Test func qualityIsToldWhenItChangesByMoreThanALittle() throws {
        var room = try room(alice, bob)
        func lose(_ percent: Double) -> [String] {
            room.report(two, MediaReport(codec: "opus", remoteMedia: "h:1", lossPercent: percent)).brief
        }
        #expect(lose(0) == [] && lose(2.2) == [], "nothing worth saying")
        #expect(lose(2.6) == ["roster updated 2"])
        #expect(room.detail(of: two, clock)?.quality == .fair)
        #expect(lose(1.8) == [] && lose(8.2) == [])
        #expect(lose(9) == ["roster updated 2"])
        #expect(lose(7.8) == [])
        #expect(lose(0) == ["roster updated 2"])
        #expect(room.detail(of: two, clock)?.quality == .good)
    }

    @Test func talkingComesAndGoesOnce() throws {
        var room = try room(alice, bob)
        #expect(room.talking(two, true).brief == ["talking-started 2"])
        #expect(room.talking(two, true) == [])
        #expect(room.summary(clock).talking == 1)
        #expect(room.talking(two, false).brief == ["talking-stopped 2"])
    }

    @Test func theRosterOfASmallRoomSaysWhoTalks() throws {
        var settings = RoomSettings()
        settings.largestTalkingRoster = 2
        var room = try room(alice, bob, settings: settings)
        #expect(room.talking(two, true).brief == ["roster updated 2", "talking-started 2"])
        #expect(room.showsTalking(two) && !room.showsTalking(one))
        // Who is muted does not talk.
        #expect(try room.mute(two, by: root).brief.contains("roster updated 2"))
        #expect(!room.showsTalking(two))
        #expect(room.talking(one, true).brief == ["roster updated 1", "talking-started 1"])
        // A room that has grown says no more, but when they fall silent who was said to talk.
        _ = try room.join(three, call(carol), now: at(2))
        _ = room.established(three, now: at(3))
        #expect(room.talking(three, true).brief == ["talking-started 3"])
        #expect(room.talking(one, false).brief == ["roster updated 1", "talking-stopped 1"])
        #expect(room.talking(three, false).brief == ["talking-stopped 3"])
    }

    @Test func starSixMutesAndUnmutesOneself() throws {
        var room = try room(alice, bob)
        #expect(room.press(two, key: "*", now: at(1)) == [])
        #expect(room.press(two, key: "6", now: at(2)).brief.first == "silence 2")
        #expect(room.detail(of: two, clock)?.mutedBy == "self")
        #expect(room.press(two, key: "6", now: at(2)) == [])
        #expect(room.press(two, key: "*", now: at(3)) == [])
        #expect(room.press(two, key: "6", now: at(8)) == [], "too late for the star")
        _ = room.press(two, key: "*", now: at(9))
        #expect(room.press(two, key: "6", now: at(10)).brief.first == "hear 2")
        _ = try room.mute(two, by: root)
        _ = room.press(two, key: "*", now: at(11))
        #expect(room.press(two, key: "6", now: at(12)) == [], "an operator's mute stays")
    }

    @Test(arguments: [
        ("1", one), ("sip:bob@example.org", two), ("bob", two), ("BOB", two), ("carol", three),
    ]) func membersAreFoundByWhatPeopleType(_ text: String, _ id: MemberID) throws {
        #expect(try room(alice, bob, carol).resolve(text) == id)
    }

    @Test func namesForDisplayTakeNobodysUserName() throws {
        let room = try room(alice, bob, Identity(displayName: "Bob", user: "mallory", host: "example.org"))
        #expect(try room.resolve("bob") == two)
    }

    @Test func ambiguousAndUnknownMembersAreRefused() throws {
        let room = try room(alice, bob, Identity(user: "bob", host: "example.net"))
        let ambiguous = #expect(throws: Refusal.self) { try room.resolve("bob") }
        #expect(ambiguous?.kind == .ambiguousMember)
        #expect(ambiguous?.text.contains("2, 3") == true)
        let unknown = #expect(throws: Refusal.self) { try room.resolve("9") }
        #expect(unknown?.kind == .unknownMember)
    }
}
