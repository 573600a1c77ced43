// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Glibc
import Picture

/// One way in which a camera can give pictures.
struct CameraMode: Hashable, Sendable {
    enum Encoding: Hashable, Sendable {
        case raw(PixelLayout)
        case jpeg
    }

    var encoding: Encoding
    var size: PictureSize
    /// Pictures a second; 0 when the camera does not say.
    var rate: Int
    /// Whether libv4l makes it out of something that we cannot read, which costs time.
    var isEmulated = false

    /// The one that is nearest to `wish`.
    static func best(of modes: [CameraMode], for wish: CaptureFormat) -> CameraMode? {
        modes.min { $0.cost(wish) < $1.cost(wish) }
    }

    /// How far it is from `wish`, in halvings: too small and too slow are as bad as each other, too large costs time
    /// only, other proportions lose a margin.
    private func cost(_ wish: CaptureFormat) -> Double {
        let (width, height) = (Double(max(1, size.width)), Double(max(1, size.height)))
        let (wishedWidth, wishedHeight) = (Double(max(1, wish.size.width)), Double(max(1, wish.size.height)))
        let larger = log2(min(width / wishedWidth, height / wishedHeight))
        var cost = larger < 0 ? -larger : larger / 2
        cost += abs(log2(width / height * wishedHeight / wishedWidth)) / 4
        if rate > 0, rate < wish.rate { cost += log2(Double(wish.rate) / Double(rate)) }
        // Between equals: nothing to decode first, then what the camera itself gives.
        if encoding == .jpeg { cost += 0.01 }
        if isEmulated { cost += 0.02 }
        return cost
    }
}
