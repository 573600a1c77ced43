// SPDX-License-Identifier: GPL-3.0-or-later

/// How much faster the sender's sampling clock runs than ours: the slope of the smallest delay of each second, over the
/// last minute. The smallest, because queues only ever add delay.
@safe struct DriftEstimator: ~Copyable {
    private static let window = 64
    private static let span: Int64 = 1_000_000_000
    /// Below this a slip takes a quarter of an hour to add up to a frame, and correcting costs more than the slip.
    private static let engageAbove = 20.0
    private static let releaseBelow = 10.0
    private static let minimumPoints = 8

    // Seconds and seconds; a pointer, because an inline array is copied whole wherever the struct is read.
    private let points: UnsafeMutableBufferPointer<(time: Double, delay: Double)>
    private var head = 0
    private var count = 0
    private var windowStart: Int64?
    private var smallest: (time: Int64, delay: Int64) = (0, 0)
    private var origin: (time: Int64, delay: Int64) = (0, 0)
    private var strays = 0

    /// The estimate in parts per million, sender faster positive; 0 while not significant.
    private(set) var partsPerMillion = 0.0
    /// The raw slope, significant or not.
    private(set) var estimate = 0.0

    init() {
        unsafe points = .allocate(capacity: Self.window)
        unsafe points.initialize(repeating: (0, 0))
    }

    deinit { unsafe points.deallocate() }

    mutating func reset() {
        (head, count, strays) = (0, 0, 0)
        windowStart = nil
        (partsPerMillion, estimate) = (0, 0)
    }

    /// - Parameters:
    ///   - delay: arrival less media time, nanoseconds.
    ///   - now: arrival, nanoseconds.
    mutating func insert(delay: Int64, now: Int64) {
        guard let start = windowStart else {
            windowStart = now
            smallest = (now, delay)
            return
        }
        if now &- start >= Self.span {
            close()
            windowStart = now
            smallest = (now, delay)
        } else if delay < smallest.delay {
            smallest = (now, delay)
        }
    }

    private mutating func close() {
        if count == 0 { origin = smallest }
        let point = (
            time: Double(smallest.time &- origin.time) * 1e-9, delay: Double(smallest.delay &- origin.delay) * 1e-9
        )
        if isStray(point) {
            strays += 1
            // A path change, not noise: the old points tell nothing about the new path's trend.
            if strays >= 3 {
                let known = (partsPerMillion, estimate)
                let (start, last) = (windowStart, smallest)
                reset()
                (partsPerMillion, estimate) = known
                (windowStart, smallest, origin) = (start, last, last)
                append((0, 0))
            }
            return
        }
        strays = 0
        append(point)
        fit()
    }

    private mutating func append(_ point: (time: Double, delay: Double)) {
        unsafe points[head] = point
        head = (head + 1) % Self.window
        count = min(count + 1, Self.window)
    }

    private func isStray(_ point: (time: Double, delay: Double)) -> Bool {
        guard count >= 8 else { return false }
        let newest = (head + Self.window - 1) % Self.window
        let last = unsafe points[newest]
        let predicted = last.delay - estimate * 1e-6 * (point.time - last.time)
        return abs(point.delay - predicted) > 0.015
    }

    private mutating func fit() {
        guard count >= Self.minimumPoints else { return }
        var (meanTime, meanDelay) = (0.0, 0.0)
        for index in 0..<count {
            unsafe meanTime += points[index].time
            unsafe meanDelay += points[index].delay
        }
        meanTime /= Double(count)
        meanDelay /= Double(count)
        var (timeSquares, products) = (0.0, 0.0)
        for index in 0..<count {
            let time = unsafe points[index].time - meanTime
            timeSquares += time * time
            products += unsafe time * (points[index].delay - meanDelay)
        }
        guard timeSquares > 0 else { return }
        let slope = products / timeSquares
        var residuals = 0.0
        for index in 0..<count {
            let point = unsafe points[index]
            let residual = point.delay - meanDelay - slope * (point.time - meanTime)
            residuals += residual * residual
        }
        let error = (residuals / Double(count - 2) / timeSquares).squareRoot() * 1e6
        estimate = min(max(slope * -1e6, -1000), 1000)
        let magnitude = abs(estimate)
        if partsPerMillion == 0 {
            if magnitude > Self.engageAbove, magnitude > 5 * error { partsPerMillion = estimate }
        } else {
            partsPerMillion = magnitude < Self.releaseBelow ? 0 : estimate
        }
    }
}
