// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference

/// The text format of Prometheus, version 0.0.4.
package enum PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package static func render(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families {
            text += "# HELP \(family.name) \(escapeHelp(family.help))\n"
            switch family.values {
            case .counter(let samples):
                text += "# TYPE \(family.name) counter\n"
                for sample in samples { text += line(family.name, sample.labels, sample.value) }
            case .gauge(let samples):
                text += "# TYPE \(family.name) gauge\n"
                for sample in samples { text += line(family.name, sample.labels, sample.value) }
            case .histogram(let histograms):
                text += "# TYPE \(family.name) histogram\n"
                for histogram in histograms { text += lines(family.name, histogram) }
            }
        }
        return text
    }

    private static func lines(_ name: String, _ histogram: MetricFamily.Histogram) -> String {
        var text = ""
        var total: UInt64 = 0
        let bounds = histogram.bounds.map(number) + ["+Inf"]
        for (bound, count) in zip(bounds, histogram.counts) {
            total += count
            text += line("\(name)_bucket", histogram.labels + [.init("le", bound)], Double(total))
        }
        text += line("\(name)_sum", histogram.labels, histogram.sum)
        return text + line("\(name)_count", histogram.labels, Double(total))
    }

    private static func line(_ name: String, _ labels: [MetricFamily.Label], _ value: Double) -> String {
        let set = labels.map { "\($0.name)=\"\(escapeLabel($0.value))\"" }.joined(separator: ",")
        return set.isEmpty ? "\(name) \(number(value))\n" : "\(name){\(set)} \(number(value))\n"
    }

    /// Whole numbers without a point, as counters are read best.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), value.magnitude < 9_007_199_254_740_992 { return String(Int64(value)) }
        return String(value)
    }

    private static func escapeHelp(_ text: String) -> String { escape(text, quotes: false) }

    private static func escapeLabel(_ text: String) -> String { escape(text, quotes: true) }

    /// By scalars: what stands before a combining mark ends a label all the same.
    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
