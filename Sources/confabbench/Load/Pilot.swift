// SPDX-License-Identifier: GPL-3.0-or-later
import TestSupport

/// The tones by which the first talkers are told apart.
enum Pilot {
    /// How many talkers have one.
    static let count = 12
    /// dBFS.
    static let level = -30.0

    /// Hz: a whole number of periods in a loop, and above most of what speech holds.
    static func frequency(_ talker: Int) -> Double { 1400 + 110 * Double(talker) }

    /// What became of a pilot on its way.
    struct Finding {
        /// dB above its neighbourhood, in the middle of all seconds.
        var prominence: Double
        /// dBFS, in the middle of all seconds.
        var level: Double
        /// The furthest that its pitch was off in any second in which it stands out, parts per million: how fast or slow the
        /// focus played the talker.
        var pitch: Int

        /// A pilot that is there stands 15 dB out of the speech around it and has hardly lost any level; where there is none, the
        /// highest of many places is 5 dB above the others by chance.
        var isHeard: Bool { prominence > 8 && level > Pilot.level - 14 }
    }

    /// Looks for a talker's pilot, also where it is played up to 1.2 % slow or fast.
    static func find(_ talker: Int, in samples: [Int16], rate: Int) -> Finding {
        let detector = ToneDetector(sampleRate: rate)
        let frequency = frequency(talker)
        let reach = Int(frequency * 0.012)
        var prominences: [Double] = []
        var levels: [Double] = []
        var pitch = 0
        for start in stride(from: 0, through: samples.count - rate, by: rate) {
            let window = samples[start..<(start + rate)]
            var best = (level: -200.0, offset: 0)
            for offset in -reach...reach {
                let level = detector.level(of: frequency + Double(offset), in: window)
                if level > best.level { best = (level, offset) }
            }
            let around = [-52.0, -46, -40, 40, 46, 52].map { detector.level(of: frequency + $0, in: window) }
            let prominence = best.level - (around.max() ?? 0)
            prominences.append(prominence)
            levels.append(best.level)
            if prominence > 12 { pitch = max(pitch, abs(Int(Double(best.offset) / frequency * 1e6))) }
        }
        return Finding(
            prominence: prominences.quantile(0.5), level: levels.isEmpty ? -120 : levels.quantile(0.5), pitch: pitch)
    }
}
