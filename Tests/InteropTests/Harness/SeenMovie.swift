// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Geometry
import Picture
import TestSupport
import Testing

/// A movie of what a member saw, as ffmpeg reads it.
struct SeenMovie {
    /// What ffprobe says of its streams.
    let streams: String
    let pictures: [PictureFrame]

    /// - Parameter size: of its pictures.
    static func read(_ path: String, size: PictureSize) async throws -> SeenMovie {
        let folder = try InteropFolder("movie")
        let streams = try await run("ffprobe", ["-v", "error", "-show_streams", path], in: folder)
        // As it is coded: what its colours are as RGB is a matter of taste.
        let raw = folder.path("pictures.yuv")
        _ = try await run(
            "ffmpeg",
            [
                "-nostdin", "-v", "error", "-xerror", "-i", path, "-fps_mode", "passthrough", "-pix_fmt", "yuv420p",
                "-f", "rawvideo", raw,
            ], in: folder)
        let bytes = try Data(contentsOf: URL(filePath: raw))
        let length = size.width * size.height * 3 / 2
        let pictures = stride(from: 0, to: bytes.count - length + 1, by: length).map { start in
            let picture = PictureFrame(size)
            bytes.withUnsafeBytes { raw in
                _ = picture.load(UnsafeRawBufferPointer(rebasing: raw[start..<start + length]), .i420)
            }
            return picture
        }
        return SeenMovie(streams: streams, pictures: pictures)
    }

    private static func run(_ program: String, _ arguments: [String], in folder: InteropFolder) async throws -> String {
        var launch = ChildProcess.Launch(program, arguments)
        launch.output = folder.path("output")
        let process = try ChildProcess(launch)
        let exit = await process.waitForExit(within: .seconds(40))
        #expect(exit?.isSuccess == true, "\(program): \(process.printed)")
        return process.printed
    }
}
