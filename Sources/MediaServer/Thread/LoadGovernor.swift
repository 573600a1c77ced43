// SPDX-License-Identifier: GPL-3.0-or-later

/// What a media thread that runs short of time gives up: first the encoders' diligence, which nobody misses for a while, so that it need
/// not be ticks, which everybody hears. A pure machine, told once every 20 ms how busy the thread was.
///
///     Opus complexity   any ──(over 75 % for 0.4 s)──▶ 2 ──(over 75 %)──▶ 0
///                       any ◀─(under 30 % for 5 s)─── 2 ◀─(under 45 %)── 0
///
/// An encode at complexity 5 costs twice what it does at 0, so that stepping back up below these marks does not lead over them again.
struct LoadGovernor {
    /// The highest complexity to encode with now.
    var limit: Int { Self.steps[step].limit }

    private static let steps: [(limit: Int, raisesBelow: Double)] = [(10, 0), (2, 0.30), (0, 0.45)]
    private static let high = 0.75
    private static let patienceDown = 20
    private static let patienceUp = 250
    private static let weight = 0.1

    private var step = 0
    private var busy = 0.0
    private var ticksHigh = 0
    private var ticksLow = 0

    /// - Parameter share: of the last 20 ms, how much went into ticks; over 1 where they took longer.
    mutating func worked(_ share: Double) {
        busy += (min(share, 2) - busy) * Self.weight
        ticksHigh = busy > Self.high ? ticksHigh + 1 : 0
        ticksLow = busy < Self.steps[step].raisesBelow ? ticksLow + 1 : 0
        if ticksHigh >= Self.patienceDown, step < Self.steps.count - 1 {
            step += 1
            (ticksHigh, ticksLow) = (0, 0)
        } else if ticksLow >= Self.patienceUp, step > 0 {
            step -= 1
            (ticksHigh, ticksLow) = (0, 0)
        }
    }
}
