// SPDX-License-Identifier: GPL-3.0-or-later

/// Steers a resampler by how full the ring behind it is, so that two clocks meet in the mean.
///
/// A proportional controller over a slow mean: 20 ms too full is answered by 500 ppm, the most there is. Clocks 200 ppm
/// apart settle 8 ms from the target, and nobody hears the change of pitch.
struct DriftControl: Sendable {
    /// Most that is corrected, parts per million either way.
    static let limit = 500.0

    private let target: Double
    private let sampleRate: Double
    private var mean: Double

    /// - Parameter target: samples the ring should hold in the mean.
    init(target: Int, sampleRate: Int) {
        self.target = Double(target)
        self.sampleRate = Double(sampleRate)
        mean = Double(target)
    }

    /// Takes one look at the ring, about every 20 ms and always at the same point of the cycle.
    /// - Returns: by how many parts per million the input should be *shortened* (negative: lengthened).
    mutating func correction(fill: Int) -> Double {
        mean += (Double(fill) - mean) / 64
        let surplus = (mean - target) / sampleRate
        return min(Self.limit, max(-Self.limit, surplus * Self.limit / 0.02))
    }
}
