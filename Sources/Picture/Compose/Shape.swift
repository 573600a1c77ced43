// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// What is drawn beside pictures and text, in any size, with smooth edges. Sizes are in pixels.
enum Shape: Hashable {
    case disc(diameter: Int)
    /// What a disc leaves of its square.
    case outsideOfDisc(diameter: Int)
    case ring(diameter: Int, thickness: Int)
    case sign(TileSign, size: Int)

    var mask: OpacityMask {
        switch self {
        case .disc(let diameter): Self.mask(diameter) { Self.disc($0, diameter) }
        case .outsideOfDisc(let diameter): Self.mask(diameter) { -Self.disc($0, diameter) }
        case .ring(let diameter, let thickness):
            Self.mask(diameter) { max(Self.disc($0, diameter), -Self.disc($0, diameter) - Double(thickness)) }
        case .sign(let sign, let size):
            Self.mask(size) { sign.distance($0.scaled(by: 1 / Double(max(1, size)))) * Double(size) }
        }
    }

    /// - Parameter distance: of a point from the shape's edge in pixels, negative inside.
    private static func mask(_ size: Int, _ distance: (Point) -> Double) -> OpacityMask {
        guard size > 0 else { return .empty }
        var alpha: [UInt8] = []
        alpha.reserveCapacity(size * size)
        for row in 0..<size {
            for column in 0..<size {
                let ink = 0.5 - distance(Point(x: Double(column) + 0.5, y: Double(row) + 0.5))
                alpha.append(UInt8(min(1, max(0, ink)) * 255))
            }
        }
        return OpacityMask(width: size, height: size, alpha: alpha)
    }

    private static func disc(_ point: Point, _ diameter: Int) -> Double {
        let radius = Double(diameter) / 2
        return point.distance(to: Point(x: radius, y: radius)) - radius
    }
}

/// What is to be known about a participant besides the picture.
package enum TileSign: Hashable, Sendable {
    /// A microphone, crossed out.
    case muted
    /// Two bars, as on any player.
    case held
    /// A screen on its foot.
    case screen

    /// Of a point in the sign's unit square from its edge, negative inside.
    fileprivate func distance(_ point: Point) -> Double {
        switch self {
        case .muted:
            let ring = abs(point.distance(to: Point(x: 0.5, y: 0.4)) - 0.28) - 0.04
            let microphone = min(
                point.distance(from: Point(x: 0.5, y: 0.22), to: Point(x: 0.5, y: 0.42)) - 0.15,
                max(ring, 0.4 - point.y),
                point.distance(from: Point(x: 0.5, y: 0.68), to: Point(x: 0.5, y: 0.86)) - 0.04,
                point.distance(from: Point(x: 0.34, y: 0.9), to: Point(x: 0.66, y: 0.9)) - 0.04)
            let stroke = point.distance(from: Point(x: 0.14, y: 0.1), to: Point(x: 0.86, y: 0.9))
            return min(max(microphone, 0.13 - stroke), stroke - 0.05)
        case .held:
            return min(
                point.distance(from: Point(x: 0.34, y: 0.24), to: Point(x: 0.34, y: 0.76)) - 0.1,
                point.distance(from: Point(x: 0.66, y: 0.24), to: Point(x: 0.66, y: 0.76)) - 0.1)
        case .screen:
            let inner = Point(x: max(0, abs(point.x - 0.5) - 0.4), y: max(0, abs(point.y - 0.42) - 0.26))
            let inset = max(abs(point.x - 0.5) - 0.4, abs(point.y - 0.42) - 0.26)
            let frame = abs(hypot(inner.x, inner.y) + min(0, inset)) - 0.05
            return min(
                frame, point.distance(from: Point(x: 0.5, y: 0.7), to: Point(x: 0.5, y: 0.86)) - 0.06,
                point.distance(from: Point(x: 0.28, y: 0.9), to: Point(x: 0.72, y: 0.9)) - 0.05)
        }
    }
}

private struct Point {
    var x: Double
    var y: Double

    func scaled(by factor: Double) -> Point { Point(x: x * factor, y: y * factor) }

    func distance(to other: Point) -> Double { hypot(x - other.x, y - other.y) }

    /// From the nearest point of a line.
    func distance(from start: Point, to end: Point) -> Double {
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let along = ((x - start.x) * dx + (y - start.y) * dy) / (dx * dx + dy * dy)
        let share = min(1, max(0, along))
        return distance(to: Point(x: start.x + dx * share, y: start.y + dy * share))
    }
}
