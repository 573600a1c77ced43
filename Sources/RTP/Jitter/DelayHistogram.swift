// SPDX-License-Identifier: GPL-3.0-or-later

/// The delays of the last 256 packets, for their percentile and minimum at O(1) a packet.
///
/// A delay is arrival time less media time, so only differences mean anything. Half a millisecond a bin: finer than a
/// network is steady, coarse enough to leave a little room for the scheduler of both ends.
@safe struct DelayHistogram: ~Copyable {
    static let window = 256
    private static let bins = 1024
    private static let binWidth: Int64 = 500_000

    // Pointers, because an inline array is copied whole wherever the struct is read. Indices are clamped or wrapped.
    private let delays: UnsafeMutableBufferPointer<Int64>
    private let counts: UnsafeMutableBufferPointer<UInt16>
    private var base: Int64 = 0
    private var head = 0
    private(set) var count = 0
    private var lowest = 0
    private var quantile = 0
    private var above = 0

    init() {
        unsafe delays = .allocate(capacity: Self.window)
        unsafe delays.initialize(repeating: 0)
        unsafe counts = .allocate(capacity: Self.bins)
        unsafe counts.initialize(repeating: 0)
    }

    deinit {
        unsafe delays.deallocate()
        unsafe counts.deallocate()
    }

    /// Nanoseconds that all but 2% of the delays stay below (rounded up to the bin); nil before the first.
    var percentile: Int64? {
        count == 0 ? nil : base &+ Int64(quantile + 1) &* Self.binWidth
    }

    /// Nanoseconds of the smallest delay (rounded down to the bin); nil before the first.
    var minimum: Int64? {
        count == 0 ? nil : base &+ Int64(lowest) &* Self.binWidth
    }

    mutating func reset() {
        unsafe counts.update(repeating: 0)
        (head, count, lowest, quantile, above) = (0, 0, 0, 0, 0)
    }

    mutating func insert(_ delay: Int64) {
        if count == 0 {
            base = delay &- 64 &* Self.binWidth
            lowest = bin(delay)
            quantile = lowest
        }
        if delay < base {
            rebase(to: delay &- 64 &* Self.binWidth)
        } else if delay >= base &+ Int64(Self.bins) &* Self.binWidth, lowest > 256 {
            rebase(to: base &+ Int64(lowest - 64) &* Self.binWidth)
        }
        if count == Self.window {
            unsafe remove(delays[head])
        } else {
            count += 1
        }
        unsafe delays[head] = delay
        head = (head + 1) % Self.window
        add(delay)
        settle()
    }

    private func bin(_ delay: Int64) -> Int {
        Int(min(max((delay &- base) / Self.binWidth, 0), Int64(Self.bins - 1)))
    }

    private mutating func add(_ delay: Int64) {
        let bin = bin(delay)
        unsafe counts[bin] += 1
        if bin > quantile { above += 1 }
        lowest = min(lowest, bin)
    }

    private mutating func remove(_ delay: Int64) {
        let bin = bin(delay)
        unsafe counts[bin] -= 1
        if bin > quantile { above -= 1 }
    }

    /// Moves the two markers to where the counts now put them.
    private mutating func settle() {
        while lowest < Self.bins - 1, unsafe counts[lowest] == 0 { lowest += 1 }
        let allowed = count / 50
        while quantile < Self.bins - 1, above > allowed {
            quantile += 1
            above -= unsafe Int(counts[quantile])
        }
        while quantile > lowest, unsafe above + Int(counts[quantile]) <= allowed {
            above += unsafe Int(counts[quantile])
            quantile -= 1
        }
    }

    private mutating func rebase(to newBase: Int64) {
        base = newBase
        unsafe counts.update(repeating: 0)
        (lowest, quantile, above) = (Self.bins - 1, Self.bins - 1, 0)
        // Fewer than a window of them: they lie at the ring's start, because a reset begins there.
        for index in 0..<count { unsafe add(delays[index]) }
        settle()
    }
}
