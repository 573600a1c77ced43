// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import OperatorAPI
import Testing

private let now = Date(timeIntervalSince1970: 1_800_000_000)

private func member(
    _ id: String, _ name: String?, _ uri: String, _ change: (inout MemberDetail) -> Void = { _ in }
) -> MemberDetail {
    var member = MemberDetail(
        id: id, displayName: name, uri: uri, role: .member, state: .connected, joined: now, talking: false, held: false,
        muted: false, mutedBy: nil, codec: nil, remoteMedia: nil, lossPercent: nil, jitterMilliseconds: nil,
        roundTripMilliseconds: nil, levelDBov: nil, userAgent: nil, callID: id)
    change(&member)
    return member
}

/// Times depend on the zone of the machine: they are struck out.
private func untimed(_ text: String) -> String { text.replacing(#/\d\d:\d\d:\d\d/#, with: "hh:mm:ss") }

@Suite struct TextTests {
    @Test func tableAlignsAndLeavesNothingAtLineEnds() {
        var table = TextTable(("NAME", .left), ("N", .right), ("WHAT", .left))
        table.add(["a", "1", "x"])
        table.add(["longer name", "1000", ""])
        table.add(["wide 房间", "12"])
        #expect(
            table.render(colours: false) == """
                NAME            N  WHAT
                a               1  x
                longer name  1000
                wide 房间      12

                """)
    }

    @Test func coloursAreOnlyWrittenWhereAskedFor() {
        var table = TextTable(("NAME", .left), ("STATE", .left))
        table.add([.init("a"), .init("talking", .good)])
        #expect(!table.render(colours: false).contains("\u{1B}"))
        #expect(
            table.render(colours: true)
                == "\u{1B}[1mNAME\u{1B}[0m  \u{1B}[1mSTATE\u{1B}[0m\na     \u{1B}[32mtalking\u{1B}[0m\n")
    }

    @Test func aRoomThatWasCreatedIsToldWithWhatToDial() {
        var room = RoomSummary(
            name: "a b", id: "1", origin: .operator, created: now, creator: nil, members: 0, connecting: 0, talking: 0,
            held: 0, locked: false, maxMembers: 9)
        let text = RoomText(now: now, colours: false)
        #expect(text.created(room) == "Created a b.\n")
        room.uri = "sip:a%20b@192.0.2.1:5070"
        #expect(text.created(room) == "Created a b. Dial sip:a%20b@192.0.2.1:5070\n")
        let detail = RoomDetail(summary: room, lockedBy: nil, rosterVersion: 0, members: [])
        #expect(text.show(detail).hasSuffix("\ndial sip:a%20b@192.0.2.1:5070\n"))
    }

    @Test func everyRuleOfAnArrangedRoomIsTold() {
        var room = RoomDefinition(
            name: "board", schedule: [RoomSchedule(start: now, end: now + 900, recurrence: .daily)])
        room.title = "The board"
        room.owner = "ann"
        (room.pin, room.moderatorPIN) = ("4711", "0815")
        (room.maxMembers, room.listed, room.video, room.language) = (3, false, .grid, "en")
        (room.joinMuted, room.waitForModerator, room.endWithModerator) = (true, true, true)
        (room.presenterOnly, room.record, room.recordAs) = (true, true, .audio)
        let text = RecordText.room(room)
        let rules = [
            "limit 3", "unlisted", "video grid", "join muted", "wait for moderator", "end with moderator",
            "presenters only", "recorded as audio", "prompts in en",
        ]
        for line in [
            "Room board: The board", "  owner          ann", "  PIN            4711", "  moderator PIN  0815",
            "  rules          " + rules.joined(separator: ", "),
            "  open           \(now.formatted(.iso8601)) to \((now + 900).formatted(.iso8601)), daily, UTC",
        ] {
            #expect(text.contains(line + "\n"), "\(line) in \(text)")
        }
        let table = RecordText.rooms([room], now: now, colours: false)
        for rule in rules { #expect(table.contains(rule), "\(rule) in \(table)") }
    }

    @Test func whatStoppedNothingSaysSo() {
        let text = RoomText(now: now, colours: false)
        func told(_ film: String?, _ changed: Bool) -> String {
            text.done(.stop(film), in: "demo", CommandOutcome(changed: changed))
        }
        #expect(told(nil, true) == "Nothing is played in demo any more.\n")
        #expect(told(nil, false) == "Nothing plays in demo.\n")
        #expect(told("talk.mp4", true) == "talk.mp4 is not played any more.\n")
        #expect(told("talk.mp4", false) == "talk.mp4 does not play in demo.\n")
    }

    @Test func strangersCannotMoveTheCursor() {
        var table = TextTable(("NAME", .left))
        table.add([.init("a\u{1B}[2Jb\nc")])
        #expect(table.render(colours: false) == "NAME\na\u{FFFD}[2Jb\u{FFFD}c\n")
        let event = ConferenceEvent(
            RoomEvent(.memberJoined, member: MemberID(1), memberName: "x\u{1B}[31m"), room: "demo", at: now)
        #expect(!EventText.line(event, now: now, colours: false).contains("\u{1B}"))
    }

    @Test(arguments: [("abc", 3), ("房间", 4), ("é", 1), ("e\u{301}", 1), ("🎧", 2), ("ｱ", 1), ("", 0)])
    func widthIsWhatTheTerminalTakes(_ text: String, _ width: Int) {
        #expect(TerminalText.width(text) == width)
    }

    @Test func listOfRooms() {
        let text = RoomText(now: now, colours: false)
        #expect(text.list([]) == "No rooms.\n")
        let rooms = [
            RoomSummary(
                name: "demo", id: "1", origin: .adhoc, created: now, creator: "sip:alice@example.org", members: 3,
                connecting: 0, talking: 1, held: 0, locked: true, maxMembers: 10),
            RoomSummary(
                name: "standup", id: "2", origin: .operator, created: now, creator: nil, members: 12, connecting: 0,
                talking: 0, held: 0, locked: false, maxMembers: 10),
        ]
        #expect(
            untimed(text.list(rooms)) == """
                ROOM     MEMBERS  TALKING  SINCE     STATE   CREATOR
                demo           3        1  hh:mm:ss  locked  sip:alice@example.org
                standup       12        0  hh:mm:ss  open    operator

                """)
    }

    @Test func roomWithItsMembers() {
        let summary = RoomSummary(
            name: "demo", id: "1", origin: .adhoc, created: now.addingTimeInterval(-252), creator: "sip:alice@h",
            members: 2, connecting: 1, talking: 1, held: 1, locked: true, maxMembers: 10)
        let detail = RoomDetail(
            summary: summary, lockedBy: "operator root", rosterVersion: 4,
            members: [
                member("1", "Alice", "sip:alice@h") {
                    $0.role = .creator
                    $0.talking = true
                    $0.codec = "opus"
                    $0.remoteMedia = "192.0.2.7:40000"
                    $0.lossPercent = 0.26
                    $0.jitterMilliseconds = 2.04
                    $0.roundTripMilliseconds = 31.4
                    $0.levelDBov = -23.6
                },
                member("2", nil, "sip:bob@h") {
                    $0.held = true
                    $0.muted = true
                    $0.mutedBy = "self"
                },
                member("13", nil, "sip:carol@h") { $0.state = .connecting },
            ])
        let text = RoomText(now: now, colours: false).show(detail)
        #expect(
            untimed(text) == """
                demo: 2 members, 1 connecting, 1 talking, 1 on hold, limit 10
                opened by sip:alice@h at hh:mm:ss (4m12s ago); locked by operator root

                ID  NAME             URI          STATE                CODEC  ADDRESS          LOSS  JITTER   RTT  LEVEL  SINCE
                 1  Alice (creator)  sip:alice@h  talking              opus   192.0.2.7:40000  0.3%   2.0ms  31ms  -24dB  hh:mm:ss
                 2  -                sip:bob@h    held, muted by self  -      -                   -       -     -      -  hh:mm:ss
                13  -                sip:carol@h  connecting           -      -                   -       -     -      -  hh:mm:ss

                """)
        #expect(text.split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
    }

    @Test func whereThereIsVideoEachMembersIsAPhrase() {
        let text = RoomText(now: now, colours: false).members([
            member("1", "Alice", "sip:alice@h") {
                $0.video = VideoDetail(codec: "VP8", camera: "live", size: "640x480", sees: "2", seesName: "Bob")
            },
            member("2", "Bob", "sip:bob@h") {
                $0.video = VideoDetail(codec: "VP8", camera: "stalled", why: "nobody else sends video")
            },
            member("3", "Eve", "sip:eve@h") { $0.video = VideoDetail(camera: "off", why: "declined: no common codec") },
            member("4", "Joe", "sip:joe@h"),
            member("5", "Ann", "sip:ann@h") {
                var video = VideoDetail(codec: "VP8", camera: "live", size: "640x480")
                (video.slotsFilled, video.slots) = (3, 16)
                (video.presenter, video.presenterName, video.presents) = ("1", "Alice", true)
                $0.video = video
            },
        ])
        let columns = text.split(separator: "\n").map { $0.split(separator: "  ").last.map(String.init) ?? "" }
        #expect(
            columns.map { $0.trimmingPrefix(" ") } == [
                "VIDEO", "VP8 640x480, sees Bob", "VP8 stalled, sees nobody: nobody else sends video",
                "declined: no common codec", "-",
                "VP8 640x480 and a screen, sees 3 in 16 slots and the screen of Alice",
            ])
    }

    @Test func cancelTellsWhoWasRemoved() {
        let text = RoomText(now: now, colours: false)
        let nobody = CommandOutcome(changed: true, removed: [])
        #expect(text.done(.cancel, in: "demo", nobody) == "Conference demo is cancelled.\n")
        let removed = [member("1", "Alice", "sip:alice@h"), member("2", nil, "sip:bob@h")]
        #expect(
            text.done(.cancel, in: "demo", CommandOutcome(changed: true, removed: removed)) == """
                Conference demo is cancelled.
                  was in it: 1 Alice <sip:alice@h>
                  was in it: 2 <sip:bob@h>

                """)
    }

    @Test func commandsSayWhatCameOfThem() {
        let text = RoomText(now: now, colours: false)
        var bob = member("2", "Bob", "sip:bob@h")
        func done(_ command: RoomCommand) -> String {
            text.done(command, in: "demo", CommandOutcome(changed: true, member: bob))
        }
        #expect(done(.unmute("bob")) == "2 Bob <sip:bob@h> is not muted any more.\n")
        bob.muted = true
        #expect(done(.mute("bob")) == "2 Bob <sip:bob@h> is muted.\n")
        #expect(done(.unmute("bob")) == "2 Bob <sip:bob@h> is asked to unmute.\n")
        #expect(done(.giveRole(.presenter, "bob")) == "2 Bob <sip:bob@h> is presenter now.\n")
        #expect(done(.lowerHand("bob")) == "2 Bob <sip:bob@h>'s hand is down.\n")
    }

    @Test(arguments: RoomEvent.Kind.allCases) func everyEventIsOneLine(_ kind: RoomEvent.Kind) {
        let event = ConferenceEvent(
            RoomEvent(kind, member: MemberID(3), memberName: "Bob", by: "operator root", detail: "removed"),
            room: "demo", at: now)
        let line = EventText.line(event, now: now, colours: false)
        #expect(untimed(line).hasPrefix("hh:mm:ss  demo: "))
        #expect(line.filter(\.isNewline).count == 1)
    }

    @Test func statisticsNameEveryReason() {
        var statistics = FocusStatistics(started: now.addingTimeInterval(-90_000))
        statistics.packetsDropped = ["late": 4, "unknown-source": 3]
        statistics.sipTransactions = [.init(method: "INVITE", status: 0, count: 2)]
        let text = StatisticsText.render(statistics, now: now, colours: false)
        let lines = text.split(separator: "\n").map { String($0.replacing(#/ +/#, with: " ")) }
        for line in ["packets dropped 7", " late 4", "SIP INVITE timed out 2", "up 1d01h"] {
            #expect(lines.contains(line), "\(line) in \(text)")
        }
    }
}

/// What strangers call themselves, in files that other programs read: a mark that combines with a comma or quote hides neither.
@Suite struct HostileNameTests {
    private static let sent = Date(timeIntervalSince1970: 1_800_000_000)

    @Test(arguments: [
        ("a,\u{301}b", "\"a,\u{301}b\""),
        ("a\"\u{301},b", "\"a\"\"\u{301},b\""),
        ("=\u{301}1+1", "'=\u{301}1+1"),
        ("@x\r\n=1", "\"'@x\r\n=1\""),
        ("-5", "-5"),
    ])
    func staysInItsFieldOfAnExport(_ name: String, _ field: String) {
        let message = ChatMessage(
            room: "demo", number: 1, sent: Self.sent, sender: "sip:a@h", senderName: name, text: "hi")
        let row = "demo,1,\(Self.sent.formatted(.iso8601)),sip:a@h,\(field),,hi\r\n"
        let csv = RecordText.csv([message])
        #expect(Array(csv.utf8).suffix(row.utf8.count).elementsEqual(row.utf8), "\(csv)")
    }

    @Test func staysInItsLabelOfTheFigures() {
        let label = MetricFamily.Label("l", "x\"\u{301},y=\"z")
        let text = PrometheusText.render([MetricFamily("a_total", help: "A.", .counter([.init(3, labels: [label])]))])
        #expect(text.hasSuffix("a_total{l=\"x\\\"\u{301},y=\\\"z\"} 3\n"), "\(text)")
    }
}

@Suite struct PrometheusTextTests {
    @Test func allKindsAreWritten() {
        let families = [
            MetricFamily("a_total", help: "A \\ b\nc.", .counter([.init(3, labels: [.init("l", "x\"y\\z\n")])])),
            MetricFamily("g", help: "G.", .gauge([.init(0.5), .init(.infinity, labels: [.init("w", "1")])])),
            MetricFamily(
                "h_seconds", help: "H.",
                .histogram([.init(bounds: [0.001, 0.01], counts: [5, 2, 1], sum: 0.25, labels: [.init("w", "0")])])),
        ]
        #expect(
            PrometheusText.render(families) == #"""
                # HELP a_total A \\ b\nc.
                # TYPE a_total counter
                a_total{l="x\"y\\z\n"} 3
                # HELP g G.
                # TYPE g gauge
                g 0.5
                g{w="1"} +Inf
                # HELP h_seconds H.
                # TYPE h_seconds histogram
                h_seconds_bucket{w="0",le="0.001"} 5
                h_seconds_bucket{w="0",le="0.01"} 7
                h_seconds_bucket{w="0",le="+Inf"} 8
                h_seconds_sum{w="0"} 0.25
                h_seconds_count{w="0"} 8

                """#)
    }

    @Test func statisticsBecomeMetricsWithLegalNames() {
        let families = FocusStatistics(started: now).metricFamilies(
            version: "0.1.0", tickLateness: [.init(bounds: [0.001], counts: [1, 0], sum: 0)])
        #expect(families.allSatisfy { $0.name.wholeMatch(of: #/confab_[a-z_]+/#) != nil })
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families {
            if case .counter = family.values { #expect(family.name.hasSuffix("_total")) }
        }
    }
}
