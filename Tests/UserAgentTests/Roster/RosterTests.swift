// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Foundation
import Testing

@testable import UserAgent

@Suite("The roster")
struct RosterTests {
    private func user(
        _ name: String, source: UInt32? = nil, status: ConferenceInfo.Endpoint.Status = .connected,
        scope: ConferenceInfo.Scope = .full, mutedBy: String? = nil
    ) -> ConferenceInfo.User {
        let media = ConferenceInfo.Media(id: "1", type: "audio", sourceID: source)
        return ConferenceInfo.User(
            entity: "sip:\(name)@192.0.2.1", scope: scope, displayText: name.capitalized, roles: ["participant"],
            endpoints: [
                ConferenceInfo.Endpoint(
                    entity: "sip:\(name)@192.0.2.1;member=1", status: status, media: [media], mutedBy: mutedBy)
            ])
    }

    private func info(
        _ users: [ConferenceInfo.User], version: UInt32 = 1, scope: ConferenceInfo.Scope = .full
    ) -> ConferenceInfo {
        ConferenceInfo(
            entity: "sip:demo@192.0.2.9", scope: scope, version: version, displayText: scope == .full ? "demo" : nil,
            locked: false, users: users)
    }

    @Test("it survives the way over XML: names, sources, hold, mute, us")
    func parsed() throws {
        let document = info([
            user("ada", source: 7), user("bob", source: 8, status: .onHold),
            user("eve", source: 9, status: .mutedViaFocus, mutedBy: "operator"), user("gone", status: .disconnected),
        ])
        let read = try ConferenceInfo(parsing: Array(document.serialized().utf8))
        let roster = Roster(read, ownURI: "sip:ada@192.0.2.1")
        #expect(roster.conference == "sip:demo@192.0.2.9")
        #expect(roster.name == "demo")
        #expect(roster.members.map(\.name) == ["Ada", "Bob", "Eve"])
        #expect(roster.members.map(\.sourceID) == [7, 8, 9])
        #expect(roster.members.map(\.isHeld) == [false, true, false])
        #expect(roster.members.map(\.isMuted) == [false, false, true])
        #expect(roster.members.map(\.isSelf) == [true, false, false])
        #expect(roster.members.last?.mutedBy == "operator")
        #expect(roster.member(8)?.name == "Bob")
    }

    @Test("partial documents add up, a gap asks for the whole")
    func partial() {
        var document = RosterDocument()
        #expect(document.apply(info([], version: 4, scope: .partial)) == .incomplete)
        #expect(document.apply(info([user("ada")], version: 5)) == .updated)
        #expect(document.apply(info([user("bob")], version: 6, scope: .partial)) == .updated)
        #expect(document.info?.users.map(\.entity) == ["sip:ada@192.0.2.1", "sip:bob@192.0.2.1"])
        #expect(document.apply(info([user("ada", scope: .deleted)], version: 7, scope: .partial)) == .updated)
        #expect(document.info?.users.map(\.entity) == ["sip:bob@192.0.2.1"])
        #expect(document.info?.displayText == "demo")
        #expect(document.apply(info([user("eve")], version: 7, scope: .partial)) == .ignored)
        #expect(document.apply(info([user("eve")], version: 9, scope: .partial)) == .incomplete)
        #expect(document.apply(info([user("eve")], version: 1)) == .updated)
        #expect(document.info?.users.count == 1)
    }

    @Test("a new title comes by itself, as ours or as Linphone's server tells it, and goes again")
    func title() {
        func told(_ version: UInt32, name: String?, subject: String?) -> ConferenceInfo {
            ConferenceInfo(
                entity: "sip:demo@192.0.2.9", scope: .partial, version: version, displayText: name, subject: subject)
        }
        func title(_ document: RosterDocument) -> String? { document.info.flatMap { Roster($0, ownURI: "").name } }
        var document = RosterDocument()
        #expect(document.apply(info([user("ada")], version: 1)) == .updated)
        #expect(document.apply(told(2, name: "The board", subject: "The board")) == .updated)
        #expect(title(document) == "The board" && document.info?.subject == "The board")
        #expect(document.apply(info([], version: 3, scope: .partial)) == .updated)
        #expect(title(document) == "The board" && document.info?.subject == "The board")
        #expect(document.apply(told(4, name: "demo", subject: nil)) == .updated)
        #expect(title(document) == "demo" && document.info?.subject == nil)
        #expect(document.info?.users.count == 1)

        var other = RosterDocument()
        #expect(other.apply(ConferenceInfo(entity: "sip:x@192.0.2.9", subject: "Weekly")) == .updated)
        #expect(title(other) == "Weekly")
        #expect(other.apply(told(2, name: nil, subject: "Daily")) == .updated)
        #expect(title(other) == "Daily")
    }
}

