// SPDX-License-Identifier: GPL-3.0-or-later

/// The last stage before a tick: a queue of decoded samples, read at exactly the nominal rate, or through a resampler
/// while the sender's clock or the delay has to be corrected.
///
/// Without correction samples pass untouched, but as late as the resampler would give them: so it is switched in, warmed
/// on what was just played, without a step in the signal. It is switched out again only in silence.
@safe struct PlayoutStage: ~Copyable {
    var queue: SampleQueue
    private(set) var sampleRate: Int
    private(set) var latency = 0
    private(set) var isEngaged = false
    private var resampler: Resampler?
    private let scratch: UnsafeMutableBufferPointer<Int16>

    /// - Parameter largestRate: the highest sample rate it will be set to, Hz.
    init(sampleRate: Int, largestRate: Int) {
        // 120 ms, the longest Opus packet, on top of what waits.
        queue = SampleQueue(capacity: largestRate * 180 / 1000)
        self.sampleRate = sampleRate
        unsafe scratch = .allocate(capacity: 2 * SampleQueue.history)
        unsafe scratch.initialize(repeating: 0)
        prepare()
    }

    deinit { unsafe scratch.deallocate() }

    /// Samples a tick.
    var frameLength: Int { sampleRate / 50 }

    /// Samples that wait to be played.
    var pending: Int { max(0, isEngaged ? queue.count : queue.count - latency) }

    /// Begins a stream of another rate.
    mutating func change(sampleRate: Int) {
        guard sampleRate != self.sampleRate else { return }
        self.sampleRate = sampleRate
        prepare()
    }

    private mutating func prepare() {
        // The filter's length is delay for everybody: short, and just flat enough for what the rate carries.
        let quality = sampleRate > 16000 ? 3 : sampleRate > 8000 ? 2 : 1
        resampler = try? Resampler(from: sampleRate, to: sampleRate, quality: quality, adjustable: true)
        latency = resampler?.latency ?? 0
        isEngaged = false
        queue.reset(count: latency)
    }

    /// Samples that have to wait for the next `produce`.
    func needed(partsPerMillion: Int) -> Int {
        guard isEngaged else { return frameLength }
        let ratio = 1 + Double(partsPerMillion) * 1e-6
        return Int(0.999 + Double(frameLength - 1) * ratio) + 1
    }

    /// Switches the resampler in (not in a silent queue, which needs none) or, in silence, out.
    mutating func select(partsPerMillion: Int, isQuiet: Bool) {
        if isEngaged {
            guard queue.isSilent || (isQuiet && partsPerMillion == 0) else { return }
            isEngaged = false
            if queue.isSilent { queue.appendSilence(latency) } else { queue.consume(-latency) }
        } else if partsPerMillion != 0, !queue.isSilent, !isQuiet, let resampler, queue.count >= latency {
            resampler.reset()
            resampler.setDrift(partsPerMillion: 1)
            let warmth = unsafe queue.recent(and: latency)
            _ = unsafe resampler.process(warmth, into: scratch)
            queue.consume(latency)
            isEngaged = true
        }
    }

    /// Writes one tick of samples.
    mutating func produce(into output: UnsafeMutableBufferPointer<Int16>, partsPerMillion: Int) {
        guard !queue.isSilent else {
            unsafe output.update(repeating: 0)
            queue.consume(frameLength)
            return
        }
        var produced = 0
        if isEngaged, let resampler {
            // Never exactly 0: a ratio of 1:1 would forget the fraction of a sample that it stands at.
            resampler.setDrift(partsPerMillion: partsPerMillion == 0 ? 1 : partsPerMillion)
            let input = unsafe queue.waiting(needed(partsPerMillion: partsPerMillion) + 1)
            let result = unsafe resampler.process(input, into: output)
            queue.consume(result.consumed)
            produced = result.produced
        } else {
            let input = unsafe queue.waiting(frameLength)
            produced = min(input.count, output.count)
            _ = unsafe output.update(fromContentsOf: UnsafeBufferPointer(rebasing: input[..<produced]))
            queue.consume(produced)
        }
        let last = produced > 0 ? unsafe output[produced - 1] : 0
        for index in produced..<output.count { unsafe output[index] = last }
    }
}
