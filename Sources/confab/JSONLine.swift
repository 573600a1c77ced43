// SPDX-License-Identifier: GPL-3.0-or-later

/// One JSON object on one line, keys in the order in which they were added.
struct JSONLine {
    private var fields: [String] = []

    init() {}

    var text: String { "{" + fields.joined(separator: ",") + "}" }

    /// Adds a text; nothing for nil.
    mutating func add(_ name: String, _ value: String?) {
        if let value { fields.append(Self.quoted(name) + ":" + Self.quoted(value)) }
    }

    mutating func add(_ name: String, _ value: Int?) {
        if let value { fields.append(Self.quoted(name) + ":\(value)") }
    }

    mutating func add(_ name: String, _ value: Bool) {
        fields.append(Self.quoted(name) + ":\(value)")
    }

    /// Adds a number with at most three decimals.
    mutating func add(_ name: String, _ value: Double) {
        fields.append(Self.quoted(name) + ":\((value * 1000).rounded() / 1000)")
    }

    mutating func add(_ name: String, _ value: [JSONLine]) {
        fields.append(Self.quoted(name) + ":[" + value.map(\.text).joined(separator: ",") + "]")
    }

    mutating func add(_ name: String, _ value: [String]) {
        fields.append(Self.quoted(name) + ":[" + value.map(Self.quoted).joined(separator: ",") + "]")
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..<"\u{20}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
