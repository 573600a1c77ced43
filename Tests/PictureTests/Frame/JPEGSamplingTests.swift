// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Geometry
import TestSupport
import Testing

@testable import Picture

/// Chroma sampled in all the ways that ffmpeg's encoder has, and none: cameras do what they like.
@Suite(.timeLimit(.minutes(Condition.minutes(1)))) struct JPEGSamplingTests {
    private static let size = PictureSize(64, 48)
    /// 64x48 in grey, as libjpeg writes it: the left half 60, the right half 200.
    private static let grey =
        Data(
            base64Encoded: """
                /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO\
                UlNSMj5aYVpQYEpRUk//wAALCAAwAEABAREA/8QAFgABAQEAAAAAAAAAAAAAAAAAAAcG/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/a\
                AAgBAQAAPwDKgKsAlICrAJSAqwCUgKsAlICrAJSAqwD/2Q==
                """) ?? Data()

    /// What ffmpeg makes of a picture that is red on the left and blue on the right.
    private static func encode(_ format: String) async throws -> [UInt8] {
        let path = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID()).jpg")
        defer { try? FileManager.default.removeItem(at: path) }
        let picture = "color=c=0xdc2828:s=32x48:d=1[a];color=c=0x2828dc:s=32x48:d=1[b];[a][b]hstack"
        let ffmpeg = try ChildProcess(
            .init(
                "ffmpeg",
                [
                    "-nostdin", "-y", "-v", "error", "-f", "lavfi", "-i", picture, "-frames:v", "1", "-pix_fmt", format,
                    "-q:v", "2", "-f", "mjpeg", path.path(percentEncoded: false),
                ]))
        try #require(await ffmpeg.waitForExit(within: .seconds(20))?.isSuccess == true)
        return [UInt8](try Data(contentsOf: path))
    }

    private func halves(_ frame: PictureFrame) -> [PictureColor] {
        [2, 36].map { frame.meanColor(in: PictureArea(x: $0, y: 2, width: 26, height: 44)) }
    }

    @Test(arguments: ["yuvj420p", "yuvj422p", "yuvj444p"]) func colorsAreTheSameInEverySampling(
        format: String
    ) async throws {
        let bytes = try await Self.encode(format)
        let frame = try JPEG.decode(bytes)
        #expect(frame.size == Self.size)
        for (seen, sent) in zip(halves(frame), [JPEGTests.red, JPEGTests.blue]) {
            #expect(seen.distance(to: sent) <= 4, "\(seen) for \(sent)")
        }
        // A camera pads its buffers.
        let decoder = JPEGDecoder()
        #expect((bytes + [UInt8](repeating: 0, count: 500)).withUnsafeBytes { decoder.draw($0, on: frame) })
        // Torn as by USB: the end is missing, or something before it, which libjpeg fills up. The next one is whole again.
        let scan = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xDA]) }) + 14
        let torn = Array(bytes[..<((scan + bytes.count) / 2)])
        #expect(!torn.withUnsafeBytes { decoder.draw($0, on: frame) })
        if format != "yuvj420p" {
            #expect(!(bytes[..<scan] + [0xFF, 0xD9]).withUnsafeBytes { decoder.draw($0, on: frame) })
        }
        #expect(bytes.withUnsafeBytes { decoder.draw($0, on: frame) })
        for (seen, sent) in zip(halves(frame), [JPEGTests.red, JPEGTests.blue]) {
            #expect(seen.distance(to: sent) <= 4, "\(seen) for \(sent)")
        }
    }

    @Test func aGreyOneIsGrey() throws {
        let frame = try JPEG.decode([UInt8](Self.grey))
        for (seen, level) in zip(halves(frame), [UInt8(60), 200]) {
            let sent = PictureColor(red: level, green: level, blue: level)
            #expect(seen.distance(to: sent) <= 6, "\(seen) for \(sent)")
        }
    }

    /// Whatever sampling factors a header asks for, and whatever follows: refused, or a picture of its size.
    @Test func brokenOnesAreHarmlessInEverySampling() async throws {
        var numbers = SeededGenerator(seed: 7)
        let decoder = JPEGDecoder()
        let frame = PictureFrame(Self.size)
        for format in ["yuvj422p", "yuvj444p"] {
            let whole = try await Self.encode(format)
            let header = try #require(whole.indices.first { whole[$0...].starts(with: [0xFF, 0xC0]) })
            for round in 0..<1500 {
                var broken = whole
                for _ in 0..<2 {
                    let place = Int.random(in: 0..<whole.count, using: &numbers)
                    broken[place] = .random(in: 0...255, using: &numbers)
                }
                if round.isMultiple(of: 3) {
                    let component = Int.random(in: 0..<3, using: &numbers)
                    broken[header + 11 + 3 * component] = .random(in: 0...255, using: &numbers)
                }
                _ = broken.withUnsafeBytes { decoder.draw($0, on: frame) }
            }
        }
    }
}
