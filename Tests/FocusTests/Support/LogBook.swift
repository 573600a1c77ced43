// SPDX-License-Identifier: GPL-3.0-or-later

import Logging
import Synchronization

/// What a focus logged, one line an entry: its message, and what goes with it.
final class LogBook: Sendable {
    private let entries = Mutex<[String]>([])

    var lines: [String] { entries.withLock { $0 } }

    /// A logger that writes here alone.
    var logger: Logger { Logger(label: "test") { _ in Handler(book: self) } }

    private struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = metadata.merging(event.metadata ?? [:]) { _, new in new }
            let line = "\(event.message) " + details.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            book.entries.withLock { $0.append(line) }
        }
    }
}