@Suite("The list of rooms")
struct ConferenceListTests {
    private func part(_ room: String, members: Int) -> String {
        let document = ConferenceInfo(
            entity: "sip:\(room)@192.0.2.9", displayText: room, maximumUserCount: 100, userCount: members
        ).serialized()
        return "--b0\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <\(room)@x>\r\nContent-Type: "
            + "application/conference-info+xml\r\n\r\n\(document)\r\n"
    }

    @Test("each part is a room; the index and the unreadable are passed over")
    func multipart() throws {
        let index = "--b0\r\nContent-Type: application/rlmi+xml;charset=\"UTF-8\"\r\n\r\n<list/>\r\n"
        let body =
            index + part("demo", members: 3) + "--b0\r\nno head at all" + part("standup", members: 0) + "--b0--\r\n"
        let list = try ConferenceList(
            contentType: "multipart/related;type=\"application/rlmi+xml\";boundary=\"b0\"", body: Array(body.utf8))
        #expect(
            list.rooms == [
                ConferenceSummary(uri: "sip:demo@192.0.2.9", name: "demo", memberCount: 3, maximumMemberCount: 100),
                ConferenceSummary(
                    uri: "sip:standup@192.0.2.9", name: "standup", memberCount: 0, maximumMemberCount: 100),
            ])
    }

    @Test("a host without rooms has an empty list")
    func empty() throws {
        let body = "--b0\r\nContent-Type: application/rlmi+xml\r\n\r\n<list/>\r\n--b0--\r\n"
        #expect(try ConferenceList(contentType: "multipart/related;boundary=b0", body: Array(body.utf8)).rooms.isEmpty)
    }

    @Test("what is no list is refused", arguments: ["text/plain", "multipart/related"])
    func other(type: String) {
        #expect(throws: UserAgentError.self) { try ConferenceList(contentType: type, body: [1, 2, 3]) }
    }
}

@Suite("Who talks")
struct TalkerTrackerTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    private func heard(_ source: UInt32, _ level: UInt8) -> TalkerTracker.Heard {
        TalkerTracker.Heard(source: .mixed(source), level: level)
    }

    @Test("somebody talks from the first loud word until half a second after the last")
    func patience() {
        var tracker = TalkerTracker()
        #expect(tracker.hear([], now: at(0)) == false)
        #expect(tracker.hear([heard(7, 80)], now: at(100)) == false)
        #expect(tracker.hear([heard(7, 20)], now: at(200)) == true)
        #expect(tracker.talking == [heard(7, 20)])
        #expect(tracker.hear([heard(7, 90)], now: at(300)) == false)
        #expect(tracker.hear([], now: at(500)) == false)
        #expect(tracker.talking == [heard(7, 127)])
        #expect(tracker.hear([], now: at(701)) == true)
        #expect(tracker.talking.isEmpty)
    }

    @Test("one who relieves another is a change; order is by who began first")
    func two() {
        var tracker = TalkerTracker()
        #expect(tracker.hear([heard(9, 30)], now: at(0)) == true)
        #expect(tracker.hear([heard(7, 10), heard(9, 30)], now: at(100)) == true)
        #expect(tracker.talking == [heard(9, 30), heard(7, 10)])
        #expect(tracker.hear([heard(7, 10)], now: at(200)) == false)
        // In the same report nine falls silent for good and eight begins.
        #expect(tracker.hear([heard(7, 10), heard(8, 10)], now: at(650)) == true)
        #expect(tracker.talking == [heard(7, 10), heard(8, 10)])
    }
}
