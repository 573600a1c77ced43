// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

extension AudioReceiver {
    /// RTP ticks that wait decoded.
    var unplayedTicks: Int { ticks(stage.pending) }

    /// The RTP time that the next tick begins with, and its clock, Hz; nil while nothing plays.
    package var playhead: (timestamp: UInt32, clockRate: Int)? {
        jitterBuffer.playhead(unplayed: unplayedTicks).map { ($0, jitterBuffer.clockRate) }
    }

    private func ticks(_ samples: Int) -> Int {
        samples * codec.rtpClockRate / codec.sampleRate
    }

    /// RTP ticks that hold at least `samples`, in whole 2.5 ms: what Opus can conceal.
    private func concealableTicks(_ samples: Int) -> Int {
        let step = codec.rtpClockRate / 400
        let stepSamples = codec.sampleRate / 400
        return (samples + stepSamples - 1) / stepSamples * step
    }

    func samples(_ ticks: Int) -> Int {
        ticks * codec.sampleRate / codec.rtpClockRate
    }

    /// Corrects the delay and sees that a tick's samples wait.
    func play(_ now: MediaInstant) {
        let adjustment = jitterBuffer.adjustment(now: now, unplayed: unplayedTicks)
        var surplus = 0
        if stage.queue.isSilent || isQuiet {
            surplus = jump(adjustment)
            rate.reset()
        } else {
            rate.update(adjustment)
        }
        stage.select(partsPerMillion: rate.partsPerMillion, isQuiet: isQuiet)
        fill(now)
        if surplus > 0 {
            // Only what is here is thrown away: waiting for more would be silence of our own making.
            while stage.pending < stage.needed(partsPerMillion: rate.partsPerMillion) + surplus, next(now) {}
            stage.queue.consume(
                min(surplus, max(0, stage.pending - stage.needed(partsPerMillion: rate.partsPerMillion))))
        }
    }

    /// Nobody hears samples inserted into silence or dropped from it.
    /// - Returns: samples to drop.
    private func jump(_ adjustment: PlayoutAdjustment) -> Int {
        guard abs(adjustment.error) > 1_500_000 else {
            ticksOff = 0
            return 0
        }
        ticksOff += 1
        guard ticksOff >= 10 else { return 0 }
        let wanted = adjustment.error * Int64(stage.sampleRate) / 1_000_000_000
        let most = Int64(stage.frameLength) * 2
        if wanted < 0 {
            stage.queue.appendSilence(Int(min(-wanted, most)), splice: spliceLength)
            return 0
        }
        return Int(min(wanted, most))
    }

    private func fill(_ now: MediaInstant) {
        while true {
            // Asked anew each time: a packet may change the codec and with it all lengths.
            let missing = stage.needed(partsPerMillion: rate.partsPerMillion) - stage.pending
            guard missing > 0 else { return }
            if !next(now) {
                let length = concealableTicks(missing)
                conceal(samples: samples(length), asGap: false)
                jitterBuffer.starve(ticks: length)
            }
        }
    }

    /// Appends what comes next in the jitter buffer. False if nothing is there.
    private func next(_ now: MediaInstant) -> Bool {
        switch jitterBuffer.pull(now: now, unplayed: unplayedTicks) {
        case .packet(let packet):
            take(packet)
        case .missing(let gap, let next):
            recover(gap, before: next)
        case .silence(let gap):
            let length = min(gap, codec.rtpClockRate / 50)
            conceal(samples: samples(length), asGap: true)
            jitterBuffer.advance(ticks: length)
        case .empty:
            return false
        }
        return true
    }

    private func recover(_ gap: Int, before next: BufferedPacket) {
        let length: Int
        if gap == next.duration, codec == .opus, attention.isFull, concealedRun == 0,
            codec(of: next.payloadType) == .opus,
            let shape = unsafe OpusPacketShape(next.payload), shape.carriesRedundancy,
            restore(samples(gap), from: next)
        {
            length = gap
        } else {
            // Up to the packet that the next one may restore, and no more at once than a tick needs.
            length = min(gap > next.duration ? gap - next.duration : gap, codec.rtpClockRate / 50)
            conceal(samples: samples(length), asGap: false)
        }
        jitterBuffer.advance(ticks: length)
    }
}
