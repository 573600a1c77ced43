// SPDX-License-Identifier: GPL-3.0-or-later

import Logging
import Synchronization

/// What a focus logged.
final class LogBook: Sendable {
    /// A message, and what goes with it.
    struct Entry: Sendable {
        let message: String
        let details: [String: String]

        var line: String { "\(message) " + details.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ") }
    }

    private let written = Mutex<[Entry]>([])

    var entries: [Entry] { written.withLock { $0 } }

    var lines: [String] { entries.map(\.line) }

    /// Whether anything with that message was logged.
    func has(_ message: String) -> Bool { written.withLock { $0.contains { $0.message == message } } }

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
            let entry = Entry(message: "\(event.message)", details: details.mapValues { "\($0)" })
            book.written.withLock { $0.append(entry) }
        }
    }
}
