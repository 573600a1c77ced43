// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Geometry
import TestSupport
import Testing

@testable import Picture

@Suite struct JPEGTests {
    /// 64x48 with 4:2:2, as webcams have it: the left half red, the right half blue.
    static let sample =
        Data(
            base64Encoded: """
                /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU\
                FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU\
                FBQUFBQUFBT/wAARCAAwAEADASEAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF\
                BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW\
                V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi\
                4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC\
                AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm\
                Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq\
                8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDyKivyw/vAKKAPJ6K/1DP85wooA9Yor/Lw/wBGAooA8nor/UM/znCigD1iiv8ALw/0YCig\
                Dyeiv9Qz/OcKKAPWKK/y8P8ARgKKAPJ6K/1DP85wooA9Yor/AC8P9GAooA8nor/UM/znCigD1iiv8vD/AEYCigDyeiv9Qz/OcKKA\
                P//Z
                """) ?? Data()
    static let red = PictureColor(red: 220, green: 40, blue: 40)
    static let blue = PictureColor(red: 40, green: 40, blue: 220)

    private func check(_ frame: PictureFrame) {
        #expect(frame.size == PictureSize(64, 48))
        let left = frame.meanColor(in: PictureArea(x: 2, y: 2, width: 26, height: 44))
        let right = frame.meanColor(in: PictureArea(x: 36, y: 2, width: 26, height: 44))
        #expect(left.distance(to: Self.red) <= 3, "\(left) for \(Self.red)")
        #expect(right.distance(to: Self.blue) <= 3, "\(right) for \(Self.blue)")
    }

    @Test func colorsAreThoseOfLimitedRange() throws {
        check(try JPEG.decode([UInt8](Self.sample)))
    }

    /// Webcams leave out the Huffman tables, which are always the same.
    @Test func aPictureWithoutTablesIsReadToo() throws {
        var bytes = [UInt8](Self.sample)
        var position = 2
        while position + 4 <= bytes.count, bytes[position + 1] != 0xDA {
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            if bytes[position + 1] == 0xC4 {
                bytes.removeSubrange(position..<(position + 2 + length))
            } else {
                position += 2 + length
            }
        }
        #expect(bytes.count < Self.sample.count - 300)
        check(try JPEG.decode(bytes))
    }

    @Test func whatIsNoJPEGIsRefusedOrAtLeastHarmless() throws {
        let whole = [UInt8](Self.sample)
        #expect(throws: JPEGError.malformed) { try JPEG.decode([]) }
        #expect(throws: JPEGError.malformed) { try JPEG.decode([0xFF, 0xD8]) }
        var numbers = SeededGenerator(seed: 3)
        for length in 0..<whole.count { _ = try? JPEG.decode(Array(whole[..<length])) }
        for _ in 0..<2000 {
            var broken = whole
            for _ in 0..<3 {
                broken[Int.random(in: 0..<whole.count, using: &numbers)] = .random(in: 0...255, using: &numbers)
            }
            _ = try? JPEG.decode(broken)
        }
        // One of another size than the picture that it is to be drawn in.
        let frame = PictureFrame(PictureSize(32, 32))
        #expect(!whole.withUnsafeBytes { JPEGDecoder().draw($0, on: frame) })
    }

    @Test func aHugeOneIsRefusedByItsHeader() {
        var bytes = [UInt8](Self.sample)
        let header = bytes.indices.first { bytes[$0] == 0xFF && $0 + 1 < bytes.count && bytes[$0 + 1] == 0xC0 } ?? 0
        bytes.replaceSubrange((header + 5)..<(header + 9), with: [0x4E, 0x20, 0x4E, 0x20])
        #expect(throws: JPEGError.tooLarge(PictureSize(20_000, 20_000))) { try JPEG.decode(bytes) }
    }
}
