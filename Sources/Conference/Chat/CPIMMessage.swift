// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// A message in the Common Presence and Instant Messaging format (RFC 3862): who says what to whom, and when, in an envelope of its own,
/// so that what a room forwards still has its author.
package struct CPIMMessage: Hashable, Sendable {
    /// The name to show and the address of somebody.
    package struct Party: Hashable, Sendable {
        package var name: String?
        package var uri: String

        package init(name: String? = nil, uri: String) {
            self.name = name
            self.uri = uri
        }
    }

    package static let contentType = "message/cpim"

    package var from: Party?
    package var to: [Party] = []
    package var sent: Date?
    /// Media type of the content, lower case, without parameters.
    package var contentType: String
    package var content: [UInt8]

    package init(
        from: Party? = nil, to: [Party] = [], sent: Date? = nil, contentType: String = "text/plain", text: String
    ) {
        self.from = from
        self.to = to
        self.sent = sent
        self.contentType = contentType
        content = Array(text.utf8)
    }

    /// Reads a message. Headers that are not known are passed over (§3.5).
    ///
    /// - Returns: nil for what is none: no empty line after the message's headers, or after those of its content.
    package init?(_ bytes: [UInt8]) {
        guard let (headers, rest) = Self.headers(bytes[...]), let (inner, content) = Self.headers(rest) else {
            return nil
        }
        contentType = "text/plain"
        self.content = Array(content)
        for (name, value) in headers {
            switch name {
            case "from": from = Party(header: value)
            case "to": to.append(Party(header: value) ?? Party(uri: value))
            case "datetime": sent = try? Date(value, strategy: .iso8601)
            default: break
            }
        }
        for (name, value) in inner where name == "content-type" {
            contentType = value.prefix { $0 != ";" }.trimmingASCIISpace().lowercased()
        }
    }

    /// The message as it travels.
    package var bytes: [UInt8] {
        var text = ""
        if let from { text += "From: \(from.header)\r\n" }
        for party in to { text += "To: \(party.header)\r\n" }
        if let sent { text += "DateTime: \(sent.formatted(.iso8601))\r\n" }
        text += "\r\nContent-Type: \(contentType); charset=utf-8\r\n\r\n"
        return Array(text.utf8) + content
    }

    /// Header lines up to the first empty one, names in lower case and without a namespace's prefix, and what follows.
    private static func headers(_ bytes: ArraySlice<UInt8>) -> ([(String, String)], ArraySlice<UInt8>)? {
        var headers: [(String, String)] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            var line = rest[rest.startIndex..<end]
            rest = rest[(end + 1)...]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.isEmpty { return (headers, rest) }
            guard headers.count < 64, let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
            headers.append((name, String(value.trimmingASCIISpace())))
        }
        return nil
    }
}

extension CPIMMessage.Party {
    /// A formal name, quoted or not, and an address in angle brackets (RFC 3862 §3.1).
    init?(header: String) {
        guard let open = header.lastIndex(of: "<"), let close = header.lastIndex(of: ">"), open < close else {
            return nil
        }
        let address = header[header.index(after: open)..<close]
        guard !address.isEmpty, address.utf8.count <= 1024 else { return nil }
        uri = String(address)
        var formal = String(header[..<open].prefix(256)).trimmingASCIISpace()
        if formal.first == "\"", formal.last == "\"", formal.count >= 2 {
            formal = formal.dropFirst().dropLast()
            name = Self.unescaped(formal)
        } else {
            name = formal.isEmpty ? nil : String(formal)
        }
    }

    var header: String { (name.map { "\($0.quotedForSIP()) " } ?? "") + "<\(uri)>" }

    private static func unescaped(_ text: Substring) -> String {
        var plain = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            plain.append(character)
        }
        return plain
    }
}
