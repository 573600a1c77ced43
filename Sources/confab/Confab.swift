// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// The user agent's command line.
@main
struct Confab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confab",
        abstract: "Call conferences and people over SIP.",
        discussion: """
            Join a conference, or call a telephone:
                confab call demo@conference.example
            Create one, and cancel it from another terminal:
                confab create standup@conference.example
                confab cancel standup@conference.example
            See what there is:
                confab list conference.example
                confab devices
            Without a sound card, or in a script:
                confab call demo@127.0.0.1 --mic file:speech.wav --speaker file:heard.wav --headless --json

            Exit codes: 0 the call ended normally or the request was done, 1 failure, 2 refused by the other side (the status is \
            printed, with what can be done), 64 wrong usage.
            """,
        version: "confab 0.1.0",
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
