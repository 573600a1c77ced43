// SPDX-License-Identifier: GPL-3.0-or-later
import Audio

/// Finds in what a listener heard the place of what a talker said, and so how long it took.
struct DelayProbe {
    /// Samples a second.
    private let rate: Int
    /// One loop of what the talker says.
    private let said: [Float]
    /// Sums of squares up to each sample, over two loops.
    private let energy: [Double]

    /// Correlation from which a packet counts as recognised.
    private static let recognised: Float = 0.8
    /// Longest delay looked for, s.
    private static let longest = 0.4

    /// - Parameter voice: whose payloads decode alone: G.711.
    init(_ voice: PayloadLoop) throws {
        rate = voice.codec.sampleRate
        let samples = try voice.payloads.flatMap { payload in try Self.decode(payload, voice.codec) }.map(Float.init)
        said = samples
        var sum = 0.0
        var sums = [0.0]
        for sample in samples + samples {
            sum += Double(sample) * Double(sample)
            sums.append(sum)
        }
        energy = sums
    }

    static func decode(_ payload: some Collection<UInt8>, _ codec: AudioCodec) throws -> [Int16] {
        let decoder = try AudioDecoder(codec)
        var frame = [Int16](repeating: 0, count: 5760)
        let bytes = Array(payload)
        let count = try unsafe bytes.withUnsafeBytes { input in
            try unsafe frame.withUnsafeMutableBufferPointer { output in try unsafe decoder.decode(input, into: output) }
        }
        return Array(frame[..<count])
    }

    /// The delay of one packet that was heard: from when its first sample was sent, in the time of a stream without
    /// jitter, to its arrival.
    ///
    /// - Parameters:
    ///   - began: when the talker's first sample was due, ns.
    ///   - arrival: ns.
    /// - Returns: ms; nil where the packet holds something else than what was said.
    func delay(of heard: [Int16], arrival: Int64, since began: Int64) -> Double? {
        let pattern = heard.map(Float.init)
        let power = pattern.reduce(0) { $0 + $1 * $1 }
        guard power > 0 else { return nil }
        let newest = Int(Double(arrival - began) * Double(rate) / 1e9)
        var best: (score: Float, position: Int) = (0, 0)
        for back in 0..<Int(Self.longest * Double(rate)) {
            let position = newest - back
            guard position >= 0 else { break }
            let start = position % said.count
            let score = correlation(pattern, at: start, power: power)
            if score > best.score { best = (score, position) }
        }
        guard best.score >= Self.recognised else { return nil }
        let sent = began + Int64(Double(best.position) * 1e9 / Double(rate))
        return Double(arrival - sent) / 1e6
    }

    private func correlation(_ pattern: [Float], at start: Int, power: Float) -> Float {
        var sum: Float = 0
        let count = pattern.count
        if start + count <= said.count {
            unsafe pattern.withUnsafeBufferPointer { left in
                unsafe said.withUnsafeBufferPointer { right in
                    for index in 0..<count { unsafe sum += left[index] * right[start + index] }
                }
            }
        } else {
            for index in 0..<count { sum += pattern[index] * said[(start + index) % said.count] }
        }
        let other = Float(energy[start + count] - energy[start])
        return other > 0 ? sum / (power * other).squareRoot() : 0
    }
}
