// SPDX-License-Identifier: GPL-3.0-or-later

extension PictureColor {
    /// A strong colour that is always the same for the same name.
    package init(of name: String) {
        // FNV-1a: Swift's own hash is another one in each process.
        let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let hue = Int((hash ^ hash >> 16) % 360)
        // Up and down again from 40 to 220, each channel a third of the way round from the others.
        func channel(_ offset: Int) -> UInt8 {
            let angle = (hue + offset) % 360
            let distance = min(angle, 360 - angle)
            return UInt8(clamping: 40 + max(0, min(60, 120 - distance)) * 180 / 60)
        }
        self.init(red: channel(0), green: channel(240), blue: channel(120))
    }
}
