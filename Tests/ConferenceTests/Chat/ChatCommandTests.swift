// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Testing

@Suite struct ChatCommandTests {
    @Test(arguments: [
        ("/who", ChatCommand.who), ("/WHO  ", .who), ("/create  Team 7 ", .create("Team 7")),
        ("/mute", .room(.mute(.oneself))),
        ("/mute Ann Lee", .room(.mute("Ann Lee"))), ("/msg bob hello there", .whisper(to: "bob", "hello there")),
        ("/msg \"Ann Lee\" hello", .whisper(to: "Ann Lee", "hello")),
        ("/record start", .room(.record(.start))), ("/video grid", .room(.showVideo(.grid))),
        ("/presenter Ann", .room(.giveRole(.presenter, "Ann"))), ("/lower", .room(.lowerHand(.oneself))),
        ("/record", .mistaken("/record needs more: /record start, /record pause, /record resume, /record stop")),
        ("/kick", .mistaken("/kick needs a member: /kick NAME")),
        ("/dance", .mistaken("There is no /dance. /help says what there is.")),
    ])
    func commandsAreRead(text: String, command: ChatCommand) {
        #expect(ChatCommand(text) == command)
    }

    @Test(arguments: ["hello", "//slash", " /who", ""])
    func otherTextIsNone(text: String) {
        #expect(ChatCommand(text) == nil)
    }

    @Test(arguments: ["/msg", "/msg bob", "/msg \"\"", "/msg \"bob", "/", "/ "])
    func halfACommandSaysWhatIsMissing(text: String) throws {
        guard case .mistaken = try #require(ChatCommand(text)) else {
            Issue.record("\(text) is taken")
            return
        }
    }
}
