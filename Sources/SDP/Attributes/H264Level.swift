// SPDX-License-Identifier: GPL-3.0-or-later

/// A level of H.264 with its limits (ITU-T H.264 table A-1).
package struct H264Level: Hashable, Sendable, Comparable {
    package static let level1b = H264Level(idc: 9)

    /// `level_idc`: ten times the number; 9 is level 1b, which lies between 1 and 1.1.
    package let idc: UInt8

    /// Takes the nearest level below where there is none of that number, level 1 below all.
    package init(idc: UInt8) {
        let known = Self.table.last { $0.idc <= idc && $0.idc != 9 }?.idc ?? 10
        self.idc = idc == 9 ? 9 : known
    }

    package static func < (left: H264Level, right: H264Level) -> Bool { left.rank < right.rank }

    /// Macroblocks of 16 × 16 a second.
    package var macroblocksPerSecond: Int { row.macroblocksPerSecond }
    /// Macroblocks of a picture.
    package var macroblocksPerPicture: Int { row.macroblocksPerPicture }
    /// Of the coded video in the baseline, main and extended profiles, bits a second.
    package var bitrate: Int { row.kilobits * 1_000 }

    private typealias Row = (idc: UInt8, macroblocksPerSecond: Int, macroblocksPerPicture: Int, kilobits: Int)

    /// In order of the levels.
    private static let table: [Row] = [
        (10, 1_485, 99, 64), (9, 1_485, 99, 128), (11, 3_000, 396, 192), (12, 6_000, 396, 384),
        (13, 11_880, 396, 768), (20, 11_880, 396, 2_000), (21, 19_800, 792, 4_000), (22, 20_250, 1_620, 4_000),
        (30, 40_500, 1_620, 10_000), (31, 108_000, 3_600, 14_000), (32, 216_000, 5_120, 20_000),
        (40, 245_760, 8_192, 20_000), (41, 245_760, 8_192, 50_000), (42, 522_240, 8_704, 50_000),
        (50, 589_824, 22_080, 135_000), (51, 983_040, 36_864, 240_000), (52, 2_073_600, 36_864, 240_000),
        (60, 4_177_920, 139_264, 240_000), (61, 8_355_840, 139_264, 480_000), (62, 16_711_680, 139_264, 800_000),
    ]

    private var rank: Int { Self.table.firstIndex { $0.idc == idc } ?? 0 }
    private var row: Row { Self.table[rank] }
}
