// SPDX-License-Identifier: GPL-3.0-or-later

/// Decides from levels alone who is heard: the loudest few of those who speak.
///
/// - A frame above the member's own noise floor is let in at once: onsets are never cut.
/// - Who has been let in stays for a hangover after the last such frame: ends of words are not cut.
/// - With all places taken, a newcomer must be clearly louder than the quietest talker, or that talker must have paused.
/// - Anything louder than ``Thresholds/certain`` counts as speech however steady: a tone is not taken for noise.
struct TalkerSelector {
    /// Levels in dBov (RFC 6464: 0 is a full-scale square wave), times in ticks of 20 ms.
    private enum Thresholds {
        static let floorMargin: Float = 9
        static let floorMarginWhileTalking: Float = 5
        static let quietest: Float = -60
        static let quietestWhileTalking: Float = -66
        static let certain: Float = -43
        static let floorRise: Float = 0.02
        static let floorFall: Float = 0.3
        static let scoreDecay: Float = 0.4
        static let takeover: Float = 6
        static let hangover = 20
        static let pause = 10
    }

    private struct Member {
        var floor: Float = -90
        /// Loudness held: rises at once, falls 20 dB a second.
        var score: Float = -127
        /// Ticks it may still stay without speaking.
        var hangover = 0
        var updated = -1
        var speaks = false
        var isTalker = false
    }

    private var members: [Member] = []
    private var candidates: [Int] = []
    private var tick = 0
    /// Slots of who is heard, in the order they came in.
    private(set) var talkers: [Int] = []
    private(set) var maximum: Int

    init(maximum: Int, capacity: Int) {
        self.maximum = maximum
        members.reserveCapacity(capacity)
        candidates.reserveCapacity(capacity)
        talkers.reserveCapacity(maximum + 1)
    }

    func isTalker(_ slot: Int) -> Bool { members[slot].isTalker }

    /// Makes `slot` known, or new again.
    mutating func add(_ slot: Int) {
        while members.count <= slot { members.append(Member()) }
        candidates.reserveCapacity(members.count)
        silence(slot)
        members[slot] = Member()
    }

    /// Takes a member out at once, with no hangover: it was muted or has left.
    mutating func silence(_ slot: Int) {
        if members[slot].isTalker { talkers.removeAll { $0 == slot } }
        members[slot].isTalker = false
        members[slot].hangover = 0
        members[slot].score = -127
        members[slot].updated = -1
    }

    /// Takes the level of this tick's frame of `slot`: 0 (loudest) to 127.
    mutating func offer(_ slot: Int, level: UInt8) {
        let loudness = -Float(min(127, level))
        var member = members[slot]
        guard member.updated != tick else { return }
        let elapsed = member.updated < 0 ? 1 : tick - member.updated
        member.updated = tick
        let talking = member.isTalker || member.hangover > 0
        let margin = talking ? Thresholds.floorMarginWhileTalking : Thresholds.floorMargin
        let quietest = talking ? Thresholds.quietestWhileTalking : Thresholds.quietest
        member.speaks = loudness > max(member.floor + margin, quietest)
        if loudness < member.floor {
            member.floor += (loudness - member.floor) * Thresholds.floorFall
        } else {
            member.floor = min(Thresholds.certain - Thresholds.floorMargin, member.floor + Thresholds.floorRise)
        }
        member.score = max(loudness, member.score - Thresholds.scoreDecay * Float(elapsed))
        if member.speaks {
            member.hangover = Thresholds.hangover
            if !member.isTalker { candidates.append(slot) }
        } else {
            member.hangover = max(0, member.hangover - elapsed)
        }
        members[slot] = member
    }

    /// Ends the tick: afterwards ``talkers`` is who is heard in it.
    mutating func select() {
        for slot in talkers where members[slot].updated != tick {
            members[slot].hangover -= 1
            members[slot].score -= Thresholds.scoreDecay
            members[slot].speaks = false
        }
        for index in talkers.indices.reversed() where members[talkers[index]].hangover <= 0 {
            members[talkers.remove(at: index)].isTalker = false
        }
        while let index = loudestCandidate() {
            let slot = candidates[index]
            if talkers.count < maximum {
                admit(slot)
            } else if let weakest = weakestTalker(), yields(talkers[weakest], to: slot) {
                members[talkers.remove(at: weakest)].isTalker = false
                admit(slot)
            } else {
                break
            }
            candidates.remove(at: index)
        }
        candidates.removeAll(keepingCapacity: true)
        tick += 1
    }

    private mutating func admit(_ slot: Int) {
        talkers.append(slot)
        members[slot].isTalker = true
    }

    private func loudestCandidate() -> Int? {
        candidates.indices.max { members[candidates[$0]].score < members[candidates[$1]].score }
    }

    private func weakestTalker() -> Int? { talkers.indices.min { strength(talkers[$0]) < strength(talkers[$1]) } }

    /// A talker in a pause counts for less than any that speaks.
    private func strength(_ slot: Int) -> Float { members[slot].score - (hasPaused(slot) ? 200 : 0) }

    private func hasPaused(_ slot: Int) -> Bool { members[slot].hangover <= Thresholds.hangover - Thresholds.pause }

    private func yields(_ talker: Int, to candidate: Int) -> Bool {
        hasPaused(talker) || members[candidate].score > members[talker].score + Thresholds.takeover
    }
}
