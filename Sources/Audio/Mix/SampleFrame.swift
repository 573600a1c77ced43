// SPDX-License-Identifier: GPL-3.0-or-later

/// A run of 16-bit samples in memory allocated once.
///
/// All pointer arithmetic of the mixer is in here and in ``SumFrame``; every operation stays within the capacity.
@safe final class SampleFrame {
    private let storage: UnsafeMutableBufferPointer<Int16>
    private(set) var count = 0

    init(capacity: Int) {
        unsafe storage = .allocate(capacity: capacity)
        unsafe storage.initialize(repeating: 0)
    }

    deinit { unsafe storage.deallocate() }

    var capacity: Int { unsafe storage.count }

    /// Valid until the next change of this frame.
    var samples: UnsafeBufferPointer<Int16> { unsafe UnsafeBufferPointer(rebasing: storage[..<count]) }

    var last: Int16 { count > 0 ? unsafe storage[count - 1] : 0 }

    /// The largest magnitude; 32767 for -32768 as well.
    var peak: Int16 {
        var highest: Int16 = 0
        for index in 0..<count {
            let value = unsafe storage[index]
            highest = max(highest, max(value, ~value))
        }
        return highest
    }

    /// Makes the frame `count` zeros.
    func silence(count: Int) {
        resize(to: count)
        unsafe storage[..<count].update(repeating: 0)
    }

    /// Takes a copy of `source`, its gain going linearly from `start` to `end`; both 1 copies exactly.
    func load(_ source: UnsafeBufferPointer<Int16>, gain start: Float, to end: Float) {
        resize(to: source.count)
        if start == 1, end == 1 {
            _ = unsafe storage.update(fromContentsOf: source)
            return
        }
        let step = count > 1 ? (end - start) / Float(count - 1) : 0
        for index in 0..<count {
            let value = Float(unsafe source[index]) * (start + step * Float(index))
            unsafe storage[index] = Int16(clamping: nearest(value))
        }
    }

    func load(_ other: SampleFrame) {
        resize(to: other.count)
        _ = unsafe storage.update(fromContentsOf: other.samples)
    }

    /// Lets the first `length` samples rise from zero.
    func fadeIn(over length: Int) {
        let length = min(length, count)
        let step = 1 / Float(length + 1)
        for index in 0..<length {
            unsafe storage[index] = Int16((Float(storage[index]) * step * Float(index + 1)).rounded())
        }
    }

    /// Lets the first `length` samples fall to zero and silences the rest.
    func fadeOut(over length: Int) {
        let length = min(length, count)
        let step = 1 / Float(length + 1)
        for index in 0..<length {
            unsafe storage[index] = Int16((Float(storage[index]) * (1 - step * Float(index + 1))).rounded())
        }
        unsafe storage[length..<count].update(repeating: 0)
    }

    /// Becomes `count` samples that lead from `last` to zero within `length`: the end of a stream that was cut.
    func decay(from last: Int16, over length: Int, count: Int) {
        silence(count: count)
        guard last != 0 else { return }
        let step = 1 / Float(length + 1)
        for index in 0..<min(length, count) {
            unsafe storage[index] = Int16((Float(last) * (1 - step * Float(index + 1))).rounded())
        }
    }

    /// Goes over from `old`, which has as many samples, to what stands here.
    func crossfade(from old: SampleFrame) {
        precondition(old.count == count, "crossfade of \(old.count) into \(count) samples")
        let step = 1 / Float(count + 1)
        for index in 0..<count {
            let weight = step * Float(index + 1)
            let value = unsafe Float(old.storage[index]) * (1 - weight) + Float(storage[index]) * weight
            unsafe storage[index] = Int16(clamping: nearest(value))
        }
    }

    /// Adds the samples of `other` behind its own.
    func append(_ other: SampleFrame) {
        let end = count
        resize(to: end + other.count)
        _ = unsafe storage[end...].update(fromContentsOf: other.samples)
    }

    func appendSilence(count added: Int) {
        let end = count
        resize(to: end + added)
        unsafe storage[end..<count].update(repeating: 0)
    }

    /// The first `length` samples.
    func prefix(_ length: Int) -> UnsafeBufferPointer<Int16> {
        precondition(length <= count, "prefix of \(length) of \(count) samples")
        return unsafe UnsafeBufferPointer(rebasing: storage[..<length])
    }

    func removeFirst(_ length: Int) {
        precondition(length <= count, "removal of \(length) of \(count) samples")
        count -= length
        guard count > 0, let base = unsafe storage.baseAddress else { return }
        unsafe base.update(from: base + length, count: count)
    }

