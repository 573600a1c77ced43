// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture

/// What a recording's file says of itself before its first cluster.
struct MatroskaDescription {
    /// For people.
    var title: String
    /// Whose sound it is, for people; nil: everybody's.
    var member: String?
    /// Of the VP8 track; nil: there is none.
    var picture: PictureSize?

    /// All that stands before the first cluster, and the places in it of what is known only when the recording ends.
    struct Head {
        var bytes: [UInt8]
        /// Of the segment's content, from which positions in the file are counted.
        var segment: Int
        /// Of `MatroskaCues/seekHead(to:)`; what stands there first is as long.
        var seekHead: Int
        /// Of a double, ms.
        var duration: Int
    }

    var head: Head {
        let ebml = EBML.element(
            0x1A45_DFA3,
            EBML.unsigned(0x4286, 1) + EBML.unsigned(0x42F7, 1) + EBML.unsigned(0x42F2, 4) + EBML.unsigned(0x42F3, 8)
                + EBML.text(0x4282, "matroska") + EBML.unsigned(0x4287, 4) + EBML.unsigned(0x4285, 2))
        // Of unknown size: to the end of the file.
        let segment: [UInt8] = [0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        let start = ebml + segment
        let void = EBML.element(0xEC, [UInt8](repeating: 0, count: MatroskaCues.seekHeadSize - 2))
        let before =
            EBML.unsigned(0x2AD7B1, 1_000_000) + EBML.text(0x7BA9, title)
            + EBML.text(0x4D80, "Confab") + EBML.text(0x5741, "Confab")
        let info = EBML.element(0x1549_A966, before + EBML.element(0x4489, EBML.double(0)))
        let head = start + void + info
        return Head(
            bytes: head + EBML.element(0x1654_AE6B, sound + pictures), segment: start.count, seekHead: start.count,
            duration: head.count - 8)
    }

    private var sound: [UInt8] {
        let audio = EBML.element(0xE1, EBML.element(0xB5, [0x47, 0x3B, 0x80, 0x00]) + EBML.unsigned(0x9F, 1))
        // RFC 7845 §5.1: version, channels, pre-skip 312, 48000 Hz, gain 0, mapping family 0.
        let opus = Array("OpusHead".utf8) + [1, 1, 0x38, 0x01, 0x80, 0xBB, 0, 0, 0, 0, 0]
        return EBML.element(
            0xAE,
            Self.track(.sound, type: 2) + (member.map { EBML.text(0x536E, $0) } ?? []) + EBML.text(0x86, "A_OPUS")
                + EBML.element(0x63A2, opus) + EBML.unsigned(0x56AA, 6_500_000) + EBML.unsigned(0x56BB, 80_000_000)
                + EBML.unsigned(0x23E383, 20_000_000) + audio)
    }

    private var pictures: [UInt8] {
        guard let picture else { return [] }
        let video =
            EBML.unsigned(0xB0, UInt64(picture.width)) + EBML.unsigned(0xBA, UInt64(picture.height))
            + EBML.unsigned(0x9A, 2)
        return EBML.element(
            0xAE, Self.track(.picture, type: 1) + EBML.text(0x86, "V_VP8") + EBML.element(0xE0, video))
    }

    private static func track(_ track: MatroskaFile.Track, type: UInt64) -> [UInt8] {
        let number = UInt64(track.rawValue)
        return EBML.unsigned(0xD7, number) + EBML.unsigned(0x73C5, number) + EBML.unsigned(0x83, type)
            + EBML.unsigned(0x9C, 0)
    }
}
