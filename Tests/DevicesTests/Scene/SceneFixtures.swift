// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture

@testable import Devices

/// A meeting whose members each have a colour of their own.
enum Meeting {
    static func color(_ member: Int) -> PictureColor {
        PictureColor(
            red: UInt8(40 + member * 53 % 200), green: UInt8(40 + member * 97 % 200),
            blue: UInt8(40 + member * 151 % 200))
    }

    static func solid(_ color: PictureColor, _ size: PictureSize = PictureSize(320, 180)) -> SharedPicture {
        let frame = PictureFrame(size)
        frame.fill(color)
        return SharedPicture(frame)
    }

    /// Oneself and `others`, all seen.
    static func tiles(others: Int) -> [SceneTile] {
        (0...others).map { member in
            SceneTile(
                id: UInt64(member), kind: member == 0 ? .me : .member, name: "Member \(member)",
                picture: solid(color(member)))
        }
    }

    static func screen(_ color: PictureColor) -> SceneTile {
        SceneTile(
            id: 1 << 32, kind: .screen, name: "Member 1", picture: solid(color, PictureSize(1280, 720)))
    }

    /// What neither label, sign nor border covers.
    static func middle(_ area: PictureArea) -> PictureArea {
        PictureArea(
            x: area.x + area.width / 4, y: area.y + area.height / 4, width: area.width / 2, height: area.height / 3)
    }
}
