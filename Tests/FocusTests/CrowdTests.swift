// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Testing

@testable import Focus
@testable import SIP

/// Half a thousand who all come at once and follow the roster, in simulated time: who is told what, and what it adds up to.
@Suite struct CrowdTests {
    private static let start = ContinuousClock.now

    private static func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    /// One subscriber, as far as it has read.
    private struct Reader {
        let key: RosterNotifier.Key
        var version: UInt32 = 0
        /// Its roster, among `Crowd.rosters`; nil before the first document.
        var roster: Int?
        var scopes: [ConferenceInfo.Scope] = []
        /// When its roster had everybody, ms.
        var complete: Int?
    }

    /// Readers who have read the same so far share what it adds up to: half a thousand would read for minutes.
    private struct Step: Hashable {
        let roster: Int?
        let since: UInt64?
        let version: UInt64
    }

    /// A room, its subscribers, and the focus's part between them.
    private struct Crowd {
        var room = Room(
            name: "crowd", id: RoomID(1), origin: .adhoc, settings: RoomSettings(maxMembers: 2000), now: start)
        var notifier = RosterNotifier()
        var documents = RoomRoster()
        var readers: [RosterNotifier.Key: Reader] = [:]
        var rosters: [ConferenceInfo] = []
        private var read: [Step: (content: [UInt8], roster: Int)] = [:]
        private var answers: [(at: Int, request: RosterNotifier.RequestKey)] = []
        private(set) var notifications = 0

        mutating func join(_ number: Int, _ now: Int) throws {
            let identity = Identity(displayName: "M\(number)", user: "m\(number)", host: "members.test")
            let id = MemberID(UInt64(number))
            let request = JoinRequest(identity: identity, callID: "call-\(number)", userAgent: nil)
            _ = try room.join(id, request, now: at(now))
            _ = room.established(id, now: at(now))
            notifier.changed("crowd")
            try subscribe(number, now)
        }

        private mutating func subscribe(_ number: Int, _ now: Int) throws {
            var request = SIPRequest(method: .subscribe, uri: SIPURI(user: "crowd", host: "192.0.2.1"))
            request.headers = [
                "From": "<sip:m\(number)@members.test>;tag=m\(number)", "To": "<sip:crowd@192.0.2.1>",
                "Call-ID": "sub-\(number)", "CSeq": "1 SUBSCRIBE", "Contact": "<sip:m\(number)@192.0.2.2>",
            ]
            let dialog = try #require(Dialog(server: request, localTag: "ours"))
            notifier.open(dialog, isDirect: true)
            let key = RosterNotifier.Key(dialog: dialog.id, eventID: nil)
            let flow = Flow(
                kind: .tcp, local: SIPAddress(host: "192.0.2.1", port: 5060),
                remote: SIPAddress(host: "192.0.2.2", port: 5060))
            notifier.subscribe(key, over: flow, expires: at(now) + .seconds(3600)) {
                RosterNotifier.Subscription(
                    subject: .room("crowd"), session: nil, contactUser: "crowd",
                    place: RoomPlace(host: "conf.test", port: nil, isOnlyTCP: false), flow: flow, now: at(now))
            }
            readers[key] = Reader(key: key)
        }

        /// Whether anything is under way or due.
        func isBusy(_ now: Int) -> Bool { !answers.isEmpty || notifier.nextDeadline(now: at(now)) != nil }

        mutating func turn(_ now: Int) throws {
            for answer in answers where answer.at <= now {
                notifier.finished(answer.request, .response(SIPResponse(status: 200)), now: at(now))
            }
            answers.removeAll { $0.at <= now }
            for key in notifier.takeDue(now: at(now)) {
                let subscription = try #require(notifier.subscription(key))
                documents.update(to: room) { [room] id, _ in CrowdTests.seat(id, room) }
                let content = documents.content(since: subscription.known)
                try take(content, since: subscription.known, number: subscription.version &+ 1, key, now)
                _ = notifier.notify(key, known: room.version, size: content.bytes.count, now: at(now))
                notifications += 1
                let request = RosterNotifier.RequestKey.outside(OutOfDialogRequestID(number: UInt64(notifications)))
                notifier.sent(key, as: request)
                // Some are near, some far away.
                answers.append((now + 1 + notifications * 37 % 400, request))
            }
        }

        /// A subscriber reads a document (RFC 4575 §4.4).
        private mutating func take(
            _ content: RoomRoster.Content, since known: UInt64?, number: UInt32, _ key: RosterNotifier.Key, _ now: Int
        ) throws {
            var reader = try #require(readers[key])
            #expect(number == reader.version + 1, "a gap before \(number)")
            #expect(content.scope == .full || reader.roster != nil, "a part of nothing")
            reader.version = number
            reader.scopes.append(content.scope)
            let step = Step(roster: content.scope == .full ? nil : reader.roster, since: known, version: room.version)
            if let done = read[step] {
                #expect(done.content == content.bytes, "one state, two documents")
                reader.roster = done.roster
            } else {
                let opening = ConferenceInfo(entity: "sip:crowd@conf.test", scope: content.scope, version: number)
                let news = try ConferenceInfo(parsing: Array(opening.opening.utf8) + content.bytes)
                #expect(news.version == number && news.scope == content.scope)
                var roster = news
                if let before = step.roster {
                    roster = rosters[before]
                    roster.merge(news)
                }
                rosters.append(roster)
                read[step] = (content.bytes, rosters.count - 1)
                reader.roster = rosters.count - 1
            }
            let isComplete = reader.roster.map { rosters[$0].users.count == room.memberCount } ?? false
            reader.complete = isComplete ? reader.complete ?? now : nil
            readers[key] = reader
        }
    }

    private static func seat(_ id: MemberID, _ room: Room) -> RoomRoster.Seat? {
        guard let detail = room.detail(of: id, .now), detail.state == .connected else { return nil }
        return RoomRoster.Seat(
            user: detail.uri, displayText: detail.displayName, role: detail.role.rawValue,
            endpoint: ConferenceInfo.Endpoint(
                entity: "sip:\(id)@192.0.2.1", status: .connected, joined: "then",
                media: [.init(id: "1", type: "audio")]))
    }

    @Test func fiveHundredWhoComeWithinTenSecondsAllHaveTheSameRoster() throws {
        var crowd = Crowd()
        var (joined, now) = (0, 0)
        // Ten every fifth of a second, and then until there is quiet.
        while joined < 500 || crowd.isBusy(now) {
            if joined < 500, now % 200 == 0 {
                for _ in 0..<10 {
                    joined += 1
                    try crowd.join(joined, now)
                }
            }
            try crowd.turn(now)
            now += 10
            try #require(now < 60_000, "it never ends")
        }
        let everybody = Set((1...500).map { "sip:m\($0)@members.test" })
        #expect(crowd.readers.count == 500)
        for reader in crowd.readers.values {
            let roster = crowd.rosters[try #require(reader.roster)]
            #expect(roster.users.count == 500 && Set(roster.users.map(\.entity)) == everybody)
            #expect(roster.userCount == 500)
            #expect(reader.scopes.first == .full && reader.version == UInt32(reader.scopes.count))
            // The last come at 9.8 s; a beat later everybody has been told of them.
            #expect(try #require(reader.complete) <= 12_000)
        }
        // Nobody is told more often than once a second, and what comes after the first is mostly parts.
        #expect(crowd.notifications < 500 * 12)
        let parts = crowd.readers.values.reduce(0) { $0 + $1.scopes.count { $0 == .partial } }
        #expect(parts > (crowd.notifications - 500) * 9 / 10, "\(parts) of \(crowd.notifications)")
    }
}
