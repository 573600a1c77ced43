// SPDX-License-Identifier: GPL-3.0-or-later
import Testing
import UserAgent

@testable import confab

@Suite("The list of conferences, as it is printed")
struct ConferenceTableTests {
    private let rooms = [
        ConferenceSummary(uri: "sip:demo@h", name: "demo", memberCount: 1, maximumMemberCount: 500),
        ConferenceSummary(uri: "sip:standup@h", name: "standup", memberCount: 12),
    ]

    @Test("a line each, in columns")
    func lines() {
        #expect(ConferenceTable.lines(rooms) == ["sip:demo@h     1 member", "sip:standup@h  12 members"])
        #expect(ConferenceTable.lines([]) == ["No conferences."])
        let titled = [
            ConferenceSummary(uri: "sip:board@h:5070", name: "The board", memberCount: 1),
            ConferenceSummary(uri: "sip:a%20b@h", name: "a b", memberCount: 2),
        ]
        #expect(
            ConferenceTable.lines(titled) == [
                "sip:board@h:5070  1 member  The board", "sip:a%20b@h       2 members",
            ])
    }

    @Test("all that there is on one line, for scripts")
    func json() {
        #expect(
            ConferenceTable.json(rooms) == #"""
                {"conferences":[{"uri":"sip:demo@h","name":"demo","members":1,"maximum":500},{"uri":"sip:standup@h","name":"standup","members":12}]}
                """#)
        #expect(ConferenceTable.json([]) == #"{"conferences":[]}"#)
    }
}