    func removeAll() { count = 0 }

    /// Becomes `source` at another rate: `count` samples, which the ratio of the rates gives without a remainder.
    func resample(_ source: SampleFrame, by resampler: Resampler, count: Int) {
        resize(to: count)
        let written = unsafe resampler.process(source.samples, into: .init(rebasing: storage[..<count]))
        if written.produced < count { unsafe storage[written.produced..<count].update(repeating: 0) }
    }

    fileprivate func resize(to count: Int) {
        precondition(count <= capacity, "\(count) samples into a frame of \(capacity)")
        self.count = count
    }

    /// Writes what `gain` makes of `sum`, going from `start` to `end` over `range`.
    fileprivate func write(_ sum: UnsafeBufferPointer<Int32>, range: Range<Int>, gain start: Float, to end: Float) {
        let step = (end - start) / Float(max(1, range.count))
        for index in range {
            let value = Float(unsafe sum[index]) * (start + step * Float(index - range.lowerBound))
            unsafe storage[index] = Int16(truncatingIfNeeded: nearest(max(-32768, min(32767, value))))
        }
    }

    fileprivate func write(_ sum: UnsafeBufferPointer<Int32>) {
        for index in 0..<count { unsafe storage[index] = Int16(truncatingIfNeeded: sum[index]) }
    }
}

/// A run of 32-bit sums of samples.
@safe final class SumFrame {
    private let storage: UnsafeMutableBufferPointer<Int32>
    private(set) var count = 0

    init(capacity: Int) {
        unsafe storage = .allocate(capacity: capacity)
        unsafe storage.initialize(repeating: 0)
    }

    deinit { unsafe storage.deallocate() }

    private var capacity: Int { unsafe storage.count }

    private var sums: UnsafeBufferPointer<Int32> { unsafe UnsafeBufferPointer(rebasing: storage[..<count]) }

    func clear(count: Int) {
        precondition(count <= capacity, "\(count) sums into a frame of \(capacity)")
        self.count = count
        unsafe storage[..<count].update(repeating: 0)
    }

    func load(_ other: SumFrame) {
        clear(count: other.count)
        _ = unsafe storage.update(fromContentsOf: other.sums)
    }

    func add(_ frame: SampleFrame) {
        let samples = unsafe frame.samples
        let length = min(count, samples.count)
        for index in 0..<length { unsafe storage[index] &+= Int32(samples[index]) }
    }

    func subtract(_ frame: SampleFrame) {
        let samples = unsafe frame.samples
        let length = min(count, samples.count)
        for index in 0..<length { unsafe storage[index] &-= Int32(samples[index]) }
    }

    /// Makes all of it louder or softer.
    func scale(by gain: Float) {
        for index in 0..<count { unsafe storage[index] = nearest(Float(storage[index]) * gain) }
    }

    /// Adds samples whose gain goes linearly from `start` to `end`.
    func add(_ samples: UnsafeBufferPointer<Int16>, gain start: Float, to end: Float) {
        let length = min(count, samples.count)
        let step = (end - start) / Float(max(1, length))
        for index in 0..<length {
            let gain = start + step * Float(index)
            unsafe storage[index] &+= nearest(Float(samples[index]) * gain)
        }
    }

    /// The largest magnitude in `range`, as a value that must be at most 32767 to fit 16 bits.
    func peak(in range: Range<Int>) -> Int32 {
        precondition(range.upperBound <= count, "peak of sums up to \(range.upperBound) of \(count)")
        var highest: Int32 = 0
        for index in range {
            let value = unsafe storage[index]
            highest = max(highest, max(value, ~value))
        }
        return highest
    }

    /// Writes the sums as they are; they must fit 16 bits.
    func copy(to frame: SampleFrame) {
        frame.resize(to: count)
        unsafe frame.write(sums)
    }

    /// Writes the sums of `range` times a gain that goes from `start` to `end`, clipped to 16 bits.
    func scale(_ range: Range<Int>, gain start: Float, to end: Float, into frame: SampleFrame) {
        frame.resize(to: count)
        precondition(range.upperBound <= count, "scaling of sums up to \(range.upperBound) of \(count)")
        unsafe frame.write(sums, range: range, gain: start, to: end)
    }
}

/// The nearest integer. `rounded()` is a call into the C library on a plain x86-64 and would be most of a loop's cost.
@inline(__always)
private func nearest(_ value: Float) -> Int32 { Int32(value + (value < 0 ? -0.5 : 0.5)) }
