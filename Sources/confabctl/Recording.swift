// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import FoundationEssentials
import OperatorAPI

struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record what is said in a room.",
        discussion: """
            Members hear a note and read a line when it begins, pauses and ends. Needs
            `recording.folder` in the configuration.

            EXAMPLES
              confabctl record demo start
              confabctl record demo pause       what is said meanwhile is not kept
              confabctl record demo resume
              confabctl record demo stop
            """)

    @OptionGroup var target: RoomArgument
    @Argument(help: "start, pause, resume or stop.") var verb: RecordingVerb
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let room = try await client.record(verb, room: target.room)
            options.show(room) { _ in
                switch room.recording {
                case .recording: TerminalText.safe("Room \(room.name) is recorded.") + "\n"
                case .paused: TerminalText.safe("The recording of room \(room.name) pauses.") + "\n"
                case nil: TerminalText.safe("Room \(room.name) is not recorded.") + "\n"
                }
            }
        }
    }
}

struct Recordings: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List recordings, the latest first.",
        discussion: "They are Opus in Matroska: ffplay, mpv, VLC and browsers play them.")

    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let files = try await client.recordings()
            options.show(files) { _ in RecordText.recordings(files, now: .now, colours: Output.hasColours) }
        }
    }
}

extension RecordingVerb: ExpressibleByArgument {}
