// SPDX-License-Identifier: GPL-3.0-or-later

/// Durations carry their unit, so that nobody takes seconds for milliseconds: `500ms`, `30s`, `5m`, `1h`, `2d`.
enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    static func read(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), let unit = units.first(where: { $0.suffix == text.dropFirst(digits.count) })
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : .milliseconds(milliseconds)
    }

    /// The shortest way to write it in one unit.
    static func write(_ duration: Duration) -> String {
        let parts = duration.components
        let milliseconds = parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
        let unit = units.last { milliseconds != 0 && milliseconds % $0.milliseconds == 0 } ?? ("s", 1000)
        return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
    }
}

extension ValueForm where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> ValueForm {
        let (lower, upper) = (DurationText.write(range.lowerBound), DurationText.write(range.upperBound))
        return .scalar(
            "a duration with its unit (ms, s, m, h, d) from \(lower) to \(upper)",
            read: { text in DurationText.read(text).flatMap { range.contains($0) ? $0 : nil } },
            write: DurationText.write)
    }
}
