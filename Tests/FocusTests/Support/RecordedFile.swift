// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Geometry
import Glibc
import Picture
import TestSupport
import Testing

/// A recording as other programs read it.
struct RecordedFile {
    /// Of its sound, at 8000 Hz.
    let samples: [Int16]
    /// Seconds from the file's beginning, and what is seen then.
    let pictures: [(time: Double, frame: PictureFrame)]

    private static let size = PictureSize(1280, 720)

    /// - Parameter isWhole: whether errors in the file are errors of ours.
    static func decode(_ path: String, pictures: Bool, isWhole: Bool = true) async throws -> RecordedFile {
        let strict = isWhole ? ["-v", "error", "-xerror"] : ["-v", "quiet"]
        let sound = try await output(
            "ffmpeg", strict + ["-i", path, "-f", "s16le", "-ar", "8000", "-ac", "1"], to: path + ".raw")
        let samples = sound.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
        guard pictures else { return RecordedFile(samples: samples, pictures: []) }
        let seen = try await output(
            "ffmpeg", strict + ["-i", path, "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo"],
            to: path + ".yuv")
        let times = try await printed(
            "ffprobe",
            ["-v", "quiet", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0", path],
            to: path + ".times")
        let frames = frames(seen)
        return RecordedFile(
            samples: samples,
            pictures: zip(times.split(whereSeparator: { "\n,".contains($0) }).compactMap { Double($0) }, frames).map {
                (time: $0, frame: $1)
            })
    }

    /// What ffprobe says of its streams.
    static func streams(_ path: String) async throws -> String {
        try await printed("ffprobe", ["-v", "error", "-show_streams", "-show_format", path], to: path + ".probe")
    }

    private static func frames(_ bytes: Data) -> [PictureFrame] {
        let (luma, chroma) = (size.width * size.height, size.width * size.height / 4)
        return stride(from: 0, to: bytes.count - luma - 2 * chroma + 1, by: luma + 2 * chroma).map { start in
            let frame = PictureFrame(size)
            frame.withWritablePlanes { y, yStride, cb, cr, cStride in
                bytes.withUnsafeBytes { raw in
                    guard let base = raw.baseAddress else { return }
                    for row in 0..<size.height {
                        memcpy(y + row * Int(yStride), base + start + row * size.width, size.width)
                    }
                    for row in 0..<size.height / 2 {
                        let width = size.width / 2
                        memcpy(cb + row * Int(cStride), base + start + luma + row * width, width)
                        memcpy(cr + row * Int(cStride), base + start + luma + chroma + row * width, width)
                    }
                }
            }
            return frame
        }
    }

    private static func output(_ program: String, _ arguments: [String], to path: String) async throws -> Data {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = try ChildProcess(.init(program, ["-nostdin", "-y"] + arguments + [path]))
        let exit = await process.waitForExit(within: .seconds(40))
        if arguments.contains("-xerror") { #expect(exit?.isSuccess == true, "\(program) of \(path)") }
        return try Data(contentsOf: URL(filePath: path))
    }

    private static func printed(_ program: String, _ arguments: [String], to path: String) async throws -> String {
        defer { try? FileManager.default.removeItem(atPath: path) }
        var launch = ChildProcess.Launch(program, arguments)
        launch.output = path
        let process = try ChildProcess(launch)
        #expect(await process.waitForExit(within: .seconds(40)) != nil)
        return process.printed
    }

    // MARK: What is in it

    var seconds: Double { Double(samples.count) / 8000 }

    private func part(_ range: Range<Double>) -> ArraySlice<Int16> {
        let bounds = [range.lowerBound, range.upperBound].map { min(samples.count, max(0, Int($0 * 8000))) }
        return samples[bounds[0]..<bounds[1]]
    }

    func level(of tone: Double, in range: Range<Double>) -> Double {
        ToneDetector(sampleRate: 8000).level(of: tone, in: part(range))
    }

    /// The level in most of a part of the file.
    func usualLevel(of tone: Double, in range: Range<Double>) -> Double {
        ToneDetector(sampleRate: 8000).usualLevel(of: tone, in: part(range))
    }

    func levels(of tone: Double, in range: Range<Double>) -> [Double] {
        stride(from: range.lowerBound, to: range.upperBound - 0.1, by: 0.1).map { level(of: tone, in: $0..<$0 + 0.1) }
    }

    /// When a tone begins that goes on, seconds; nil for never.
    func onset(of tone: Double) -> Double? {
        let window = 0.02
        return stride(from: 0, to: seconds - 0.2, by: 0.005).first { start in
            level(of: tone, in: start..<start + window) > -32 && level(of: tone, in: start + 0.1..<start + 0.2) > -32
        }.map { $0 + window / 2 }
    }

    /// What stands in each of so many tiles at that time.
    func looks(at time: Double, _ count: Int) -> [Grids.Look] {
        guard let picture = pictures.last(where: { $0.time <= time })?.frame else { return [] }
        return Grids.looks(picture, count)
    }

    /// How far pictures of the first of two members are behind what they show, in seconds, in that part of the file: by the clock on them,
    /// which `zero` of the same clock makes seconds.
    func delays(in range: Range<Double>, zero: Double) -> [Double] {
        pictures.filter { range.contains($0.time) }.compactMap { time, frame in
            guard let tile = Grids.areas(frame, 2).first else { return nil }
            return TestPattern.clock(of: frame, in: tile.fitting(MemberVideo.Options(.red).size)).map {
                time - (Double($0) / 1000 - zero)
            }
        }
    }
}
