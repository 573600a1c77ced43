// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// The whole focus in figures. Counters count from the start of the process.
package struct FocusStatistics: Hashable, Sendable, Codable {
    /// How many SIP transactions of one method ended with one status.
    package struct Transactions: Hashable, Sendable, Codable {
        package var method: String
        /// Final status code; 0 for a transaction that timed out.
        package var status: Int
        package var count: UInt64

        package init(method: String, status: Int, count: UInt64) {
            self.method = method
            self.status = status
            self.count = count
        }
    }

    package var started: Date
    package var draining = false
    package var workers = 0
    package var rooms = 0
    package var members = 0
    package var roomsTotal: UInt64 = 0
    package var callsTotal: UInt64 = 0
    /// Calls refused, by `Refusal.Kind`.
    package var callsRefused: [String: UInt64] = [:]
    package var packetsIn: UInt64 = 0
    package var packetsOut: UInt64 = 0
    /// Packets dropped, by reason.
    package var packetsDropped: [String: UInt64] = [:]
    package var encodes: UInt64 = 0
    package var decodes: UInt64 = 0
    /// Mixer ticks: 50 a second at each of up to four phases that a media thread has rooms at.
    package var ticks: UInt64 = 0
    /// Ticks that began more than 5 ms late.
    package var lateTicks: UInt64 = 0
    /// 99th percentile of how late ticks began, ms; nil before the first tick.
    package var tickLatenessP99Milliseconds: Double?
    /// By method, then status.
    package var sipTransactions: [Transactions] = []

    package init(started: Date) { self.started = started }
}

/// Which program answers, and which API it speaks.
package struct VersionInfo: Hashable, Sendable, Codable {
    /// Program name: `confabd`.
    package var program: String
    /// Release, such as `0.1.0`.
    package var version: String
    /// Version of the operator API.
    package var api: Int
    /// Whether the focus asks for accounts, and whether it has a folder for recordings; nil where it does not say.
    package var hasAccounts: Bool?
    package var hasRecordings: Bool?

    package init(
        program: String, version: String, api: Int, hasAccounts: Bool? = nil, hasRecordings: Bool? = nil
    ) {
        self.program = program
        self.version = version
        self.api = api
        self.hasAccounts = hasAccounts
        self.hasRecordings = hasRecordings
    }
}
