// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// Bends the playout's speed so that its delay stays where the jitter buffer wants it: steadily by the sender's drift,
/// gently by what is left. A pure function of the adjustments it is shown, one a tick.
struct PlayoutRate {
    /// Parts per million to play faster; 0 only while no correction is wanted at all.
    private(set) var partsPerMillion = 0
    private var isCorrecting = false
    private var persistence = 0
    private var sinceChange = 0

    private static let fastest = 5_000
    private static let slowest = -10_000

    mutating func reset() {
        self = PlayoutRate()
    }

    mutating func update(_ adjustment: PlayoutAdjustment) {
        let error = Double(adjustment.error) * 1e-6
        sinceChange += 1
        let wanted: Int
        if adjustment.drift != 0 {
            // Down with a time constant of 10 s, slower than the target's own noise; up in 2.5 s, ahead of need.
            let pull = error < 0 ? error * 400 : error < 25 ? min(error * 100, 2_000) : error * 400
            wanted = Int(min(max(adjustment.drift + pull, Double(Self.slowest)), Double(Self.fastest)))
            isCorrecting = true
            persistence = 0
        } else {
            wanted = undrifted(error)
        }
        // Each change makes the resampler compute its filter anew, and is a (small) change of pitch.
        let change = abs(wanted - partsPerMillion)
        if wanted == 0 || change >= 1_000 || (change >= 25 && sinceChange >= 25) {
            if wanted != partsPerMillion { sinceChange = 0 }
            partsPerMillion = wanted
        }
    }

    private mutating func undrifted(_ error: Double) -> Int {
        if isCorrecting {
            if abs(error) < 0.3 {
                isCorrecting = false
                persistence = 0
                return 0
            }
        } else {
            persistence = abs(error) > 1.5 ? persistence + 1 : 0
            guard persistence >= 5 else { return 0 }
            isCorrecting = true
        }
        if error < 0 { return error < -2 ? Self.slowest : -2_000 }
        // Too much delay harms nobody at once, and the next pause takes it away: the less is left, the less it bends.
        return error > 10 ? Self.fastest : error > 2 ? 3_000 : 1_000
    }
}
