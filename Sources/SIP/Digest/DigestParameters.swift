// SPDX-License-Identifier: GPL-3.0-or-later

/// The parameters of a challenge or of credentials of the scheme Digest (RFC 3261 §25.1, `digest-cln`).
package struct DigestParameters: Hashable, Sendable {
    private var values: [String: String] = [:]

    /// - Returns: nil for another scheme, a parameter that comes twice, or what cannot be read.
    package init?(parsing text: String) {
        var rest = text[...].trimmingSpace()
        let scheme = rest.prefix { $0 != " " && $0 != "\t" }
        guard scheme.lowercased() == "digest" else { return nil }
        rest = rest.dropFirst(scheme.count)
        while true {
            rest = rest.trimmingSpace()
            if rest.isEmpty { break }
            guard let equals = rest.firstIndex(of: "="), values.count < 32 else { return nil }
            let name = rest[..<equals].trimmingSpace().lowercased()
            rest = rest[rest.index(after: equals)...].trimmingSpace()
            guard !name.isEmpty, let value = Self.takeValue(&rest), values.updateValue(value, forKey: name) == nil
            else { return nil }
            rest = rest.trimmingSpace()
            if rest.first == "," { rest = rest.dropFirst() } else if !rest.isEmpty { return nil }
        }
    }

    package subscript(_ name: String) -> String? { values[name] }

    /// A token, or a quoted string without its quotes and escapes; nil where a quote is not closed.
    private static func takeValue(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let token = rest.prefix { $0 != "," && $0 != " " && $0 != "\t" }
            rest = rest.dropFirst(token.count)
            return String(token)
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            if character == "\\" {
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        return nil
    }
}

extension Substring {
    fileprivate func trimmingSpace() -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r\n" || $0 == "\r" || $0 == "\n" }
        var trimmed = drop(while: isSpace)
        while let last = trimmed.last, isSpace(last) { trimmed.removeLast() }
        return trimmed
    }
}
