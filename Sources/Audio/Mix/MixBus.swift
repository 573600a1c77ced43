// SPDX-License-Identifier: GPL-3.0-or-later

/// The sums of a room at one sample rate: the whole, and the whole less each talker.
///
/// A change of the room's rate makes another bus, warms it with the last frames and crossfades.
final class MixBus {
    let rate: Int
    private let count: Int
    private let total: SumFrame
    private let partial: SumFrame
    private let shared: MixLanes
    private var limiter = Limiter()
    private var inputs: [Input] = []
    private var outputs: [Output] = []

    /// A talker at the rate of the room.
    private final class Input {
        let frame: SampleFrame
        var slot = -1
        var resamplers: [Resampler?] = [nil, nil, nil]
        init(count: Int) { frame = SampleFrame(capacity: count) }
    }

    /// The sum for one member that must not hear itself, or hears what others do not.
    private final class Output {
        var limiter = Limiter()
        let lanes: MixLanes
        init(rate: Int) { lanes = MixLanes(rate: rate) }
    }

    init(rate: Int) {
        self.rate = rate
        count = rate / 50
        total = SumFrame(capacity: count)
        partial = SumFrame(capacity: count)
        shared = MixLanes(rate: rate)
    }

    /// Makes all that ticks will need. Allocates.
    func prepare(channels: Int, streams: Int, inputRates: [Int], outputRates: [Int]) throws(AudioCodecError) {
        while inputs.count < channels { inputs.append(Input(count: count)) }
        while outputs.count < streams { outputs.append(Output(rate: rate)) }
        for wanted in inputRates where wanted != rate {
            let index = MixLanes.index(of: wanted)
            for input in inputs where input.resamplers[index] == nil {
                input.resamplers[index] = try Resampler(from: wanted, to: rate)
            }
        }
        for wanted in outputRates {
            try shared.prepare(wanted)
            for output in outputs { try output.lanes.prepare(wanted) }
        }
    }

    /// Whether the bus can serve members at `rate`.
    func has(_ rate: Int) -> Bool { shared.has(rate) }

    /// The mix for everybody who has no stream of their own.
    func sharedFrame(at rate: Int) -> SampleFrame { shared.frame(at: rate) }

    /// The mix of stream `index`.
    func ownFrame(_ index: Int, at rate: Int) -> SampleFrame { outputs[index].lanes.frame(at: rate) }

    /// Lets stream `index` go on from where the shared sum is, limiter and filters included.
    func startOwn(_ index: Int, at rate: Int) {
        outputs[index].limiter = limiter
        outputs[index].lanes.follow(shared, at: rate)
    }

    /// Sums the channels and `announcements`.
    /// - Parameter outputRates: those of the shared sum that are heard.
    /// - Returns: samples that were limited.
    func mix(_ channels: [TalkerChannel], announcements: [AnnouncementPlayer], outputRates: [Int]) -> Int {
        total.clear(count: count)
        for index in channels.indices where !channels[index].isFree {
            total.add(contribution(of: channels[index], index))
        }
        for player in announcements { player.render(into: total, rate: rate) }
        let limited = limiter.process(total, into: shared.frame)
        for wanted in outputRates { shared.resample(wanted) }
        return limited
    }

    /// After ``mix(_:announcements:outputRates:)``: the sum less what stands in `channel`, plus what only this member
    /// hears.
    ///
    /// - Parameter hearing: Factor on the sum; 0 for a member that is apart.
    func mixOwn(
        _ index: Int, without channel: Int?, of channels: [TalkerChannel], adding player: AnnouncementPlayer?,
        at outputRate: Int, hearing: Float = 1
    ) {
        let output = outputs[index]
        if hearing == 0 { partial.clear(count: count) } else { partial.load(total) }
        if let channel {
            let talker = channels[channel]
            partial.subtract(talker.sampleRate == rate ? talker.frame : inputs[channel].frame)
        }
        if hearing != 1, hearing != 0 { partial.scale(by: hearing) }
        player?.render(into: partial, rate: rate)
        _ = output.limiter.process(partial, into: output.lanes.frame)
        output.lanes.resample(outputRate)
    }

    private func contribution(of channel: TalkerChannel, _ index: Int) -> SampleFrame {
        let input = inputs[index]
        guard channel.sampleRate != rate else { return channel.frame }
        guard let resampler = input.resamplers[MixLanes.index(of: channel.sampleRate)] else {
            // `prepare` counts every rate in use; were one forgotten, its talker is silent rather than the focus gone.
            assertionFailure("channel at \(channel.sampleRate) Hz on a bus prepared without it")
            input.frame.silence(count: count)
            return input.frame
        }
        if input.slot != channel.slot {
            input.slot = channel.slot
            resampler.reset()
        }
        input.frame.resample(channel.frame, by: resampler, count: count)
        return input.frame
    }

    /// Forgets which member a channel carried, so that its filter begins anew with the next.
    func releaseChannel(_ index: Int) { inputs[index].slot = -1 }
}
