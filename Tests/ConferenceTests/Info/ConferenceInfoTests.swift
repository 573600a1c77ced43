// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Conference

@Suite("Conference-info documents (RFC 4575)")
struct ConferenceInfoTests {
    private static let sample = ConferenceInfo(
        entity: "sip:demo@example.com", version: 7, displayText: "R&D <weekly>", maximumUserCount: 50, userCount: 2,
        active: true, locked: false,
        users: [
            .init(
                entity: "sip:ann@example.com", displayText: "Ann \"A\" Ünal", roles: ["creator"],
                endpoints: [
                    .init(
                        entity: "sip:ann@192.0.2.1:5062", status: .connected, joiningMethod: "dialed-in",
                        joined: "2026-11-21T09:00:00Z",
                        media: [.init(id: "1", type: "audio", label: "1", sourceID: 4_294_967_295, status: "sendrecv")])
                ]),
            .init(
                entity: "sip:bob@example.com",
                endpoints: [.init(entity: "sip:bob@192.0.2.2", status: .onHold, mutedBy: "operator")]),
        ])

    @Test("what is written is read back the same")
    func roundTrip() throws {
        var sample = Self.sample
        sample.recording = .paused
        sample.subject = "Q&A: \"why\"?"
        sample.users[1].endpoints[0].handIsRaised = true
        sample.users[1].endpoints[0].quality = .fair
        #expect(try ConferenceInfo(parsing: Array(sample.serialized().utf8)) == sample)
        let text = Self.sample.serialized()
        #expect(try ConferenceInfo(parsing: Array(text.utf8)) == Self.sample)
    }

    @Test("the example of RFC 4575 §6.1 is read: users, endpoints and media, what is unknown passed over")
    func standardExample() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sips:conf233@example.com" state="full" version="1">
             <conference-description><subject>Agenda: This month's goals</subject>
              <service-uris><entry><uri>http://sharepoint/salesgroup/</uri><purpose>web-page</purpose></entry></service-uris>
             </conference-description>
             <conference-state><user-count>33</user-count></conference-state>
             <users>
              <user entity="sip:bob@example.com" state="full"><display-text>Bob Hoskins</display-text>
               <endpoint entity="sip:bob@pc33.example.com"><display-text>Bob's Laptop</display-text>
                <status>disconnected</status><disconnection-method>departed</disconnection-method>
               </endpoint>
              </user>
              <user entity="sip:alice@example.com" state="full"><display-text>Alice</display-text>
               <endpoint entity="sip:4kfk4j392jsu@example.com;grid=433kj4j3u"><status>connected</status>
                <joining-method>dialed-out</joining-method>
                <media id="1"><display-text>main audio</display-text><type>audio</type><label>34567</label>
                 <src-id>432424</src-id><status>sendrecv</status></media>
               </endpoint>
              </user>
             </users>
            </conference-info>
            """
        let info = try ConferenceInfo(parsing: Array(text.utf8))
        #expect(info.userCount == 33)
        #expect(info.displayText == nil && info.subject == "Agenda: This month's goals")
        #expect(info.users.map(\.displayText) == ["Bob Hoskins", "Alice"])
        #expect(info.users[0].endpoints.map(\.status) == [.disconnected])
        #expect(info.users[0].endpoints.map(\.displayText) == ["Bob's Laptop"])
        #expect(
            info.users[1].endpoints[0].media == [
                .init(
                    id: "1", displayText: "main audio", type: "audio", label: "34567", sourceID: 432_424,
                    status: "sendrecv")
            ])
    }

    @Test(
        "a document that is not one is refused",
        arguments: ["", "<a/>", "<conference-info", "\u{0}\u{1}", "<x xmlns='y'>"])
    func refused(text: String) {
        #expect(throws: ConferenceInfoError.self) { try ConferenceInfo(parsing: Array(text.utf8)) }
    }

    @Test("control characters of a display name do not break the document")
    func controlCharacters() throws {
        let info = ConferenceInfo(entity: "sip:a@b", users: [.init(entity: "sip:x@y", displayText: "a\u{1}b\nc")])
        let read = try ConferenceInfo(parsing: Array(info.serialized().utf8))
        #expect(read.users.first?.displayText == "a\u{FFFD}b c")
    }
}
