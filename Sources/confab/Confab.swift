// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference

/// The user agent's command line.
@main
struct Confab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confab",
        abstract: "Call conferences and people over SIP.",
        discussion: """
            An address is NAME@HOST or NAME@HOST:PORT. The host runs a conference server
            such as confabd, where any name is a room: whoever calls the same name meets.

            EXAMPLES
              confab call demo@conference.example      join a conference, or call a phone
              confab create standup@conference.example create one and join it
              confab cancel standup@conference.example end what you created
              confab list conference.example           the conferences there are (--follow:
                                                       and what changes)
              confab devices                           microphones, speakers, cameras
              confab call demo@127.0.0.1 --mic tone:440 --speaker file:heard.wav
                                                       without a sound card
              confab call demo@127.0.0.1 --camera pattern:Ada --video-out seen --headless
                                                       without camera and display
              confab call demo@127.0.0.1 --headless --json
                                                       in a script

            EXIT CODES
              0   the call ended normally, or the request was done
              1   failure: no answer, no such host, no such sound device
              2   refused by the other side; the status is printed, with what to do
              64  wrong usage
            """,
        version: "confab \(Release.version)",
        subcommands: [
            CallCommand.self, CreateCommand.self, AnswerCommand.self, ListCommand.self, CancelCommand.self,
            DevicesCommand.self,
        ])

    /// What the process ends with, besides 0 and swift-argument-parser's own 64.
    enum Exit {
        static let failure = ExitCode(1)
        static let refused = ExitCode(2)
    }
}
