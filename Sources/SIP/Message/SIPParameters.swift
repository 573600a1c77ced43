// SPDX-License-Identifier: GPL-3.0-or-later

/// Parameters of a URI or header, `;name=value;flag`, in order (RFC 3261 §7.3.1). Names match without regard to case.
/// Values are kept as written, a quoted-string with its quotes.
package struct SIPParameters: Hashable, Sendable, CustomStringConvertible {
    package struct Parameter: Hashable, Sendable {
        package var name: String
        /// nil for a flag such as `lr`.
        package var value: String?

        package init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var all: [Parameter]

    package init(_ all: [Parameter] = []) {
        self.all = all
    }

    /// Reads `;a=b;c`; empty text gives no parameters.
    /// - Throws: `SIPParseError.parameters` where a name is missing, a quote does not end, or other text stands between.
    package init(parsing text: String) throws(SIPParseError) {
        var cursor = ByteCursor(text)
        try self.init(cursor: &cursor, stop: nil)
        cursor.skipWhitespace()
        guard cursor.atEnd else { throw .parameters(text) }
    }

    package var isEmpty: Bool { all.isEmpty }

    /// The value as written; nil where the parameter is absent or a flag.
    package func value(_ name: String) -> String? {
        all.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// The value without the quotes and backslashes of a quoted-string.
    package func text(_ name: String) -> String? {
        value(name)?.unquoted
    }

    package func contains(_ name: String) -> Bool {
        all.contains { $0.name.equalsIgnoringCase(name) }
    }

    /// Replaces the parameter in its place, or appends it. A nil value makes a flag.
    package mutating func set(_ name: String, _ value: String? = nil) {
        if let index = all.firstIndex(where: { $0.name.equalsIgnoringCase(name) }) {
            all[index].value = value
        } else {
            all.append(Parameter(name: name, value: value))
        }
    }

    package mutating func remove(_ name: String) {
        all.removeAll { $0.name.equalsIgnoringCase(name) }
    }

    /// `;a=b;c`, or empty text.
    package var description: String {
        var text = ""
        for parameter in all {
            text += ";"
            text += parameter.name
            if let value = parameter.value {
                text += "="
                text += value
            }
        }
        return text
    }

    /// Reads parameters as long as a semicolon follows; `stop` ends values early (`?` in URIs).
    init(cursor: inout ByteCursor, stop: UInt8?) throws(SIPParseError) {
        var list: [Parameter] = []
        while true {
            cursor.skipWhitespace()
            guard cursor.consume(UInt8(ascii: ";")) else { break }
            cursor.skipWhitespace()
            // An empty parameter (";;") says nothing and does no harm.
            if cursor.atEnd || cursor.next == UInt8(ascii: ";") { continue }
            let name = cursor.take { byte in
                byte == UInt8(ascii: "=") || byte == UInt8(ascii: ";") || byte == stop || byte.isSpaceOrControl
                    || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"")
            }
            guard !name.isEmpty else { throw .parameters(cursor.takeRest()) }
            cursor.skipWhitespace()
            guard cursor.consume(UInt8(ascii: "=")) else {
                list.append(Parameter(name: name, value: nil))
                continue
            }
            cursor.skipWhitespace()
            if cursor.next == UInt8(ascii: "\"") {
                guard let value = cursor.takeQuotedString() else { throw .parameters(cursor.takeRest()) }
                list.append(Parameter(name: name, value: value))
            } else {
                let value = cursor.take { byte in
                    byte == UInt8(ascii: ";") || byte == stop || byte.isSpaceOrControl
                        || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"")
                }
                list.append(Parameter(name: name, value: value))
            }
        }
        all = list
    }
}
