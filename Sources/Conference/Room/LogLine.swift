// SPDX-License-Identifier: GPL-3.0-or-later

/// A line for the log. The focus hands it to its logger; nothing in this target logs by itself.
package struct LogLine: Hashable, Sendable {
    /// Severity, by the names of swift-log.
    package enum Level: String, Hashable, Sendable {
        case debug
        case info
        case notice
        case warning
    }

    package let level: Level
    package let message: String
    /// Structured fields; `room` always, `call-id` and `member` on every line about a call.
    package let fields: [String: String]

    package init(_ level: Level, _ message: String, fields: [String: String]) {
        self.level = level
        self.message = message
        self.fields = fields
    }
}
