// SPDX-License-Identifier: GPL-3.0-or-later

/// One sum at the room's rate and, resampled, at the lower rates that somebody hears.
final class MixLanes {
    /// The rates a mixer knows, in Hz.
    static let rates = [48000, 16000, 8000]

    let rate: Int
    let frame: SampleFrame
    private var lower: [(resampler: Resampler, frame: SampleFrame)?] = [nil, nil, nil]

    init(rate: Int) {
        self.rate = rate
        frame = SampleFrame(capacity: rate / 50)
        frame.silence(count: rate / 50)
    }

    /// Place of `rate` in ``rates``.
    static func index(of rate: Int) -> Int { rate == 48000 ? 0 : rate == 16000 ? 1 : 2 }

    func has(_ wanted: Int) -> Bool { wanted == rate || lower[Self.index(of: wanted)] != nil }

    /// Makes the lane at `wanted`, warm with the frame that is here. Allocates.
    func prepare(_ wanted: Int) throws(AudioCodecError) {
        guard wanted < rate, !has(wanted) else { return }
        let lane = SampleFrame(capacity: wanted / 50)
        lane.silence(count: wanted / 50)
        lower[Self.index(of: wanted)] = (try Resampler(from: rate, to: wanted), lane)
        resample(wanted)
    }

    /// Brings the frame to `wanted`, once each tick.
    func resample(_ wanted: Int) {
        guard wanted != rate, let lane = lower[Self.index(of: wanted)] else { return }
        lane.frame.resample(frame, by: lane.resampler, count: wanted / 50)
    }

    /// Goes on from where `other` is.
    func follow(_ other: MixLanes, at wanted: Int) {
        frame.load(other.frame)
        guard wanted != rate, let lane = lower[Self.index(of: wanted)] else { return }
        // The filters are shorter than a frame, so after this one they hold what those of `other` hold.
        lane.resampler.reset()
        resample(wanted)
    }

    func frame(at wanted: Int) -> SampleFrame {
        guard wanted != rate, let lane = lower[Self.index(of: wanted)] else { return frame }
        return lane.frame
    }
}
