// SPDX-License-Identifier: GPL-3.0-or-later

/// The focus's metrics at a moment, by name and labels as Prometheus writes them.
struct Metrics {
    private var values: [String: Double] = [:]

    init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            values[String(line[..<space])] = value
        }
    }

    subscript(_ name: String) -> Double { values[name] ?? 0 }

    /// The sum over all labels of a metric.
    func sum(_ name: String) -> Double {
        values.reduce(0) { $1.key == name || $1.key.hasPrefix(name + "{") ? $0 + $1.value : $0 }
    }

    /// What was added since `earlier`.
    func added(_ name: String, since earlier: Metrics) -> Double { sum(name) - earlier.sum(name) }

    /// The upper bound, s, of the bucket that holds the quantile of what a histogram was given since `earlier`.
    func quantile(_ fraction: Double, of name: String, since earlier: Metrics) -> Double? {
        let prefix = name + "_bucket{le=\""
        let buckets = values.compactMap { key, value -> (bound: Double, count: Double)? in
            guard key.hasPrefix(prefix),
                let bound = Double(
                    key.dropFirst(prefix.count).prefix { $0 != "\"" }
                        .replacing("+Inf", with: "inf"))
            else { return nil }
            return (bound, value - earlier[key])
        }.sorted { $0.bound < $1.bound }
        guard let total = buckets.last?.count, total > 0 else { return nil }
        // The last bucket has no bound: twice that of the one before says as much.
        let last = buckets.last { $0.bound.isFinite }?.bound ?? 0
        return buckets.first { $0.count >= total * fraction }.map { $0.bound.isFinite ? $0.bound : 2 * last }
    }
}
