// SPDX-License-Identifier: GPL-3.0-or-later
import Logging
import SIP

/// What strangers take places of, all together and each for itself.
enum SharedPlace: String {
    case subscriptions, registrations, messages
}

/// A rate that many share: each of a second's places is free again a second after it was taken.
struct SharedRate {
    static let period: Duration = .seconds(1)

    private var shares: FairShares
    /// In the order in which they were taken, at most as many as there are places.
    private var taken: [(source: String?, until: ContinuousClock.Instant)] = []

    init(perSecond: Int) {
        shares = FairShares(limit: perSecond)
    }

    /// Why one more is not let in now; nil where it was.
    mutating func admit(_ source: String?, now: ContinuousClock.Instant) -> FairShares.Shortage? {
        let over = taken.prefix { $0.until <= now }
        for place in over { shares.giveBack(of: place.source) }
        taken.removeFirst(over.count)
        if let shortage = shares.shortage(for: source) { return shortage }
        shares.take(for: source)
        taken.append((source, now + Self.period))
        return nil
    }
}

extension Focus {
    /// Counts a request for which there was no place, and says whose it was.
    func noPlace(
        _ wanted: SharedPlace, _ shortage: FairShares.Shortage, for sharer: String?, _ request: SIPRequest
    ) {
        counters.withoutPlace["\(wanted.rawValue)-\(shortage.rawValue)", default: 0] += 1
        logger.info(
            "no place",
            metadata: metadata(
                callID: request.callID,
                ["wanted": "\(wanted.rawValue)", "reason": "\(shortage.rawValue)", "source": "\(sharer ?? "trusted")"]))
    }
}
