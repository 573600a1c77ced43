// SPDX-License-Identifier: GPL-3.0-or-later

/// Films of one colour and one tone, as ffmpeg makes them.
package enum BlueFilm {
    package static func write(to path: String, tone: Int, seconds: Int, rate: Int = 15) async throws {
        let process = try ChildProcess(
            .init(
                "ffmpeg",
                [
                    "-nostdin", "-v", "error", "-f", "lavfi", "-i",
                    "color=c=0x1414DC:s=320x240:r=\(rate):d=\(seconds)", "-f", "lavfi", "-i",
                    "sine=f=\(tone):d=\(seconds)", "-c:v", "libx264", "-pix_fmt", "yuv420p", path,
                ]))
        guard await process.waitForExit(within: .seconds(60))?.isSuccess == true else {
            throw ConditionNotMet(what: "a film made by ffmpeg", patience: .seconds(60))
        }
    }
}
