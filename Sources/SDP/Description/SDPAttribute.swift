// SPDX-License-Identifier: GPL-3.0-or-later

/// An `a=` line: a property (`a=rtcp-mux`) has no value, `a=x:` has an empty one.
package struct SDPAttribute: Hashable, Sendable {
    package var name: String
    package var value: String?

    package init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }

    init(parsing text: String) {
        let (name, value) = text.cut(at: UInt8(ascii: ":"))
        self.init(String(name), value.map(String.init))
    }
}

/// A session or media description: both carry attributes in order.
package protocol AttributeBearing {
    var attributes: [SDPAttribute] { get set }
}

extension AttributeBearing {
    /// The value of the first attribute of that name that has one.
    package func value(_ name: String) -> String? {
        attributes.first { $0.name == name && $0.value != nil }?.value
    }

    package func values(_ name: String) -> [String] {
        attributes.compactMap { $0.name == name ? $0.value : nil }
    }

    package func has(_ name: String) -> Bool { attributes.contains { $0.name == name } }

    package mutating func append(_ name: String, _ value: String? = nil) {
        attributes.append(SDPAttribute(name, value))
    }

    package mutating func remove(_ name: String) { attributes.removeAll { $0.name == name } }

    /// The direction written here; nil where none is (RFC 8866 §6.7). Setting it replaces whatever stood.
    package var direction: MediaDirection? {
        get { attributes.lazy.compactMap { MediaDirection(rawValue: $0.name) }.first }
        set {
            attributes.removeAll { MediaDirection(rawValue: $0.name) != nil }
            if let newValue { append(newValue.rawValue) }
        }
    }
}
