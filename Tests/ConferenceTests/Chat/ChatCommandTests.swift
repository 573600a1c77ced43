// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Testing

@Suite struct ChatCommandTests {
    @Test(arguments: [
        ("/who", ChatCommand.who), ("/WHO  ", .who), ("/create  Team 7 ", .create("Team 7")), ("/mute", .mute(nil)),
        ("/mute Ann Lee", .mute("Ann Lee")), ("/msg bob hello there", .whisper(to: "bob", "hello there")),
        ("/msg \"Ann Lee\" hello", .whisper(to: "Ann Lee", "hello")),
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
