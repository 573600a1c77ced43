// SPDX-License-Identifier: GPL-3.0-or-later

/// Brings 32-bit sums into 16 bits without ever wrapping and without distorting what would have fitted.
///
/// A frame is known whole before any of it leaves, so the gain falls before the peak and not after it. It rises
/// again at 1 a second: slow enough not to pump. At gain 1 and with no peak over full scale the copy is exact.
struct Limiter {
    private(set) var gain: Float = 1

    /// Gain steps a frame: 2.5 ms each for frames of 20 ms.
    private static let steps = 8
    private static let release: Float = 0.0025

    /// - Returns: samples whose gain was not 1.
    mutating func process(_ sum: SumFrame, into frame: SampleFrame) -> Int {
        let count = sum.count
        if gain == 1, sum.peak(in: 0..<count) <= 32767 {
            sum.copy(to: frame)
            return 0
        }
        let length = count / Self.steps
        var needed = requiredGain(sum, 0..<length)
        if gain > needed {
            // The peak lies in the first step: the fall of the gain is squeezed into its first eighth.
            let attack = max(1, length / 8)
            sum.scale(0..<attack, gain: gain, to: needed, into: frame)
            sum.scale(attack..<length, gain: needed, to: needed, into: frame)
            gain = needed
        } else {
            let following = requiredGain(sum, length..<(2 * length))
            let end = min(needed, following, gain + Self.release)
            sum.scale(0..<length, gain: gain, to: end, into: frame)
            gain = end
        }
        for step in 1..<Self.steps {
            let range = (step * length)..<(step + 1 == Self.steps ? count : (step + 1) * length)
            needed = requiredGain(sum, range)
            let following =
                step + 1 == Self.steps ? 1 : requiredGain(sum, ((step + 1) * length)..<min(count, (step + 2) * length))
            if gain > needed {
                // Only after the squeezed first step: the step before did not know of this one.
                let attack = range.lowerBound + max(1, length / 8)
                sum.scale(range.lowerBound..<attack, gain: gain, to: needed, into: frame)
                sum.scale(attack..<range.upperBound, gain: needed, to: needed, into: frame)
                gain = needed
                continue
            }
            let end = min(needed, following, gain + Self.release)
            sum.scale(range, gain: gain, to: end, into: frame)
            gain = end
        }
        return count
    }

    private func requiredGain(_ sum: SumFrame, _ range: Range<Int>) -> Float {
        let peak = sum.peak(in: range)
        // A hair under full scale, so that rounding in the product cannot reach 32768.
        return peak <= 32767 ? 1 : 32766 / Float(peak)
    }
}
