// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import UserAgent

/// `confab call URI`.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call a conference or a person.",
        discussion: """
            EXAMPLES
              confab call demo@conference.example
              confab call sip:demo@192.0.2.1:5070 --name Ada --codec g722,pcma
              confab call demo@conference.example --camera-off     seen by nobody yet
              confab call demo@conference.example --no-video       audio only
              confab call demo@conference.example --share screen   for a talk
              confab call demo@127.0.0.1 --mic tone:440 --speaker file:heard.wav \\
                  --camera pattern:Ada --video-out seen --headless --json --duration 10
                                          without any device, for a test: heard.wav
                                          is what was heard, seen/*.png what was seen

            In the terminal and in the window: m mutes, v switches the camera off and on,
            s shares your screen, h holds, r raises a hand, 0-9 * # press keys, q or Ctrl-C
            hangs up, ? helps; a second Ctrl-C does not wait. In the window a double click
            enlarges somebody, f or F11 is full screen, and closing it hangs up.

            Moderators: up, down or Tab mark somebody, in the window a click does; then u
            mutes it or asks it to unmute, d lowers its hand, k sends it out, g gives it a
            role. Without a mark: a mutes all, l locks and opens, e records and stops.

            t writes to everybody. Lines that begin with a slash are commands: /camera and
            /share switch what is seen of you (/camera file:talk.mp4, /camera pattern,
            /camera off, /camera on, /share screen, /share off), /send PATH gives everybody
            a file, all others are the conference's, which answers /help. c begins a
            /camera line.

            A script (--headless, --json) has video when it says --camera, --share or
            --video-out; --camera none sees the others and is not seen.

            """ + EventLine.documentation)

    @Argument(help: "Whom to call: demo@host, sip:demo@host:5070;transport=tcp.")
    var uri: String

    @OptionGroup var call: CallOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        try await CallSession(call, agent.options).run { agent in
            try await agent.call(uri, microphone: call.mic, speaker: call.speaker, muted: call.mute)
        }
    }
}

/// `confab create FACTORY-OR-NAME`.
struct CreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a conference and join it.",
        discussion: """
            EXAMPLES
              confab create standup@conference.example   the room of that name
              confab create conference.example           a new room with an address of its
                                                         own, which nobody can guess
              confab create sip:my-factory@conference.example
                                                         the same, of another factory

            The room's address is printed; others join by `confab call ADDRESS`. You alone
            can cancel it, by `confab cancel ADDRESS` from this machine under the same
            --user.
            """)

    @Argument(help: "A room NAME@HOST, or a conference server's HOST alone; each with :PORT where it is not 5060.")
    var conference: String

    @OptionGroup var call: CallOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        try await CallSession(call, agent.options).run { agent in
            try await agent.create(conference, microphone: call.mic, speaker: call.speaker, muted: call.mute)
        }
    }
}
