// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture
import TestSupport

/// A phone that shows what it sees and can be asked for it.
protocol Onlooker {
    var name: String { get }
    /// The next picture that comes.
    func screen(within patience: Duration) async throws -> PictureFrame
}

extension Onlooker {
    /// Waits until the middle of the picture that it shows is in `color`.
    func awaitScreen(_ color: PictureColor, within patience: Duration = .seconds(10)) async throws {
        var seen: PictureColor?
        let deadline = Condition.deadline(after: patience)
        while ContinuousClock.now < deadline {
            let picture = try await screen(within: patience)
            let middle = picture.meanColor(
                in: PictureArea(
                    x: picture.size.width * 3 / 8, y: picture.size.height * 3 / 8, width: picture.size.width / 4,
                    height: picture.size.height / 4))
            if middle.distance(to: color) < 24 { return }
            seen = middle
        }
        throw WrongPicture(phone: name, seen: seen, wanted: color)
    }

    /// Waits until a part of the picture that it shows is in each of `colors`: the grid.
    func awaitScreen(with colors: [PictureColor], within patience: Duration = .seconds(15)) async throws {
        var missing: [PictureColor] = []
        let deadline = Condition.deadline(after: patience)
        while ContinuousClock.now < deadline {
            let picture = try await screen(within: patience)
            missing = colors.filter { picture.share(of: $0) < 0.02 }
            if missing.isEmpty { return }
        }
        throw WrongPicture(phone: name, seen: nil, wanted: missing[0])
    }
}

extension PictureFrame {
    /// How much of the picture is in a colour, 0 to 1.
    func share(of color: PictureColor) -> Double {
        let side = 8
        var (blocks, hits) = (0, 0)
        for y in stride(from: 0, to: size.height - side, by: side) {
            for x in stride(from: 0, to: size.width - side, by: side) {
                blocks += 1
                let mean = meanColor(in: PictureArea(x: x, y: y, width: side, height: side))
                if mean.distance(to: color) < 24 { hits += 1 }
            }
        }
        return blocks == 0 ? 0 : Double(hits) / Double(blocks)
    }
}

/// A phone shows another picture than it should.
struct WrongPicture: Error, CustomStringConvertible {
    var phone: String
    var seen: PictureColor?
    var wanted: PictureColor

    var description: String { "\(phone) shows \(seen.map { "\($0)" } ?? "nothing"), not \(wanted)" }
}
