// SPDX-License-Identifier: GPL-3.0-or-later

extension ConferenceInfo {
    /// The document as XML text, elements in the order of RFC 4575's schema (§5.1), nothing but what is set.
    package func serialized() -> String {
        opening + content(scope == .full || !users.isEmpty ? users.map { $0.serialized() } : nil)
    }

    /// The document's beginning, which alone differs from subscriber to subscriber: `entity`, `scope` and `version` stand in it.
    package var opening: String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<conference-info xmlns=\"\(Self.namespace)\""
            + " entity=\"\(XMLText.escaped(entity))\" state=\"\(scope.rawValue)\" version=\"\(version)\">"
    }

    /// All that follows `opening`.
    ///
    /// - Parameter users: The users as `User.serialized()` writes them, in place of `users`; nil leaves the element out.
    package func content(_ users: [String]?) -> String {
        var xml = XMLText()
        if displayText != nil || subject != nil || maximumUserCount != nil {
            xml.element("conference-description") { xml in
                xml.text("display-text", displayText)
                xml.text("subject", subject)
                xml.text("maximum-user-count", maximumUserCount.map(String.init))
            }
        }
        if userCount != nil || active != nil || locked != nil || recording != nil {
            xml.element("conference-state") { xml in
                xml.text("user-count", userCount.map(String.init))
                xml.text("active", active.map(String.init))
                xml.text("locked", locked.map(String.init))
                xml.added("recording", recording?.rawValue)
            }
        }
        if let users {
            xml.element("users", scope == .full ? [] : [("state", "partial")]) { xml in
                for user in users { xml.append(user) }
            }
        }
        return xml.string + "</conference-info>"
    }
}

extension ConferenceInfo.User {
    /// The `user` element by itself, for `ConferenceInfo.content(_:)`.
    package func serialized() -> String {
        var xml = XMLText()
        write(into: &xml)
        return xml.string
    }
}

extension ConferenceInfo.User {
    fileprivate func write(into xml: inout XMLText) {
        xml.element("user", [("entity", entity), ("state", scope.rawValue)]) { xml in
            guard scope != .deleted else { return }
            xml.text("display-text", displayText)
            if !roles.isEmpty {
                xml.element("roles") { xml in
                    for role in roles { xml.text("entry", role) }
                }
            }
            for endpoint in endpoints { endpoint.write(into: &xml) }
        }
    }
}

extension ConferenceInfo.Endpoint {
    fileprivate func write(into xml: inout XMLText) {
        xml.element("endpoint", [("entity", entity)] + (scope == .full ? [] : [("state", scope.rawValue)])) { xml in
            guard scope != .deleted else { return }
            xml.text("display-text", displayText)
            xml.text("status", status.rawValue)
            xml.text("joining-method", joiningMethod)
            if joined != nil {
                xml.element("joining-info") { $0.text("when", joined) }
            }
            for stream in media {
                xml.element("media", [("id", stream.id)]) { xml in
                    xml.text("display-text", stream.displayText)
                    xml.text("type", stream.type)
                    xml.text("label", stream.label)
                    xml.text("src-id", stream.sourceID.map { String($0) })
                    xml.text("status", stream.status)
                }
            }
            xml.added("muted-by", mutedBy)
            xml.added("hand-raised", handIsRaised ? "true" : nil)
            xml.added("talking", isTalking ? "true" : nil)
            xml.added("quality", quality?.rawValue)
        }
    }
}

/// Builds XML text: escapes what must be, closes what it opens.
package struct XMLText {
    private(set) var string = ""
    /// `&`, `<`, `>` and `"`.
    private static let special: [UInt8] = [0x26, 0x3C, 0x3E, 0x22]

    mutating func element(
        _ name: String, _ attributes: [(String, String)] = [], _ content: (inout XMLText) -> Void
    ) {
        string += "<\(name)"
        for (key, value) in attributes { string += " \(key)=\"\(Self.escaped(value))\"" }
        string += ">"
        content(&self)
        string += "</\(name)>"
    }

    mutating func text(_ name: String, _ value: String?) {
        guard let value else { return }
        string += "<\(name)>\(Self.escaped(value))</\(name)>"
    }

    /// An element of this project's own namespace.
    mutating func added(_ name: String, _ value: String?) {
        guard let value else { return }
        element("c:\(name)", [("xmlns:c", ConferenceInfo.extensionNamespace)]) { $0.characters(value) }
    }

    mutating func characters(_ text: String) {
        string += Self.escaped(text)
    }

    /// Appends elements that are written already.
    mutating func append(_ elements: String) {
        string += elements
    }

    package static func escaped(_ value: String) -> String {
        // Most texts need nothing done to them.
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && !Self.special.contains($0) }) { return value }
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += " "
            // XML 1.0 has no way to write the other control characters, not even as references.
            case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
