// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Devices
import Foundation
import Geometry
import Picture
import RTP
import TestSupport
import Testing

@testable import UserAgent

/// A film that changes its colour and its tone together, each second.
private enum Film {
    static let colors = [
        PictureColor(red: 220, green: 40, blue: 40), PictureColor(red: 40, green: 220, blue: 40),
        PictureColor(red: 40, green: 40, blue: 220),
    ]
    static let tones = [500.0, 1000, 2000]

    static func make(in folder: URL) async throws -> String {
        let path = folder.appending(path: "film.mp4").path()
        var arguments = ["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
        for color in ["0xDC2828", "0x28DC28", "0x2828DC"] {
            arguments += ["-f", "lavfi", "-i", "color=c=\(color):s=480x270:r=25:d=1"]
        }
        for tone in tones { arguments += ["-f", "lavfi", "-i", "sine=f=\(Int(tone)):r=48000:d=1"] }
        arguments += [
            "-filter_complex", "[0][3][1][4][2][5]concat=n=3:v=1:a=1[v][a]", "-map", "[v]", "-map", "[a]",
            "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", path,
        ]
        let ffmpeg = try ChildProcess(ChildProcess.Launch("ffmpeg", arguments))
        guard await ffmpeg.waitForExit(within: .seconds(30))?.isSuccess == true else {
            throw ConditionNotMet(what: "a film made by ffmpeg", patience: .seconds(30))
        }
        return path
    }
}

/// What a receiver saw and heard, by the monotonic clock.
private struct Sitting {
    /// Number of the colour or tone that began, and when, nanoseconds.
    typealias Change = (index: Int, at: Int64)

    private(set) var colors: [Change] = []
    private var shown: Int?
    private var lastLook: Int64 = 0
    /// Samples in the recording, and when that was known.
    private var written: [(count: Int, at: Int64)] = []

    static let rate = 48_000

    mutating func look(at picture: PictureFrame?, recording: String) {
        let now = MediaInstant.now().nanoseconds
        if let index = picture.flatMap(Self.color), index != shown {
            shown = index
            // It has come since the last look; since one that was long ago, nobody knows when.
            if now - lastLook < 40_000_000 { colors.append((index, lastLook + (now - lastLook) / 2)) }
        }
        lastLook = now
        let bytes = (try? FileManager.default.attributesOfItem(atPath: recording))?[.size] as? Int ?? 0
        let count = (bytes - 44) / 2
        if count > written.last?.count ?? 0 { written.append((count, MediaInstant.now().nanoseconds)) }
    }

    private static func color(of picture: PictureFrame) -> Int? {
        let middle = PictureArea(x: picture.size.width / 2, y: picture.size.height / 2, width: 32, height: 32)
        let seen = picture.meanColor(in: middle)
        return Film.colors.firstIndex { $0.distance(to: seen) < 60 }
    }

    /// When a sample was played. A sample is written at the tick that plays it or later, never earlier, and a tick's last sample is
    /// played 20 ms after the tick.
    private func played(_ sample: Int) -> Int64? {
        written.lazy.filter { $0.count >= sample }
            .map { $0.at - Int64($0.count - sample) * 1_000_000_000 / Int64(Self.rate) + 20_000_000 }.min()
    }

    private func tones(_ samples: [Int16]) -> [Change] {
        let detector = ToneDetector(sampleRate: Self.rate)
        let (window, step) = (Self.rate / 25, Self.rate / 200)
        var changes: [Change] = []
        for start in stride(from: 0, to: samples.count - window, by: step) {
            let levels = Film.tones.map { detector.level(of: $0, in: samples[start..<(start + window)]) }
            guard let loudest = levels.max(), loudest > -40, let index = levels.firstIndex(of: loudest),
                index != changes.last?.index, let at = played(start + window / 2)
            else { continue }
            changes.append((index, at))
        }
        return changes
    }

    /// How long after its sound each picture came, milliseconds, the earliest first.
    func lags(behind samples: [Int16], from start: Int64) -> [Double] {
        let tones = tones(samples)
        var lags: [Double] = []
        for color in colors where color.at > start {
            let differences = tones.filter { $0.index == color.index }.map { color.at - $0.at }
            guard let nearest = differences.min(by: { abs($0) < abs($1) }) else { continue }
            let lag = Double(nearest) / 1e6
            if abs(lag) < 500 { lags.append(lag) }
        }
        return lags.sorted()
    }
}

@Suite("A film into a room", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct FilmTests {
    @Test("pictures and sound of a film are within 80 ms of each other where they are seen and heard")
    func lipSync() async throws {
        let folder = URL.temporaryDirectory.appending(path: "confab-film-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let recording = folder.appending(path: "heard.wav").path()
        let meeting = try await Meeting.begin()
        var options = UserAgent.Options.visible(.ada)
        options.video.camera = "file:\(try await Film.make(in: folder))"
        let (ada, bob) = (try await UserAgent.start(options), try await UserAgent.start(.visible(.bob)))
        let viewer = try await bob.call(meeting.uri("demo"), microphone: "none", speaker: "file:\(recording)")
        try await viewer.waitUntilEstablished()
        let broadcast = try await ada.call(meeting.uri("demo"), microphone: "none", speaker: "none")
        try await broadcast.waitUntilEstablished()
        try await Condition.await("the film", within: .seconds(8), evidence: { viewer.sight }) {
            viewer.tile("Ada")?.picture != nil
        }

        var sitting = Sitting()
        // Both clocks are known from the first reports on.
        let known = MediaInstant.now().nanoseconds + 3_000_000_000
        try await Condition.await("changes of colour", within: .seconds(20), every: .milliseconds(5)) {
            sitting.look(at: viewer.tile("Ada")?.picture?.frame, recording: recording)
            return sitting.colors.count { $0.at > known } >= 11
        }
        await meeting.end(ada, bob)

        let lags = sitting.lags(behind: try WAVRecording(path: recording).samples, from: known)
        try #require(lags.count >= 9, "\(sitting.colors)")
        let median = lags[lags.count / 2]
        print("a film's pictures after its sound, ms: median \(median), all \(lags.map { $0.rounded() })")
        #expect(abs(median) <= 80, "\(lags)")
        #expect(lags.filter { abs($0) <= 80 }.count * 4 >= lags.count * 3, "\(lags)")
    }
}
