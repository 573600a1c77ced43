// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
package import Logging

/// Keeps each event on one line of text: names come from strangers, and one with a line end in it would write a line of its own into
/// the log, one that fail2ban believes for instance.
package struct LineLogHandler: LogHandler {
    private var base: any LogHandler

    /// - Parameter base: what writes the lines.
    package init(_ base: any LogHandler) {
        self.base = base
    }

    package var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    package var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue.mapValues(Self.clean) }
    }

    package var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue.map(Self.clean) }
    }

    package func log(event: LogEvent) {
        var event = event
        event.message = "\(Self.clean(event.message.description))"
        event.metadata = event.metadata?.mapValues(Self.clean)
        base.log(event: event)
    }

    private static func clean(_ value: Logger.MetadataValue) -> Logger.MetadataValue { "\(clean("\(value)"))" }

    /// Control characters and line separators as Swift would write them in a string.
    private static func clean(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isLineEndOrControl) else { return text }
        return text.unicodeScalars.map { $0.isLineEndOrControl ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}
