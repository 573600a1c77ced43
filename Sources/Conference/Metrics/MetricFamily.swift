// SPDX-License-Identifier: GPL-3.0-or-later

/// One metric with its label sets, as Prometheus knows them. Lives here, below Focus and OperatorAPI, which both use it
/// and may not import each other.
package struct MetricFamily: Hashable, Sendable {
    package struct Sample: Hashable, Sendable {
        /// Name and value, in the order to print.
        package let labels: [Label]
        package let value: Double

        package init(_ value: Double, labels: [Label] = []) {
            self.value = value
            self.labels = labels
        }
    }

    package struct Label: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A distribution: how many observations were at or under each bound.
    package struct Histogram: Hashable, Sendable {
        /// Upper bounds in the metric's unit, ascending, without the infinite one.
        package let bounds: [Double]
        /// Observations at or under each bound but over the one before; one more than `bounds`, for what is over all.
        package let counts: [UInt64]
        /// Sum of all observations.
        package let sum: Double
        package let labels: [Label]

        package init(bounds: [Double], counts: [UInt64], sum: Double, labels: [Label] = []) {
            precondition(counts.count == bounds.count + 1, "a histogram has one count more than bounds")
            self.bounds = bounds
            self.counts = counts
            self.sum = sum
            self.labels = labels
        }
    }

    package enum Values: Hashable, Sendable {
        /// Only ever grows. The name ends in `_total`.
        case counter([Sample])
        case gauge([Sample])
        case histogram([Histogram])

        /// Counts of several kinds, in the order of their names.
        package static func counters(_ counts: [String: UInt64], by label: String) -> Self {
            .counter(counts.sorted { $0.key < $1.key }.map { .init(Double($0.value), labels: [.init(label, $0.key)]) })
        }
    }

    /// `confab_…`, with the unit in the name: `_seconds`, `_bytes`, `_total`.
    package let name: String
    /// One sentence.
    package let help: String
    package let values: Values

    package init(_ name: String, help: String, _ values: Values) {
        self.name = name
        self.help = help
        self.values = values
    }
}

/// Whoever can be asked for the focus's metrics.
package protocol MetricsSource: Sendable {
    /// All metrics, read now.
    func metrics() async -> [MetricFamily]
}
