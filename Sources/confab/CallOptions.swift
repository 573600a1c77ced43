// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import UserAgent

/// What a call sounds and looks like, and how it is shown.
struct CallOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Microphone: default, alsa:NAME (see `confab devices`), file:PATH.wav (again and again; file:PATH.wav?once for \
            once), tone:HZ, none. Without this option the system's, or none where there is none.
            """, valueName: "spec"))
    var mic: String?

    @Option(
        help: ArgumentHelp(
            """
            Speaker: default, alsa:NAME, file:PATH.wav to record, none. Without this option the system's, or none where \
            there is none.
            """, valueName: "spec"))
    var speaker: String?

    @Option(
        help: ArgumentHelp("Codecs in order of preference: opus,g722,pcma,pcmu.", valueName: "list"),
        transform: Self.codecs)
    var codec: [UserAgent.Codec] = UserAgent.Codec.allCases

    @Option(help: ArgumentHelp("Hang up so long after the call was answered.", valueName: "seconds"))
    var duration: Double?

    @Option(
        name: .customLong("send-digits"),
        help: ArgumentHelp(
            "Press these keys when the call stands: 0-9, *, #, A-D; a comma waits half a second.", valueName: "keys"))
    var sendDigits: String?

    @Option(
        help: ArgumentHelp(
            "Write this to the conference when the call stands. Once for each message.", valueName: "text"))
    var say: [String] = []

    @Flag(
        name: .customLong("chat-input"),
        help: "With --headless or --json: each line of standard input is written to the conference.")
    var chatInput = false

    @Flag(help: "Begin with the microphone muted.")
    var mute = false

    @Flag(help: "No keys and no live roster, but one plain line for each event, as where there is no terminal.")
    var headless = false

    @Flag(help: "One JSON object a line for each event; implies --headless. `confab help call` lists them.")
    var json = false

    @OptionGroup(title: "Video") var video: VideoArguments

    func validate() throws {
        if video.window == true, headless || json {
            throw ValidationError("--headless and --json have no window: leave --window out, or use --video-out")
        }
        if let duration, !(duration > 0 && duration < 1e7) {
            throw ValidationError("--duration is a number of seconds above 0")
        }
        if let sendDigits, !sendDigits.allSatisfy({ "0123456789*#ABCDabcd,".contains($0) }) {
            throw ValidationError("--send-digits takes 0-9, *, #, A-D and commas, not \"\(sendDigits)\"")
        }
    }

    private static func codecs(_ list: String) throws -> [UserAgent.Codec] {
        let codecs = try list.lowercased().split(separator: ",").map { name in
            guard let codec = UserAgent.Codec(rawValue: name.filter { $0 != " " }) else {
                throw ValidationError("\"\(name)\" is no codec: opus, g722, pcma and pcmu are")
            }
            return codec
        }
        guard !codecs.isEmpty else { throw ValidationError("--codec names no codec") }
        return codecs
    }
}
