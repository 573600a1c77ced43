// SPDX-License-Identifier: GPL-3.0-or-later

/// What is known of header fields by name: spelling, compact form, whether a comma separates values.
enum SIPHeaderName {
    private enum Form {
        /// The comma is part of the value.
        case single
        /// A comma-separated list whose values stay on lines of their own when written.
        case list
        /// A list of short tokens, written on one line to keep messages small.
        case tokens
    }

    private static let known: [(name: String, compact: UInt8?, form: Form)] = [
        ("Via", UInt8(ascii: "v"), .list), ("From", UInt8(ascii: "f"), .single), ("To", UInt8(ascii: "t"), .single),
        ("Call-ID", UInt8(ascii: "i"), .single), ("CSeq", nil, .single), ("Contact", UInt8(ascii: "m"), .list),
        ("Max-Forwards", nil, .single), ("Content-Length", UInt8(ascii: "l"), .single),
        ("Content-Type", UInt8(ascii: "c"), .single), ("Route", nil, .list), ("Record-Route", nil, .list),
        ("Supported", UInt8(ascii: "k"), .tokens), ("Require", nil, .tokens), ("Allow", nil, .tokens),
        ("User-Agent", nil, .single), ("Server", nil, .single), ("Expires", nil, .single),
        ("Session-Expires", UInt8(ascii: "x"), .single), ("Min-SE", nil, .single), ("RSeq", nil, .single),
        ("RAck", nil, .single), ("Event", UInt8(ascii: "o"), .single), ("Subscription-State", nil, .single),
        ("Allow-Events", UInt8(ascii: "u"), .tokens), ("Refer-To", UInt8(ascii: "r"), .single),
        ("Referred-By", UInt8(ascii: "b"), .single), ("Refer-Sub", nil, .single), ("Replaces", nil, .single),
        ("Reason", nil, .list), ("Warning", nil, .list), ("Retry-After", nil, .single), ("Accept", nil, .tokens),
        ("Accept-Encoding", nil, .tokens), ("Accept-Language", nil, .tokens),
        ("Accept-Contact", UInt8(ascii: "a"), .list), ("Reject-Contact", UInt8(ascii: "j"), .list),
        ("Content-Encoding", UInt8(ascii: "e"), .tokens), ("Content-Disposition", nil, .single),
        ("Content-Language", nil, .tokens), ("Content-ID", nil, .single), ("Subject", UInt8(ascii: "s"), .single),
        ("Unsupported", nil, .tokens), ("Proxy-Require", nil, .tokens), ("Authorization", nil, .single),
        ("Proxy-Authorization", nil, .single), ("WWW-Authenticate", nil, .single),
        ("Proxy-Authenticate", nil, .single), ("Authentication-Info", nil, .single), ("Timestamp", nil, .single),
        ("Date", nil, .single), ("MIME-Version", nil, .single), ("Organization", nil, .single),
        ("Priority", nil, .single), ("Min-Expires", nil, .single), ("In-Reply-To", nil, .tokens),
        ("Alert-Info", nil, .list), ("Call-Info", nil, .list), ("Error-Info", nil, .list), ("Path", nil, .list),
        ("Service-Route", nil, .list), ("Join", nil, .single), ("Identity", UInt8(ascii: "y"), .single),
        ("Request-Disposition", UInt8(ascii: "d"), .tokens), ("P-Asserted-Identity", nil, .list),
        ("P-Preferred-Identity", nil, .list), ("History-Info", nil, .list), ("Diversion", nil, .list),
        ("Privacy", nil, .single), ("SIP-ETag", nil, .single), ("SIP-If-Match", nil, .single),
    ]

    private static let byLowercase: [String: Int] = {
        var table: [String: Int] = [:]
        for (index, entry) in known.enumerated() {
            table[entry.name.asciiLowercased] = index
            if let compact = entry.compact { table[String(decoding: [compact], as: UTF8.self)] = index }
        }
        return table
    }()

    private static let byExactName: [String: Int] = {
        var table: [String: Int] = [:]
        for (index, entry) in known.enumerated() { table[entry.name] = index }
        return table
    }()

    private static func entry(_ name: String) -> (name: String, compact: UInt8?, form: Form)? {
        guard let index = byExactName[name] ?? byLowercase[name.asciiLowercased] else { return nil }
        return known[index]
    }

    /// The usual spelling, compact forms spelt out (RFC 3261 §7.3.3); an unknown name as it is.
    static func canonical(_ name: String) -> String {
        entry(name)?.name ?? name
    }

    /// Whether a comma separates values of this header (RFC 3261 §7.3.1).
    static func isList(_ name: String) -> Bool {
        guard let form = entry(name)?.form else { return false }
        return form != .single
    }

    /// Whether values share one line when written.
    static func sharesLine(_ name: String) -> Bool {
        entry(name)?.form == .tokens
    }

    /// The values of a list at its commas, those in quotes and angle brackets left alone. Empty values are dropped.
    static func split(_ value: String) -> [String] {
        guard value.utf8.contains(UInt8(ascii: ",")) else {
            let text = value.trimmed
            return text.isEmpty ? [] : [text]
        }
        var values: [String] = []
        var start = value.utf8.startIndex
        var quoted = false
        var escaped = false
        var inAngles = false
        func close(_ end: String.Index) {
            let text = String(value[start..<end]).trimmed
            if !text.isEmpty { values.append(text) }
        }
        for index in value.utf8.indices {
            let byte = value.utf8[index]
            if escaped {
                escaped = false
            } else if quoted {
                if byte == UInt8(ascii: "\\") { escaped = true } else if byte == UInt8(ascii: "\"") { quoted = false }
            } else if inAngles {
                if byte == UInt8(ascii: ">") { inAngles = false }
            } else if byte == UInt8(ascii: "\"") {
                quoted = true
            } else if byte == UInt8(ascii: "<") {
                inAngles = true
            } else if byte == UInt8(ascii: ",") {
                close(index)
                start = value.utf8.index(after: index)
            }
        }
        close(value.utf8.endIndex)
        return values
    }
}
