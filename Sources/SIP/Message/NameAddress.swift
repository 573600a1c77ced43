// SPDX-License-Identifier: GPL-3.0-or-later

/// The value of From, To, Contact, Route, Record-Route, Refer-To and their like: `"Name" <uri>;parameters`
/// (RFC 3261 §20.10). `Contact: *` is not one: look at the header's text.
package struct NameAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without quotes and backslashes; nil where there is none.
    package var displayName: String?
    package var uri: SIPURI
    package var parameters: SIPParameters

    package init(displayName: String? = nil, uri: SIPURI, parameters: SIPParameters = SIPParameters()) {
        self.displayName = displayName
        self.uri = uri
        self.parameters = parameters
    }

    /// The `tag` parameter of From and To. Setting nil removes it.
    package var tag: String? {
        get { parameters.value("tag") }
        set {
            if let newValue { parameters.set("tag", newValue) } else { parameters.remove("tag") }
        }
    }

    package var description: String {
        var text = ""
        if let displayName, !displayName.isEmpty { text += displayName.quoted + " " }
        text += "<" + uri.description + ">" + parameters.description
        return text
    }

    /// Lenient with display names: unquoted ones may hold any text. Without angle brackets, parameters are the header's.
    /// - Throws: `SIPParseError.nameAddress`.
    package init(parsing text: String) throws(SIPParseError) {
        var cursor = ByteCursor(text)
        cursor.skipWhitespace()
        var name: String?
        if cursor.next == UInt8(ascii: "\"") {
            guard let quoted = cursor.takeQuotedString() else { throw .nameAddress(text) }
            name = quoted.unquoted
            cursor.skipWhitespace()
            guard cursor.next == UInt8(ascii: "<") else { throw .nameAddress(text) }
        } else if let angle = cursor.firstOffset(of: UInt8(ascii: "<")), angle > cursor.position {
            // A "<" behind the first ";" belongs to a parameter of an address without brackets.
            if let semicolon = cursor.firstOffset(of: UInt8(ascii: ";")), semicolon < angle {
                guard let colon = cursor.firstOffset(of: UInt8(ascii: ":")), colon < semicolon else {
                    throw .nameAddress(text)
                }
            } else {
                name = cursor.take { $0 == UInt8(ascii: "<") }.trimmed
                guard name?.utf8.contains(UInt8(ascii: "\"")) == false else { throw .nameAddress(text) }
            }
        }
        do {
            if cursor.consume(UInt8(ascii: "<")) {
                let inside = cursor.take { $0 == UInt8(ascii: ">") }
                guard cursor.consume(UInt8(ascii: ">")) else { throw SIPParseError.nameAddress(text) }
                uri = try SIPURI(parsing: inside.trimmed)
            } else {
                let inside = cursor.take { $0 == UInt8(ascii: ";") || $0.isLinearWhitespace }
                // RFC 3261 §20.10: an address with a comma or question mark must stand in brackets.
                guard !inside.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: ",") }) else {
                    throw SIPParseError.nameAddress(text)
                }
                uri = try SIPURI(parsing: inside)
            }
            parameters = try SIPParameters(cursor: &cursor, stop: nil)
        } catch {
            throw .nameAddress(text)
        }
        cursor.skipWhitespace()
        guard cursor.atEnd else { throw .nameAddress(text) }
        displayName = name?.isEmpty == true ? nil : name
    }
}
