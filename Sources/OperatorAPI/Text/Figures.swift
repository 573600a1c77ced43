// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import Glibc

/// Times and numbers as people read them.
enum Figures {
    /// One decimal, with its unit; a dash when unknown.
    static func decimal(_ value: Double?, _ unit: String) -> String {
        guard let value, value.isFinite, value.magnitude < 1e12 else { return "-" }
        let tenths = Int64((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        return "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)\(unit)"
    }

    static func whole(_ value: Double?, _ unit: String) -> String {
        guard let value, value.isFinite, value.magnitude < 1e12 else { return "-" }
        return "\(Int64(value.rounded()))\(unit)"
    }

    /// `12s`, `4m12s`, `3h05m`, `2d04h`.
    static func age(_ seconds: Double) -> String {
        let all = Int64(max(0, seconds.isFinite ? seconds : 0))
        let (minutes, hours, days) = (all / 60, all / 3600, all / 86_400)
        if days > 0 { return "\(days)d\(two(hours % 24))h" }
        if hours > 0 { return "\(hours)h\(two(minutes % 60))m" }
        if minutes > 0 { return "\(minutes)m\(two(all % 60))s" }
        return "\(all)s"
    }

    /// Local time: the time of day, with the date before it where that is not within the last day.
    static func time(_ date: Date, now: Date) -> String {
        let format = now.timeIntervalSince(date) > 86_400 ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S"
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        return unsafe withUnsafeTemporaryAllocation(of: tm.self, capacity: 1) { parts in
            guard let parts = parts.baseAddress, unsafe localtime_r(&seconds, parts) != nil else { return "-" }
            return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { text in
                guard let start = text.baseAddress, unsafe strftime(start, 32, format, parts) > 0 else { return "-" }
                return unsafe String(cString: start)
            }
        }
    }

    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    private static func two(_ number: some BinaryInteger) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
