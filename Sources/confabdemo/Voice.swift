// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport

/// Somebody in the demo: a name, espeak-ng's voice for it, and what it says over and over.
struct Voice: Sendable {
    var name: String
    /// espeak-ng options: voice, speed and pitch.
    var manner: [String]
    var words: String
    /// The WAV file with `words` in it.
    var path: String

    static func all(in folder: String) -> [Voice] {
        [
            Voice(
                name: "Ada", manner: ["-v", "en-gb+f3", "-s", "155", "-p", "62"],
                words: """
                    The engine weaves algebraic patterns, just as the loom weaves flowers and leaves. \
                    Whoever would understand it should begin with the simplest sum, and then go on to the next. \
                    I have drawn the whole of it on one large sheet of paper.
                    """, path: "\(folder)/ada.wav"),
            Voice(
                name: "Edsger", manner: ["-v", "en-us+m3", "-s", "135", "-p", "25"],
                words: """
                    Testing shows the presence of bugs, but never their absence. \
                    Nine people out of ten walk to the station, and the tenth one asks which way is shortest. \
                    Simplicity is a great virtue, and it takes hard work to reach it.
                    """, path: "\(folder)/edsger.wav"),
            Voice(
                name: "Grace", manner: ["-v", "en-us+f5", "-s", "175", "-p", "40"],
                words: """
                    This piece of wire is as long as light travels in a billionth of a second. \
                    We found a moth in relay number seventy, and taped it into the log book. \
                    A ship in harbour is safe, yet that is not what ships were built for. Please, go ahead and try.
                    """, path: "\(folder)/grace.wav"),
        ]
    }

    /// Speaks `words` into `path`.
    func record() async throws {
        let speaker = try ChildProcess(.init("espeak-ng", manner + ["-w", path, words]))
        guard await speaker.waitForExit(within: .seconds(20))?.isSuccess == true else {
            throw DemoTrouble(
                "espeak-ng, which speaks for the three, is missing or fails. Install it: apt install espeak-ng")
        }
    }
}
