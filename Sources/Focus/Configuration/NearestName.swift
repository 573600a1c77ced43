// SPDX-License-Identifier: GPL-3.0-or-later

/// Finds what somebody may have meant.
enum NearestName {
    /// The candidate with the fewest typing errors, if there are few enough to be believed: one in three letters.
    static func to(_ name: String, among candidates: [String]) -> String? {
        let written = Array(name.lowercased().replacing("_", with: "-").unicodeScalars)
        guard written.count < 64 else { return nil }
        let ranked = candidates.map { (name: $0, distance: distance(written, Array($0.unicodeScalars))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= max(1, written.count / 3)
        else { return nil }
        return best.name
    }

    /// Letters to insert, remove, replace or swap with the next (optimal string alignment).
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var older: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var next = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(last[column + 1] + 1, next[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    best = min(best, older[column - 1] + 1)
                }
                next.append(best)
            }
            (older, last) = (last, next)
        }
        return last[right.count]
    }
}
