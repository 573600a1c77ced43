// SPDX-License-Identifier: GPL-3.0-or-later

package import Audio
import RTP

/// What came in over one RTP stream, laid out by RTP timestamps: sample n was said n samples after the first.
///
/// Where packets are missing there are zeros and a gap is noted; a stream that pauses (DTX) gives a gap without loss.
package struct Recording: Sendable {
    /// A stretch for which no packet came.
    package struct Gap: Hashable, Sendable {
        /// Index of the first sample that is missing.
        package let position: Int
        /// How many are.
        package let samples: Int
        /// Sequence numbers skipped: 0 for a pause of the sender.
        package let lostPackets: Int
    }

    package let codec: AudioCodec
    package let sampleRate: Int
    package private(set) var samples: [Int16] = []
    package private(set) var gaps: [Gap] = []
    /// Packets whose audio is in `samples`.
    package private(set) var packets = 0
    /// Packets that came too late for their place, or twice.
    package private(set) var latePackets = 0
    /// Times the sender's clock jumped by more than ten seconds, or back.
    package private(set) var jumps = 0
    private var base: UInt32?
    private var sequence: UInt16 = 0
    /// The stream that is recorded; another one is put behind it.
    package private(set) var ssrc: UInt32?

    package init(_ codec: AudioCodec) {
        self.codec = codec
        sampleRate = codec.sampleRate
    }

    /// Milliseconds recorded.
    package var milliseconds: Int { samples.count * 1000 / sampleRate }

    /// Puts a decoded packet in its place.
    mutating func insert(_ header: RTPHeader, _ decoded: [Int16]) {
        if ssrc != header.ssrc {
            ssrc = header.ssrc
            let here = samples.count * (codec.rtpClockRate / 1000) / (sampleRate / 1000)
            base = header.timestamp &- UInt32(truncatingIfNeeded: here)
            sequence = header.sequenceNumber
            return append(decoded)
        }
        guard let base else { return }
        let skipped = Int(Int16(bitPattern: header.sequenceNumber &- sequence)) - 1
        guard skipped >= 0 else {
            latePackets += 1
            return
        }
        sequence = header.sequenceNumber
        let ticks = Int(Int32(bitPattern: header.timestamp &- base))
        let position = ticks * (sampleRate / 1000) / (codec.rtpClockRate / 1000)
        let missing = position - samples.count
        if missing < 0 || missing > 10 * sampleRate {
            jumps += 1
            let here = samples.count * (codec.rtpClockRate / 1000) / (sampleRate / 1000)
            self.base = header.timestamp &- UInt32(truncatingIfNeeded: here)
        } else if missing > 0 {
            gaps.append(Gap(position: samples.count, samples: missing, lostPackets: skipped))
            samples.append(contentsOf: repeatElement(0, count: missing))
        }
        append(decoded)
    }

    private mutating func append(_ decoded: [Int16]) {
        samples.append(contentsOf: decoded)
        packets += 1
    }

    /// What was recorded from sample `start` on, or the last of it.
    package func heard(from start: Int) -> Heard {
        let first = min(max(0, start), samples.count)
        var heard = Heard(
            samples: Array(samples[first...]), sampleRate: sampleRate,
            lostPackets: gaps.filter { $0.position >= first }.reduce(0) { $0 + $1.lostPackets })
        heard.gaps = gaps.map { $0.position - first..<$0.position + $0.samples - first }.filter { $0.upperBound > 0 }
        return heard
    }
}

/// A stretch of a recording.
package struct Heard: Sendable {
    package let samples: [Int16]
    package let sampleRate: Int
    package let lostPackets: Int
    /// Times in which the machine let the members of this process send nothing: where each ended, ms from the beginning, and how long it was.
    package var pauses: [(end: Int, milliseconds: Int)] = []
    /// Samples for which no packet came; the first of such stretches may have begun before it.
    package var gaps: [Range<Int>] = []

    /// Milliseconds; 0 where the machine kept up.
    package var longestPause: Int { pauses.map { $0.milliseconds }.max() ?? 0 }

    package var milliseconds: Int { samples.count * 1000 / sampleRate }

    /// Level that a tone has for most of the time, dBFS; -120 for nothing.
    ///
    /// A receiver that corrects its delay bends the pitch by up to one percent: the tone is looked for there too, in stretches of
    /// 50 ms.
    package func level(of frequency: Double) -> Double {
        let count = sampleRate / 20
        let detector = ToneDetector(sampleRate: sampleRate)
        let levels = stride(from: 0, through: samples.count - count, by: count).map { start in
            [0.99, 0.995, 1, 1.005].map { detector.level(of: frequency * $0, in: samples[start..<(start + count)]) }
                .max()
                ?? -120
        }
        return levels.isEmpty ? -120 : levels.sorted()[levels.count / 2]
    }

    /// The highest level that a tone has in any stretch of `window` ms, dBFS: finds also a short burst.
    ///
    /// But for those in which sound is cut off, unless there are no others: what ends from one sample to the next has a
    /// bit of every tone.
    package func peak(of frequency: Double, window: Int = 50) -> Double {
        let count = sampleRate * window / 1000
        let all = levels(of: frequency, window: window)
        let whole = all.indices.filter { index in
            let inside = index * count + 1..<(index + 1) * count
            return !gaps.contains { inside.contains($0.lowerBound) || inside.contains($0.upperBound) }
        }
        return (whole.isEmpty ? all : whole.map { all[$0] }).max() ?? -120
    }

    /// The longest time, ms, for which a tone that is there most of the time falls by 12 dB or more; 0 where it never does.
    ///
    /// A break beside a time in which the members themselves could not send, and no longer, is of the machine's making: it counts as none.
    package func longestBreak(in frequency: Double, window: Int = 10) -> Int {
        let levels = levels(of: frequency, window: window)
        guard !levels.isEmpty else { return milliseconds }
        let usual = levels.sorted()[levels.count / 2]
        guard usual > -60 else { return milliseconds }
        var breaks: [(start: Int, milliseconds: Int)] = []
        var current = 0
        for (index, level) in (levels + [usual]).enumerated() {
            if level < usual - 12 {
                current += window
            } else if current > 0 {
                breaks.append((index * window - current, current))
                current = 0
            }
        }
        let ours = breaks.filter { silence in
            !pauses.contains { pause in
                silence.milliseconds <= pause.milliseconds + 10
                    && (pause.end - 200...pause.end + pause.milliseconds + 200).contains(silence.start)
            }
        }
        return ours.map { $0.milliseconds }.max() ?? 0
    }

    private func levels(of frequency: Double, window: Int) -> [Double] {
        let count = sampleRate * window / 1000
        let detector = ToneDetector(sampleRate: sampleRate)
        return stride(from: 0, through: samples.count - count, by: count).map { start in
            detector.level(of: frequency, in: samples[start..<(start + count)])
        }
    }
}
