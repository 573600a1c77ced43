// SPDX-License-Identifier: GPL-3.0-or-later

/// A `Session-Expires` header (RFC 4028 §4).
package struct SessionExpires: Hashable, Sendable, CustomStringConvertible {
    /// Who refreshes, named by the role in the transaction that carries the header.
    package enum Refresher: String, Hashable, Sendable {
        case uac
        case uas
    }

    /// The session interval in seconds.
    package var interval: Int
    package var refresher: Refresher?

    package init(interval: Int, refresher: Refresher? = nil) {
        self.interval = interval
        self.refresher = refresher
    }

    /// Reads a header value; nil when it does not begin with a number of seconds. An unknown refresher counts as none.
    package init?(parsing value: String) {
        let fields = HeaderFieldParameters(parsing: value)
        guard let interval = Int(fields.value), interval >= 0, interval <= Int(UInt32.max) else { return nil }
        self.init(
            interval: interval,
            refresher: fields.parameter("refresher").flatMap { Refresher(rawValue: $0.lowercased()) })
    }

    package var description: String {
        refresher.map { "\(interval);refresher=\($0.rawValue)" } ?? "\(interval)"
    }
}
