// SPDX-License-Identifier: GPL-3.0-or-later

/// Places that all sources share, so that none takes all of them: each may take another while it holds less than a quarter of what is
/// left (the dynamic thresholds of shared memory switches, Choudhury and Hahne 1998). One that is alone gets a fifth, more of them together leave
/// less and less to each other, and who holds nothing gets in as long as there is a place at all.
///
/// A pure machine; it remembers no source that holds nothing.
package struct FairShares: Sendable {
    /// Why there is no place.
    package enum Shortage: String, Hashable, Sendable {
        /// For nobody.
        case full
        /// For that source: it holds its share.
        case share
    }

    /// One in so many of the places that are left may be held by one source.
    private static let part = 4

    package var limit: Int
    /// Places that are taken.
    package private(set) var count = 0
    private var held: [String: Int] = [:]

    package init(limit: Int) { self.limit = limit }

    /// Why `source` may not take a place now; nil where it may.
    ///
    /// - Parameter source: nil for one that many stand behind: only the limit counts.
    package func shortage(for source: String?) -> Shortage? {
        guard count < limit else { return .full }
        guard let source, Self.part * held[source, default: 0] >= limit - count else { return nil }
        return .share
    }

    /// The place has to be given back by the same name.
    package mutating func take(for source: String?) {
        count += 1
        if let source { held[source, default: 0] += 1 }
    }

    package mutating func giveBack(of source: String?) {
        count -= 1
        guard let source, let own = held[source] else { return }
        held[source] = own > 1 ? own - 1 : nil
    }

    /// Sources that are remembered, for tests that count.
    package var sourceCount: Int { held.count }
}
