// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import TestSupport
import Testing

@testable import Picture

@Suite struct PNGTests {
    @Test(arguments: [PictureSize(320, 180), PictureSize(175, 143), PictureSize(1, 1)])
    func aPictureComesBack(size: PictureSize) throws {
        let bytes = try PNG.encode(Patches.picture(size))
        #expect(bytes.prefix(4) == [0x89, 0x50, 0x4e, 0x47])
        let read = try PNG.decode(bytes)
        #expect(read.size == size)
        if size.width > 1 { #expect(Patches.error(of: read) <= 2) }
    }

    @Test func noiseFitsAsWell() throws {
        let frame = PictureFrame(PictureSize(257, 129))
        var numbers = SeededGenerator(seed: 1)
        let noise = (0..<(257 * 129 * 3)).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        #expect(noise.withUnsafeBytes { frame.load($0, .rgb) })
        #expect(try PNG.decode(PNG.encode(frame)).size == frame.size)
    }

    @Test func whatIsNoPNGIsRefused() throws {
        let whole = try PNG.encode(Patches.picture(PictureSize(64, 64)))
        var numbers = SeededGenerator(seed: 2)
        #expect(throws: PNGError.self) { try PNG.decode([]) }
        #expect(throws: PNGError.self) { try PNG.decode([1, 2, 3]) }
        for length in 0..<(whole.count - 12) {
            #expect(throws: PNGError.self) { try PNG.decode(Array(whole[..<length])) }
        }
        for _ in 0..<500 {
            var broken = whole
            broken[Int.random(in: 0..<whole.count, using: &numbers)] ^= UInt8.random(in: 1...255, using: &numbers)
            _ = try? PNG.decode(broken)
        }
    }

    @Test func aHugeOneIsRefusedByItsHeader() {
        // An IHDR that promises 20000x20000 and its checksum; nothing follows.
        let bytes: [UInt8] = [
            0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0x4e, 0x20, 0, 0,
            0x4e, 0x20, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x49, 0x44, 0x41, 0x54,
        ]
        #expect(throws: PNGError.self) { try PNG.decode(bytes) }
    }
}
