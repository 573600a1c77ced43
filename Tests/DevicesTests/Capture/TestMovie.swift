// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Foundation
import Geometry
import Picture
import TestSupport

/// Files made by ffmpeg: one colour and one tone a second.
enum TestMovie {
    static let colors = [
        PictureColor(red: 220, green: 40, blue: 40), PictureColor(red: 40, green: 220, blue: 40),
        PictureColor(red: 40, green: 40, blue: 220),
    ]
    static let tones = [500.0, 1000, 2000]

    /// A movie of `colors.count` seconds.
    /// - Parameters:
    ///   - codecs: ffmpeg's arguments for codecs, such as `-c:v libvpx`.
    ///   - soundLag: seconds of silence before the sound, which is as much shorter at its end.
    static func make(
        _ name: String, in folder: TemporaryFolder, codecs: [String], hasSound: Bool = true, size: String = "320x180",
        rate: Int = 25
    ) async throws -> String {
        var arguments = ["-hide_banner", "-loglevel", "error", "-y"]
        for color in ["0xDC2828", "0x28DC28", "0x2828DC"] {
            arguments += ["-f", "lavfi", "-i", "color=c=\(color):s=\(size):r=\(rate):d=1"]
        }
        for tone in tones where hasSound {
            arguments += ["-f", "lavfi", "-i", "sine=f=\(Int(tone)):r=44100:d=1"]
        }
        arguments += [
            "-filter_complex",
            hasSound
                ? "[0][3][1][4][2][5]concat=n=3:v=1:a=1[v][a];[a]aformat=channel_layouts=stereo[b]"
                : "[0][1][2]concat=n=3:v=1:a=0[v]",
            "-map", "[v]",
        ]
        if hasSound { arguments += ["-map", "[b]"] }
        arguments += codecs + [folder.path(name)]
        try await run(arguments, in: folder)
        return folder.path(name)
    }

    /// Runs ffmpeg to its end.
    static func run(_ arguments: [String], in folder: TemporaryFolder) async throws {
        var launch = ChildProcess.Launch("ffmpeg", ["-nostdin"] + arguments)
        launch.output = folder.path("ffmpeg.log")
        let process = try ChildProcess(launch)
        guard await process.waitForExit(within: .seconds(60))?.isSuccess == true else {
            throw ConditionNotMet(what: "ffmpeg \(arguments)", patience: .seconds(60), evidence: process.printed)
        }
    }

    /// Which of the colours fills `frame`; nil for none.
    static func colorIndex(of frame: PictureFrame) -> Int? {
        let seen = frame.meanColor(in: frame.size.area)
        return colors.firstIndex { $0.distance(to: seen) <= 12 }
    }
}
