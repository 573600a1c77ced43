// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Geometry
import Picture
import RTP
import TestSupport
import Testing

@testable import MediaServer

/// Files of recordings as ffmpeg and ffprobe find their way in them.
@Suite(.timeLimit(.minutes(Condition.minutes(1)))) struct MatroskaFileTests {
    private static let size = PictureSize(320, 180)
    private static let silence: [UInt8] = [0xF8, 0xFF, 0xFE]

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path(percentEncoded: false))
    }

    /// A minute with a picture that shows what time it is, with a key frame every five seconds.
    /// - Parameter closes: whether it is closed as a recording that ends.
    private static func write(_ path: String, pictures: Bool = true, closes: Bool = true) throws {
        var file = try MatroskaFile(
            path: path, MatroskaDescription(title: "team", picture: pictures ? size : nil))
        let encoder = try VideoCodec.vp8.makeEncoder(
            VideoEncoderParameters(size: size, frameRate: 10, bitrate: 500_000))
        let (pattern, picture) = (
            TestPattern(name: "team", color: PictureColor(red: 20, green: 200, blue: 20)), PictureFrame(size)
        )
        var frame = EncodedFrame()
        for time in stride(from: Int64(0), to: 60_000, by: 20) {
            // Padded (RFC 6716 §3.2.5), as a talker would fill it.
            file.append(.sound, at: time, [0xFB, 0x41, 120, 0xFF, 0xFE] + [UInt8](repeating: 0, count: 120))
            if time % 100 == 0, pictures {
                pattern.draw(UInt32(time), on: picture)
                if try encoder.encode(picture, timestamp: time * 90, keyframe: time % 5000 == 0, into: &frame) {
                    file.append(.picture, at: time, isKeyframe: frame.isKeyframe, frame.bytes)
                }
            }
            try file.write(until: time - 600)
        }
        if closes { file.close(at: 60_000) }
    }

    private static func run(_ program: String, _ arguments: [String], output: String) async throws -> String {
        var launch = ChildProcess.Launch(program, arguments)
        launch.output = output
        let process = try ChildProcess(launch)
        #expect(await process.waitForExit(within: .seconds(20))?.isSuccess == true, "\(process.printed)")
        return process.printed
    }

    /// Goes to `time`, seconds, in that file, and decodes one picture.
    /// - Returns: what time it shows, ms, and how many octets were read for it.
    private static func seek(_ path: String, to time: Double) async throws -> (clock: UInt32?, octets: Int) {
        let raw = path + ".yuv"
        let printed = try await run(
            "ffmpeg",
            [
                "-nostdin", "-y", "-v", "verbose", "-ss", "\(time)", "-i", path, "-an", "-frames:v", "1", "-pix_fmt",
                "yuv420p",
                "-f", "rawvideo", raw,
            ], output: path + ".log")
        let bytes = try Data(contentsOf: URL(filePath: raw))
        let frame = PictureFrame(size)
        try #require(bytes.count == size.width * size.height * 3 / 2)
        frame.withWritablePlanes { luma, stride, _, _, _ in
            for row in 0..<size.height {
                for column in 0..<size.width { luma[row * Int(stride) + column] = bytes[row * size.width + column] }
            }
        }
        // "Statistics: N bytes read, M seeks", of the file that was read.
        let octets = printed.split(separator: "\n").filter { $0.contains("bytes read") }.compactMap {
            $0.split(separator: " ").compactMap { Int($0) }.first
        }
        return (TestPattern.clock(of: frame), octets.max() ?? 0)
    }

    private static func duration(_ path: String) async throws -> Double? {
        let arguments = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path]
        let printed = try await run("ffprobe", arguments, output: path + ".probe")
        return Double(printed.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    @Test func aPlayerFindsItsWayByTheCues() async throws {
        try await Self.withFolder { folder in
            let (path, open) = (folder + "/closed.mkv", folder + "/open.mkv")
            try Self.write(path)
            try Self.write(open, closes: false)
            #expect(try await Self.duration(path) == 60)
            #expect(RecordingFacts(path: path)?.seconds == 60)
            for time in [0, 12.3, 37.8, 58] {
                let (clock, octets) = try await Self.seek(path, to: time)
                #expect(try abs(Double(#require(clock)) / 1000 - time) <= 0.1, "\(clock ?? 0) at \(time)")
                // A file that nobody closed is read from its beginning, and the same is seen.
                let (same, all) = try await Self.seek(open, to: time)
                #expect(same == clock)
                print("to \(time) s: \(octets) octets read, without cues \(all)")
                if time > 20 { #expect(octets * 2 < all) }
            }
        }
    }

    @Test func soundAloneHasCuesToo() async throws {
        try await Self.withFolder { folder in
            let path = folder + "/sound.mka"
            try Self.write(path, pictures: false)
            #expect(try await Self.duration(path) == 60)
            let arguments = [
                "-v", "error", "-read_intervals", "41.5%+#1", "-show_entries", "packet=pts_time", "-of", "csv=p=0",
                path,
            ]
            let printed = try await Self.run("ffprobe", arguments, output: path + ".times")
            let first = try #require(Double(printed.split(whereSeparator: { "\n,".contains($0) }).first ?? ""))
            #expect(abs(first - 41.5) <= 4.1)
            // And all of it is whole.
            _ = try await Self.run(
                "ffmpeg", ["-nostdin", "-v", "error", "-xerror", "-i", path, "-f", "null", "-"], output: path + ".all")
        }
    }

    /// Cut off anywhere, cues included, it plays up to there.
    @Test func aCutOffFilePlaysWhereverItIsCut() async throws {
        try await Self.withFolder { folder in
            let path = folder + "/whole.mkv"
            try Self.write(path)
            let bytes = try Data(contentsOf: URL(filePath: path))
            for cut in [50, 200, bytes.count / 2] {
                let torn = folder + "/torn-\(cut).mkv"
                try bytes.dropLast(cut).write(to: URL(filePath: torn))
                let (clock, _) = try await Self.seek(torn, to: 20)
                #expect(try abs(Double(#require(clock)) / 1000 - 20) <= 0.1)
            }
        }
    }

    /// Pictures go forward in time whatever their moments say, and none is after the end of the sound.
    @Test func picturesAreInOrderAndEndWithTheSound() async throws {
        try await Self.withFolder { folder in
            let path = folder + "/order.mkv"
            var file = try RecordingFile(path: path, MatroskaDescription(title: "team", picture: Self.size))
            let encoder = try VideoCodec.vp8.makeEncoder(
                VideoEncoderParameters(size: Self.size, frameRate: 10, bitrate: 500_000))
            var frame = EncodedFrame()
            let start = MediaInstant(nanoseconds: 5_000_000_000)
            file.take([0].span, RecordingTag(kind: .start, ticks: 0, instant: start))
            for time in stride(from: 0, to: 2000, by: 20) {
                file.take(Self.silence.span, RecordingTag(kind: .audio, ticks: UInt32(time * 48)))
            }
            for (index, time) in [100, 200, 190, 300, 1900, 2100].enumerated() {
                #expect(
                    try encoder.encode(
                        PictureFrame(Self.size), timestamp: Int64(index) * 9000, keyframe: index == 0, into: &frame))
                let picture = RecordedPictures.Frame(
                    bytes: frame.bytes, isKeyframe: frame.isKeyframe, instant: start.advanced(byMilliseconds: time))
                let isTaken = file.take(picture)
                #expect(isTaken)
            }
            file.close()
            let arguments = [
                "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path,
            ]
            let printed = try await Self.run("ffprobe", arguments, output: path + ".times")
            let times = printed.split(whereSeparator: { "\n,".contains($0) }).compactMap { Double($0) }
            #expect(times == [0.1, 0.2, 0.201, 0.3, 1.9])
        }
    }
}
