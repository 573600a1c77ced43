// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import SIP

/// What a person typed as the address of a call, read forgivingly.
struct DialledAddress: Hashable, Sendable {
    let uri: SIPURI

    /// Reads `demo@host`, `sip:demo@host:5070;transport=tcp`, `"Demo" <sip:demo@host>`.
    ///
    /// - Throws: `UserAgentError.address` that says what would be right.
    init(parsing text: String) throws(UserAgentError) {
        let trimmed = Self.trimmed(text)
        var bare = trimmed
        if let open = trimmed.lastIndex(of: "<"), trimmed.hasSuffix(">") {
            bare = String(trimmed[trimmed.index(after: open)...].dropLast())
        }
        let hasScheme = ["sip:", "sips:", "tel:"].contains { bare.lowercased().hasPrefix($0) }
        let whole = hasScheme ? bare : "sip:" + Self.escapingUser(bare)
        guard let uri = try? SIPURI(parsing: whole), !uri.host.isEmpty || uri.scheme == "tel" else {
            throw .address(text, advice: "write it like sip:demo@conference.example")
        }
        switch uri.scheme {
        case "sip": self.uri = uri
        case "sips": throw .address(text, advice: "calls over TLS (sips:) are not supported yet; try sip:")
        default:
            throw .address(text, advice: "a telephone number needs a host: sip:\(uri.user ?? "number")@gateway.example")
        }
    }

    /// The conference factory or room that `create` is given: `standup@host` is a room by name, `host` alone its factory.
    ///
    /// - Parameter host: where a name without a host lives.
    init(creating text: String, at host: String = "127.0.0.1", factory: String = "conference-factory")
        throws(UserAgentError)
    {
        let trimmed = Self.trimmed(text)
        if trimmed.contains("@") {
            try self.init(parsing: trimmed)
            return
        }
        let bare = trimmed.lowercased().hasPrefix("sip:") ? String(trimmed.dropFirst(4)) : trimmed
        let isHost = bare.contains(".") || bare.contains(":") || bare.lowercased() == "localhost"
        try self.init(parsing: isHost ? "\(factory)@\(bare)" : "\(bare)@\(host)")
    }

    /// The list of rooms at a host: `host`, `host:5070`, `sip:host`, `conferences@host`.
    init(listAt text: String) throws(UserAgentError) {
        let trimmed = Self.trimmed(text)
        let bare = trimmed.lowercased().hasPrefix("sip:") ? String(trimmed.dropFirst(4)) : trimmed
        try self.init(parsing: bare.contains("@") ? bare : "conferences@\(bare)")
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }

    /// A person may write blanks and umlauts into a room's name.
    private static func escapingUser(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        let user = String(text[..<at])
        guard !user.contains("%") else { return text }
        let escaped = Identity(user: user, host: "h").uri.dropFirst("sip:".count).dropLast("@h".count)
        return String(escaped) + String(text[at...])
    }
}
