// SPDX-License-Identifier: GPL-3.0-or-later

extension ConferenceInfo {
    /// The document as XML text, elements in the order of RFC 4575's schema (§5.1), nothing but what is set.
    package func serialized() -> String {
        var xml = XMLText()
        var attributes: [(String, String)] = [
            ("xmlns", Self.namespace), ("entity", entity), ("state", scope.rawValue), ("version", "\(version)"),
        ]
        if users.contains(where: { $0.endpoints.contains { $0.mutedBy != nil } }) {
            attributes.insert(("xmlns:c", Self.extensionNamespace), at: 1)
        }
        xml.element("conference-info", attributes) { xml in
            if displayText != nil || maximumUserCount != nil {
                xml.element("conference-description") { xml in
                    xml.text("display-text", displayText)
                    xml.text("maximum-user-count", maximumUserCount.map(String.init))
                }
            }
            if userCount != nil || active != nil || locked != nil {
                xml.element("conference-state") { xml in
                    xml.text("user-count", userCount.map(String.init))
                    xml.text("active", active.map(String.init))
                    xml.text("locked", locked.map(String.init))
                }
            }
            if scope == .full || !users.isEmpty {
                xml.element("users", scope == .full ? [] : [("state", "partial")]) { xml in
                    for user in users { user.write(into: &xml) }
                }
            }
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml.string
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
            xml.text("status", status.rawValue)
            xml.text("joining-method", joiningMethod)
            if joined != nil {
                xml.element("joining-info") { $0.text("when", joined) }
            }
            for stream in media {
                xml.element("media", [("id", stream.id)]) { xml in
                    xml.text("type", stream.type)
                    xml.text("label", stream.label)
                    xml.text("src-id", stream.sourceID.map { String($0) })
                    xml.text("status", stream.status)
                }
            }
            xml.text("c:muted-by", mutedBy)
        }
    }
}

/// Builds XML text: escapes what must be, closes what it opens.
private struct XMLText {
    private(set) var string = ""

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

    private static func escaped(_ value: String) -> String {
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
