// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// `confab answer`.
struct AnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Wait for calls and answer them.",
        discussion: """
            EXAMPLES
              confab answer --listen :5060
              confab answer --listen 127.0.0.1:5070 --mic tone:440 --speaker none \\
                  --headless --once

              CONFAB_PASSWORD=secret confab answer --account sip:ann@pbx.example

            With --account it registers there and is called by that address.

            Answers each call at once, one at a time; others meanwhile hear "busy" (486).
            Without --listen the port is any free one and is printed. Events are those of
            `confab call`.
            """)

    @Flag(help: "End with the first call, with its exit code.")
    var once = false

    @OptionGroup var call: CallOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        try await CallSession(call, agent.options).answer(once: once)
    }
}
