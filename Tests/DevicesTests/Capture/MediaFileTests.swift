// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Foundation
import Geometry
import Picture
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct MediaFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// 20 ms of sound and when it was read, ns of `CLOCK_MONOTONIC`.
    private struct Piece {
        var time: Int64
        var samples: [Int16]
    }

    /// Reads `sound` each 20 ms as a call does, for `seconds`.
    private func listen(to sound: any AudioSource, seconds: Double) async throws -> [Piece] {
        let pieces = Mutex<[Piece]>([])
        let clock = try PacedClock { _ in
            var frame = [Int16](repeating: 0, count: AudioFrame.samples(at: sound.sampleRate))
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            var span = frame.mutableSpan
            _ = sound.read(into: &span)
            let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
            pieces.withLock { $0.append(Piece(time: now, samples: frame)) }
        }
        let count = Int(seconds * 50)
        try await Condition.await("\(count) frames of sound", within: .seconds(60)) {
            pieces.withLock { $0.count } >= count
        }
        clock.stop()
        return pieces.withLock { $0 }
    }

    /// Which tone is in `samples`; nil for none or two.
    private func toneIndex(_ samples: [Int16]) -> Int? {
        let powers = TestMovie.tones.map { samples.power(at: $0, rate: 48_000) }
        let loud = powers.indices.filter { powers[$0] > 0.0001 && powers[$0] > 20 * (powers.reduce(0, +) - powers[$0]) }
        return loud.count == 1 ? loud.first : nil
    }

    /// Times at which something becomes another thing than before, for each change to `index`.
    private func changes(_ seen: [(time: Int64, index: Int?)]) -> [(time: Int64, index: Int)] {
        var last: Int?
        return seen.compactMap { time, index in
            guard let index, index != last else { return nil }
            defer { last = index }
            return last == nil ? nil : (time, index)
        }
    }

    /// Colour and tone change together, in the first time through and in those that follow.
    @Test(arguments: [
        ("x.mp4", ["-c:v", "libx264", "-c:a", "aac"]), ("x.webm", ["-c:v", "libvpx", "-c:a", "libopus"]),
        ("x.mkv", ["-c:v", "mpeg4", "-bf", "2", "-c:a", "pcm_s16le"]),
    ])
    func pictureAndSoundChangeTogetherAndStayTogether(name: String, codecs: [String]) async throws {
        let path = try await TestMovie.make(name, in: folder, codecs: codecs)
        let file = try MediaFile.open(path)
        let sound = try #require(file.sound)
        let recorder = CaptureRecorder()
        try recorder.start(file.pictures, PictureSize(320, 180), rate: 30)
        try sound.start()
        let pieces = try await listen(to: sound, seconds: 8)
        file.pictures.stop()
        sound.stop()
        let pictures = recorder.pictures
        #expect(recorder.events.isEmpty)
        let seen = changes(pictures.map { ($0.captured, TestMovie.colorIndex(of: $0.picture.frame)) })
        let heard = changes(pieces.map { ($0.time, toneIndex($0.samples)) })
        #expect(seen.count >= 6, "colours changed \(seen.count) times")
        var apart: [Double] = []
        for (index, change) in seen.enumerated() where index < heard.count {
            #expect(heard[index].index == change.index)
            apart.append(Double(heard[index].time - change.time) / 1e6)
        }
        try #require(apart.count >= 6, "tones changed \(heard.count) times")
        // Most of them, at first and later: a busy machine may read a single one late. Tones are told apart in pieces of
        // 20 ms, and in WebM ffmpeg writes picture and sound 7 ms apart.
        for part in [apart.prefix(3), apart.suffix(3)] {
            #expect(abs(part.sorted()[1]) <= 28, "the tones came \(apart) ms after the colours")
        }
        // Each second of the file takes a second.
        let seconds = zip(seen, seen.dropFirst()).map { Double($1.time - $0.time) / 1e9 }
        #expect(abs(seconds.sorted()[seconds.count / 2] - 1) < 0.06, "\(seconds)")
        for (change, next) in zip(seen, seen.dropFirst()) { #expect(next.index == (change.index + 1) % 3) }
    }

    @Test func aFilePlayedOnceEnds() async throws {
        let path = try await TestMovie.make("x.mp4", in: folder, codecs: ["-c:v", "libx264", "-c:a", "aac"])
        let file = try MediaFile.open(path, once: true)
        let sound = try #require(file.sound)
        let recorder = CaptureRecorder()
        // How long the machine kept a thread waiting that has nothing to do with the file, ms.
        let stalled = Mutex(0)
        let watch = try PacedClock(period: .milliseconds(10)) { tick in
            let late = 10 * tick.skipped + Int(tick.lateness / .milliseconds(1))
            if late > 100 { stalled.withLock { $0 += late } }
        }
        defer { watch.stop() }
        try recorder.start(file.pictures, PictureSize(320, 180), rate: 30)
        try sound.start()
        try await recorder.event("the end") { $0 == .ended }
        #expect(sound.hasEnded)
        #expect(recorder.events == [.ended])
        let pictures = recorder.pictures
        // One of each 40 ms. What is late by 200 ms is left out: as much as the machine let nobody do in time.
        let late = stalled.withLock { $0 }
        #expect((73 - late / 40...77).contains(pictures.count), "\(pictures.count) pictures of 75, \(late) ms stalled")
        let length = try #require(pictures.last).captured - #require(pictures.first).captured
        let off = abs(Double(length) / 1e9 - 2.96)
        let allowed = 0.05 + Double(late) / 1000
        #expect(off < allowed)
        file.pictures.stop()
        sound.stop()
    }

    @Test func aSilentFileIsScaledToTheWishAndHasNoSound() async throws {
        let path = try await TestMovie.make(
            "x.mp4", in: folder, codecs: ["-c:v", "libx264", "-pix_fmt", "yuv444p"], hasSound: false, size: "640x480",
            rate: 50)
        let file = try MediaFile.open(path)
        #expect(file.sound == nil)
        let recorder = CaptureRecorder()
        try recorder.start(file.pictures, PictureSize(320, 180), rate: 10)
        let pictures = try await recorder.pictures(20)
        file.pictures.stop()
        for picture in pictures {
            #expect(picture.picture.size == PictureSize(240, 180))
            #expect(TestMovie.colorIndex(of: picture.picture.frame) != nil)
        }
        // Most of them: a busy machine leaves single ones out.
        let steps = zip(pictures, pictures.dropFirst()).map { Double($1.captured - $0.captured) / 1e9 }
        #expect(abs(steps.sorted()[steps.count / 2] - 0.1) < 0.01, "\(steps)")
    }

    @Test func aFileThatIsNoneSaysWhy() async throws {
        let text = try folder.write(Array("this is text".utf8), as: "text.mp4")
        let empty = try folder.write([], as: "empty.mp4")
        let playlist = try folder.write(
            Array("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n".utf8), as: "list.mp4")
        try await TestMovie.run(["-f", "lavfi", "-i", "sine=d=1", folder.path("sound.wav")], in: folder)
        for (path, reason) in [
            (text, "convert it to MP4"), (empty, "is empty"), (playlist, "convert it to MP4"),
            (folder.path("none.mp4"), "No such file"), (folder.path(""), "is a folder"), ("/dev/zero", "is not a file"),
            (folder.path("sound.wav"), "has no picture"),
        ] {
            let error = #expect(throws: DeviceError.self) { try MediaFile.open(path) }
            #expect(error?.description.contains(reason) == true, "\(path): \(String(describing: error))")
        }
    }

    /// Whatever is in a file, it is opened or refused; what is opened can be played and stopped. All of them play at once.
    @Test(arguments: [("x.mp4", "libx264", "aac"), ("x.webm", "libvpx", "libopus"), ("x.avi", "mpeg4", "mp2")])
    func aDamagedFileDoesNoHarm(name: String, picture: String, sound: String) async throws {
        let path = try await TestMovie.make(
            name, in: folder, codecs: ["-c:v", picture, "-c:a", sound], size: "160x90", rate: 10)
        let whole = try [UInt8](Data(contentsOf: URL(filePath: path)))
        var numbers = SeededGenerator(seed: 11)
        var playing: [(file: MediaFile, recorder: CaptureRecorder)] = []
        for round in 0..<24 {
            var broken = whole
            if round % 3 == 0 { broken.removeLast(Int.random(in: 1..<broken.count, using: &numbers)) }
            for _ in 0..<(round % 2 == 0 ? 200 : 5) where !broken.isEmpty {
                broken[Int.random(in: 0..<broken.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
            }
            let path = try folder.write(broken, as: "\(round)-\(name)")
            guard let file = try? MediaFile.open(path) else { continue }
            let recorder = CaptureRecorder()
            guard (try? recorder.start(file.pictures, PictureSize(160, 90), rate: 10)) != nil else { continue }
            try? file.sound?.start()
            playing.append((file, recorder))
        }
        let recorders = playing.map(\.recorder)
        _ = await Condition.holds(within: .milliseconds(300)) { recorders.allSatisfy { !$0.events.isEmpty } }
        for (file, _) in playing {
            _ = file.sound?.pulled(5)
            file.pictures.stop()
            file.sound?.stop()
        }
    }
}
