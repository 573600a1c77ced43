// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import Testing
import UserAgent

@testable import confab

@Suite("What the command line prints")
struct EventLineTests {
    private func object(_ event: CallEvent) throws -> [String: Any] {
        let text = try #require(EventLine.text(event, at: 1.23456))
        #expect(!text.contains("\n"))
        return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("every event is one JSON object, event and time in front")
    func json() throws {
        let description = CallDescription(remote: "sip:demo@h", isFocus: true, codec: "opus")
        let member = Roster.Member(
            name: "A \"quoted\"\n\u{7}name", uri: "sip:a@h", sourceID: 4_000_000_000, isSelf: true)
        let roster = Roster(conference: "sip:demo@h", name: "demo", members: [member])
        let talker = Talker(name: nil, uri: nil, sourceID: 7, level: -20)
        #expect(
            try #require(EventLine.text(.muted(true), at: 1.23456))
                == "{\"event\":\"muted\",\"time\":1.235,\"muted\":true}")
        #expect(try object(.established(description))["focus"] as? Bool == true)
        let members = try #require(try object(.roster(roster))["members"] as? [[String: Any]])
        #expect(members.first?["name"] as? String == member.name)
        #expect(members.first?["source"] as? Int == 4_000_000_000)
        let talkers = try #require(try object(.talkers([talker]))["talkers"] as? [[String: Any]])
        #expect(talkers.first?["level"] as? Int == -20)
        let end = try object(.ended(.refused(Refusal(status: 486, reason: "Busy Here"))))
        #expect(end["cause"] as? String == "refused")
        #expect(end["status"] as? Int == 486)
        #expect(EventLine.text(.levels(CallLevels(microphone: 0, speaker: 0, talkers: [])), at: 0) == nil)
    }

    @Test("every event in the help is one that is printed, and the other way round")
    func documented() {
        let events: [CallEvent] = [
            .ringing(status: 180), .established(CallDescription(remote: "", isFocus: false, codec: "")),
            .changed(CallDescription(remote: "", isFocus: false, codec: "")), .roster(Roster(conference: "")),
            .talkers([]),
            .heldByPeer(true), .muted(true), .digit("1"), .notice(""), .ended(.hungUp), .video(.started),
            .video(.stopped("")), .video(.camera(isOn: true)), .video(.sharing(true)), .video(.sourceLost("")),
            .video(.sourceReturned), .video(.presenter(nil)),
            .video(.quality(VideoSize(width: 1, height: 1, rate: 1, bitrate: 1))),
        ]
        for event in events {
            let name = EventLine.text(event, at: 0)?.split(separator: "\"").dropFirst(3).first.map(String.init) ?? ""
            #expect(EventLine.documentation.contains("\n  \(name) "), "\(name)")
        }
    }

    @Test("what happens to the video")
    func video() throws {
        #expect(try object(.video(.started))["state"] as? String == "started")
        #expect(try object(.video(.stopped("refused")))["reason"] as? String == "refused")
        #expect(try object(.video(.camera(isOn: false)))["on"] as? Bool == false)
        let size = VideoSize(width: 640, height: 360, rate: 15, bitrate: 400_000)
        #expect(try object(.video(.quality(size)))["width"] as? Int == 640)
        #expect(try object(.video(.sourceLost("camera \"vivid\"")))["name"] as? String == "camera \"vivid\"")
        #expect(try object(.video(.sourceReturned))["state"] as? String == "returned")
        #expect(try object(.video(.presenter("Ada")))["name"] as? String == "Ada")
        #expect(try object(.video(.presenter(nil)))["name"] == nil)
    }

    @Test("exit codes")
    func exitCodes() {
        #expect(CallSession.exitCode(.hungUp) == nil)
        #expect(CallSession.exitCode(.hungUpByPeer(reason: "Conference cancelled")) == nil)
        #expect(CallSession.exitCode(.refused(Refusal(status: 404, reason: "Not Found")))?.rawValue == 2)
        #expect(CallSession.exitCode(.noAnswer)?.rawValue == 1)
        #expect(CallSession.exitCode(.lost("x"))?.rawValue == 1)
    }
}

