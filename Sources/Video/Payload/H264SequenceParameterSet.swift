// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// A sequence parameter set (H.264 §7.3.2.1.1) up to the picture's size.
package struct H264SequenceParameterSet: Hashable, Sendable {
    package var profile: UInt8
    /// The constraint flags, the middle octet of `profile-level-id`.
    package var constraints: UInt8
    package var level: UInt8
    package var identifier: Int
    /// In pixels, the cropping taken off.
    package var pictureSize: PictureSize

    /// Reads what follows the NAL unit's first octet; nil where it is cut short or makes no sense. No allocation.
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= 4 else { return nil }
        var reader = ExpGolombReader()
        profile = UInt8(reader.bits(8, in: bytes))
        constraints = UInt8(reader.bits(8, in: bytes))
        level = UInt8(reader.bits(8, in: bytes))
        identifier = reader.unsigned(in: bytes)
        guard identifier <= 31 else { return nil }
        var chroma = 1
        if Self.hasChroma(profile) {
            chroma = reader.unsigned(in: bytes)
            guard chroma <= 3 else { return nil }
            if chroma == 3, reader.bit(in: bytes) == 1 { chroma = 0 }
            _ = reader.unsigned(in: bytes)
            _ = reader.unsigned(in: bytes)
            _ = reader.bit(in: bytes)
            if reader.bit(in: bytes) == 1 { Self.skipScalingLists(chroma == 3 ? 12 : 8, of: bytes, with: &reader) }
        }
        _ = reader.unsigned(in: bytes)
        guard Self.skipPictureOrder(of: bytes, with: &reader) else { return nil }
        _ = reader.unsigned(in: bytes)
        _ = reader.bit(in: bytes)
        let columns = reader.unsigned(in: bytes) + 1
        let rows = reader.unsigned(in: bytes) + 1
        let fields = 2 - reader.bit(in: bytes)
        if fields == 2 { _ = reader.bit(in: bytes) }
        _ = reader.bit(in: bytes)
        // 16384 pixels are more than any level allows (Table A-1).
        guard columns <= 1024, rows <= 1024 else { return nil }
        var width = columns * 16
        var height = rows * 16 * fields
        if reader.bit(in: bytes) == 1 {
            let unitWidth = chroma == 1 || chroma == 2 ? 2 : 1
            let unitHeight = (chroma == 1 ? 2 : 1) * fields
            let left = reader.unsigned(in: bytes)
            let right = reader.unsigned(in: bytes)
            let top = reader.unsigned(in: bytes)
            let bottom = reader.unsigned(in: bytes)
            width -= (left + right) * unitWidth
            height -= (top + bottom) * unitHeight
        }
        guard !reader.hasFailed, width > 0, height > 0 else { return nil }
        pictureSize = PictureSize(width, height)
    }

    /// The profiles whose parameter sets say more of colour (§7.3.2.1.1).
    private static func hasChroma(_ profile: UInt8) -> Bool {
        switch profile {
        case 44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244: true
        default: false
        }
    }

    private static func skipScalingLists(_ count: Int, of bytes: Span<UInt8>, with reader: inout ExpGolombReader) {
        for list in 0..<count where reader.bit(in: bytes) == 1 {
            var last = 8
            var next = 8
            for _ in 0..<(list < 6 ? 16 : 64) {
                if next != 0 { next = (last + reader.signed(in: bytes)) & 0xFF }
                if next != 0 { last = next }
                if reader.hasFailed { return }
            }
        }
    }

    private static func skipPictureOrder(of bytes: Span<UInt8>, with reader: inout ExpGolombReader) -> Bool {
        switch reader.unsigned(in: bytes) {
        case 0: _ = reader.unsigned(in: bytes)
        case 1:
            _ = reader.bit(in: bytes)
            _ = reader.signed(in: bytes)
            _ = reader.signed(in: bytes)
            let cycle = reader.unsigned(in: bytes)
            guard cycle <= 255 else { return false }
            for _ in 0..<cycle where !reader.hasFailed { _ = reader.signed(in: bytes) }
        case 2: break
        default: return false
        }
        return !reader.hasFailed
    }
}
