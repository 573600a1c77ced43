// SPDX-License-Identifier: GPL-3.0-or-later

/// A SIP, SIPS, tel or other URI (RFC 3261 §19.1, RFC 3966). Text is kept as written, escapes included.
package struct SIPURI: Hashable, Sendable, CustomStringConvertible {
    /// One `?name=value` header of a SIP URI, escapes included.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Lower case: "sip", "sips", "tel", or any other.
    package var scheme: String
    /// As written, escapes included; the number for "tel". See `decodedUser`.
    package var user: String?
    package var password: String?
    /// A name or numeric address, IPv6 without brackets. Empty where `scheme` is neither "sip" nor "sips".
    package var host: String
    package var port: Int?
    package var parameters: SIPParameters
    package var headers: [Header]
    /// All that follows the colon in a URI of a scheme that is not "sip", "sips" or "tel".
    package var opaque: String?

    package init(
        scheme: String = "sip", user: String? = nil, host: String, port: Int? = nil,
        parameters: SIPParameters = SIPParameters()
    ) {
        self.scheme = scheme
        self.user = user
        password = nil
        self.host = host
        self.port = port
        self.parameters = parameters
        headers = []
        opaque = nil
    }

    package var isSIP: Bool { scheme == "sip" || scheme == "sips" }

    /// The user part with its escapes decoded: what names a room or a person.
    package var decodedUser: String? { user?.percentDecoded }

    /// A header that whoever makes a request from this URI is to put into it (RFC 3261 §19.1.5), its escapes decoded;
    /// nil for none, and for what would end its line.
    package func header(_ name: String) -> String? {
        let value = headers.first { $0.name.equalsIgnoringCase(name) }?.value.percentDecoded
        return value.flatMap { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? $0 : nil }
    }

    /// The host in brackets if it is an IPv6 address.
    package var bracketedHost: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host }

    package var description: String {
        if let opaque { return "\(scheme):\(opaque)" }
        var text = scheme + ":"
        if let user {
            text += user
            if let password { text += ":" + password }
            if isSIP { text += "@" }
        }
        text += bracketedHost
        if let port { text += ":\(port)" }
        text += parameters.description
        var separator = "?"
        for header in headers {
            text += separator + header.name + "=" + header.value
            separator = "&"
        }
        return text
    }

    /// - Throws: `SIPParseError.uri` for text outside the grammar of RFC 3261 §25.1. An unknown scheme is no error.
    package init(parsing text: String) throws(SIPParseError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E }) else {
            throw .uri(text)
        }
        var cursor = ByteCursor(text)
        let scheme = cursor.take { !($0.isLetter || $0.isDigit || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E) }
        guard scheme.utf8.first?.isLetter == true, cursor.consume(UInt8(ascii: ":")), !cursor.atEnd else {
            throw .uri(text)
        }
        self.init(scheme: scheme.asciiLowercased, host: "")
        switch self.scheme {
        case "sip", "sips":
            try readUserInfo(&cursor, text)
            try readHostAndPort(&cursor, text)
            do { parameters = try SIPParameters(cursor: &cursor, stop: UInt8(ascii: "?")) } catch { throw .uri(text) }
            readHeaders(&cursor)
        case "tel":
            let number = cursor.take { $0 == UInt8(ascii: ";") }
            guard !number.isEmpty else { throw .uri(text) }
            user = number
            do { parameters = try SIPParameters(cursor: &cursor, stop: nil) } catch { throw .uri(text) }
        default:
            opaque = cursor.takeRest()
        }
        guard cursor.atEnd else { throw .uri(text) }
    }

    private mutating func readUserInfo(_ cursor: inout ByteCursor, _ text: String) throws(SIPParseError) {
        // "@" stands in a URI only after the user part; everywhere else it is escaped.
        guard let at = cursor.firstOffset(of: UInt8(ascii: "@")) else { return }
        let info = cursor.take(through: at)
        guard Self.escapesAreWhole(info) else { throw .uri(text) }
        if let colon = info.utf8.firstIndex(of: UInt8(ascii: ":")) {
            user = String(info[..<colon])
            password = String(info[info.utf8.index(after: colon)...])
        } else {
            user = info
        }
        guard user?.isEmpty == false else { throw .uri(text) }
    }

    private mutating func readHostAndPort(_ cursor: inout ByteCursor, _ text: String) throws(SIPParseError) {
        guard let host = HostPort.readHost(&cursor) else { throw .uri(text) }
        self.host = host
        if cursor.consume(UInt8(ascii: ":")) {
            guard let port = cursor.takeNumber(), port <= 65535 else { throw .uri(text) }
            self.port = Int(port)
        }
    }

    private mutating func readHeaders(_ cursor: inout ByteCursor) {
        guard cursor.consume(UInt8(ascii: "?")) else { return }
        while !cursor.atEnd {
            let name = cursor.take { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "&") }
            var value = ""
            if cursor.consume(UInt8(ascii: "=")) { value = cursor.take { $0 == UInt8(ascii: "&") } }
            _ = cursor.consume(UInt8(ascii: "&"))
            if !name.isEmpty { headers.append(Header(name: name, value: value)) }
        }
    }

    private static func escapesAreWhole(_ text: String) -> Bool {
        var pending = 0
        for byte in text.utf8 {
            if pending > 0 {
                guard byte.isHexDigit else { return false }
                pending -= 1
            } else if byte == UInt8(ascii: "%") {
                pending = 2
            }
        }
        return pending == 0
    }
}
