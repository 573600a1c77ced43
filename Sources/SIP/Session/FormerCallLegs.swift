// SPDX-License-Identifier: GPL-3.0-or-later

/// Calls of ours that are over. A 2xx that comes late, from another fork, makes a call that stands at the peer only and has
/// to be ended; a 2xx to a call that never was is somebody's attempt to have us send requests to a third party.
struct FormerCallLegs: Sendable {
    private static let limit = 8192
    /// How long a proxy lets a branch ring that nobody answers (Timer C, RFC 3261 §16.6).
    static let branchLife = Duration.seconds(180)

    /// In the order in which they expire.
    private var order: [(leg: CallLeg, until: ContinuousClock.Instant)] = []
    private var first = 0
    private var legs: Set<CallLeg> = []

    /// Keeps `leg` for `life`, or until too many came after it.
    mutating func insert(_ leg: CallLeg, for life: Duration, now: ContinuousClock.Instant) {
        guard legs.insert(leg).inserted else { return }
        order.append((leg, now + life))
        expire(now: now)
    }

    mutating func contains(_ leg: CallLeg, now: ContinuousClock.Instant) -> Bool {
        expire(now: now)
        return legs.contains(leg)
    }

    private mutating func expire(now: ContinuousClock.Instant) {
        while first < order.count, order[first].until <= now || order.count - first > Self.limit {
            legs.remove(order[first].leg)
            first += 1
        }
        guard first > 64, first > order.count / 2 else { return }
        order.removeFirst(first)
        first = 0
    }
}
