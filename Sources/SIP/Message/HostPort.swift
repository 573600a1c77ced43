// SPDX-License-Identifier: GPL-3.0-or-later

/// The `hostport` of URIs and Via (RFC 3261 §25.1).
enum HostPort {
    /// Reads a host name, IPv4 address or bracketed IPv6 address; nil where the text is none of them.
    /// Underscores pass: names with them are common in private networks. Brackets are dropped.
    static func readHost(_ cursor: inout ByteCursor) -> String? {
        if cursor.consume(UInt8(ascii: "[")) {
            let host = cursor.take { !($0.isHexDigit || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")) }
            guard cursor.consume(UInt8(ascii: "]")), host.utf8.contains(UInt8(ascii: ":")) else { return nil }
            return host
        }
        let host = cursor.take {
            !($0.isLetter || $0.isDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
                || $0 == UInt8(ascii: "_"))
        }
        return host.isEmpty ? nil : host
    }
}
