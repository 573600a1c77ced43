// SPDX-License-Identifier: GPL-3.0-or-later

/// Finds how long sound takes from loudspeaker to microphone by comparing the loudness of both, 5 ms at a time.
///
/// The adaptive filter behind it forgives 200 ms, so the answer is coarse on purpose and changes seldom: each change
/// costs the filter what it learned.
struct EchoDelay {
    /// Longest delay looked for, ms.
    static let longest = 500

    private static let step = 5
    private static let window = 600
    private static let lags = longest / step + 1
    private static let blocksPerLook = 100

    /// Milliseconds, a multiple of 20, by which the reference is held back.
    private(set) var shift = 0

    private let block: Int
    private var captured: [Float]
    private var played: [Float]
    private var blocks = 0
    private var candidate: Int?

    init(sampleRate: Int) {
        block = sampleRate * Self.step / 1000
        captured = Array(repeating: 0, count: Self.window)
        played = Array(repeating: 0, count: Self.window)
    }

    /// Takes one 20 ms frame of each direction.
    /// - Returns: whether `shift` changed.
    mutating func observe(captured near: Span<Int16>, played far: Span<Int16>) -> Bool {
        for start in stride(from: 0, to: near.count - block + 1, by: block) {
            captured[blocks % Self.window] = Self.loudness(near, start, block)
            played[blocks % Self.window] = Self.loudness(far, start, block)
            blocks += 1
        }
        guard blocks >= Self.window / 2, blocks % Self.blocksPerLook < near.count / block else { return false }
        return look()
    }

    /// Compares the last three seconds. Two looks must agree before anything is changed.
    private mutating func look() -> Bool {
        guard let lag = bestLag() else {
            candidate = nil
            return false
        }
        defer { candidate = lag }
        guard let before = candidate, abs(before - lag) <= 2 * Self.step else { return false }
        // Well inside the filter: leave it to the filter.
        if (10...120).contains(lag - shift) { return false }
        let better = max(0, (lag - 40) / 20 * 20)
        guard better != shift else { return false }
        shift = better
        return true
    }

    /// The lag in ms at which the two loudnesses agree best, if they agree at all.
    private func bestLag() -> Int? {
        let length = min(blocks, Self.window) - Self.lags
        guard length >= Self.lags else { return nil }
        var best = (lag: 0, score: Float(0))
        for lag in 0..<Self.lags {
            let score = correlation(lag: lag, length: length)
            if score > best.score { best = (lag, score) }
        }
        return best.score > 0.4 ? best.lag * Self.step : nil
    }

    /// How well the newest `length` blocks of the microphone go with what was played `lag` blocks before them: -1 to 1.
    private func correlation(lag: Int, length: Int) -> Float {
        var (sumNear, sumFar, squareNear, squareFar, product) = (Float(0), Float(0), Float(0), Float(0), Float(0))
        for age in 0..<length {
            let near = captured[(blocks - 1 - age) % Self.window]
            let far = played[(blocks - 1 - age - lag) % Self.window]
            sumNear += near
            sumFar += far
            squareNear += near * near
            squareFar += far * far
            product += near * far
        }
        let count = Float(length)
        let spread = (squareNear - sumNear * sumNear / count) * (squareFar - sumFar * sumFar / count)
        return spread > 0 ? (product - sumNear * sumFar / count) / spread.squareRoot() : 0
    }

    /// Square root of the mean magnitude: loud parts count, but not alone.
    private static func loudness(_ samples: Span<Int16>, _ start: Int, _ count: Int) -> Float {
        var sum: Int32 = 0
        for index in start..<(start + count) { sum += Int32(samples[index].magnitude) }
        return (Float(sum) / Float(count)).squareRoot()
    }
}