@Suite("The live picture of a call")
struct CallScreenTests {
    private func screen() -> CallScreen {
        var screen = CallScreen(title: "sip:demo@h")
        screen.take(.established(CallDescription(remote: "sip:demo@h", isFocus: true, codec: "opus")))
        let ada = Roster.Member(name: "Ada", uri: "sip:ada@h", sourceID: 1, isSelf: true)
        let bob = Roster.Member(name: "Bob \u{1B}[31m", uri: "sip:bob@h", sourceID: 2)
        let eve = Roster.Member(name: "Eve", uri: "sip:eve@h", sourceID: 3, isHeld: true)
        screen.take(.roster(Roster(conference: "sip:demo@h", name: "demo", members: [ada, bob, eve])))
        let talker = Talker(name: "Bob", uri: nil, sourceID: 2, level: -30)
        screen.take(.levels(CallLevels(microphone: -60, speaker: -30, talkers: [talker])))
        return screen
    }

    @Test("who is there, who talks and how loud, who is held")
    func people() {
        let lines = screen().lines(seconds: 65, width: 100)
        #expect(lines[0].contains("01:05"))
        #expect(lines[0].contains("opus"))
        #expect(lines.contains { $0.contains("Ada") && $0.contains("(you)") && $0.contains("................") })
        #expect(lines.contains { $0.hasPrefix("  * Bob") && $0.contains("########........") })
        #expect(lines.contains { $0.contains("Eve") && $0.contains("(on hold)") })
    }

    @Test("who is seen and who shares, and the keys for it, once there is video")
    func video() throws {
        var screen = screen()
        func all() -> String { screen.lines(seconds: 1, width: 100).joined(separator: "\n") }
        #expect(!all().contains("v camera"))
        screen.take(.video(.started))
        #expect(all().contains("v camera") && all().contains("s screen"))
        let sends = Roster.Member.Picture(sourceID: 9, isSending: true)
        let bob = Roster.Member(name: "Bob", uri: "sip:bob@h", sourceID: 2, camera: sends, screen: sends)
        let eve = Roster.Member(
            name: "Eve", uri: "sip:eve@h", sourceID: 3, camera: .init(sourceID: 8, isSending: false))
        screen.take(.roster(Roster(conference: "sip:demo@h", members: [bob, eve])))
        #expect(all().contains("(camera, screen)"))
        #expect(!all().split(separator: "\n").contains { $0.contains("Eve") && $0.contains("camera") })
        screen.take(.video(.sourceLost("camera \"vivid\" was unplugged")))
        #expect(all().contains("Lost: camera \"vivid\" was unplugged."))
        screen.take(.video(.sharing(true)))
        #expect(all().contains("[SCREEN SHARED]") && all().contains("v gives a lost camera up"))
        #expect(all().split(separator: "\n").contains { $0.contains("You") && $0.contains("(your screen is shared)") })
        screen.showsHelp = true
        #expect(all().contains("double click") && all().contains("share your screen"))
        screen.take(.video(.stopped("the other side takes none")))
        #expect(!all().contains("double click") && !all().contains("share your screen"))
    }

    @Test(
        "muted and held are signs in the head; nothing is wider than the terminal or obeyed by it",
        arguments: [20, 40, 80])
    func width(columns: Int) {
        var screen = screen()
        screen.take(.muted(true))
        screen.take(.held(true))
        screen.take(.notice("\u{1B}]0;title\u{7} a long note about something that went wrong with a device"))
        let lines = screen.lines(seconds: 3700, width: columns)
        #expect(lines.allSatisfy { $0.count <= columns })
        #expect(lines.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 } })
        #expect(screen.lines(seconds: 3700, width: 200)[0].contains("[MUTED]"))
        #expect(screen.lines(seconds: 3700, width: 200)[0].contains("[ON HOLD]"))
        #expect(screen.lines(seconds: 3700, width: 200)[0].contains("1:01:40"))
    }
}
