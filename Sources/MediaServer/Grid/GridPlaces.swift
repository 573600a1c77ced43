// SPDX-License-Identifier: GPL-3.0-or-later

/// Who is on a canvas that has no room for all, and in which place. A pure machine.
///
/// Who talks or did so lately comes first, then who has a picture, then who came first. Who is on the canvas stays where it is until it
/// leaves, or somebody takes its place.
struct GridPlaces {
    struct Candidate: Hashable {
        var id: UInt64
        var isLive: Bool
        /// The higher the later; 0: never.
        var lastTalked: UInt64
    }

    let capacity: Int
    /// In the order of the places.
    private(set) var shown: [UInt64] = []

    /// Talkers whose place is safe though they have no picture.
    private static let talkers = 4

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// - Parameter candidates: all there are, in the order of joining.
    mutating func settle(_ candidates: [Candidate]) {
        let wanted = wanted(of: candidates)
        let present = Set(candidates.map(\.id))
        var coming = candidates.map(\.id).filter { wanted.contains($0) && !shown.contains($0) }
        for index in shown.indices where !wanted.contains(shown[index]) && present.contains(shown[index]) {
            // Present, but others are preferred: the place is theirs.
            guard !coming.isEmpty else { break }
            shown[index] = coming.removeFirst()
        }
        shown.removeAll { !wanted.contains($0) }
        shown += coming
    }

    private func wanted(of candidates: [Candidate]) -> Set<UInt64> {
        guard candidates.count > capacity else { return Set(candidates.map(\.id)) }
        let latest = candidates.map(\.lastTalked).filter { $0 > 0 }.sorted(by: >).prefix(Self.talkers).last ?? .max
        let ranked = candidates.enumerated().sorted { left, right in
            rank(left.element, left.offset, latest) < rank(right.element, right.offset, latest)
        }
        return Set(ranked.prefix(capacity).map(\.element.id))
    }

    private func rank(_ candidate: Candidate, _ order: Int, _ latest: UInt64) -> (Int, Int, Int) {
        let talked = candidate.lastTalked >= latest && candidate.lastTalked > 0
        return (talked ? 0 : 1, candidate.isLive ? 0 : 1, order)
    }
}
