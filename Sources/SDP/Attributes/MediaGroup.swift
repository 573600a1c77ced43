// SPDX-License-Identifier: GPL-3.0-or-later

/// `a=group` (RFC 5888 §5), for example `BUNDLE 0 1`.
package struct MediaGroup: Hashable, Sendable {
    package var semantics: String
    package var mids: [String]

    package init(semantics: String, mids: [String]) {
        self.semantics = semantics
        self.mids = mids
    }

    package init?(parsing value: String) {
        let fields = value.fields.map(String.init)
        guard let semantics = fields.first else { return nil }
        self.init(semantics: semantics, mids: Array(fields.dropFirst()))
    }

    package var value: String { ([semantics] + mids).joined(separator: " ") }
}

/// `a=ssrc` (RFC 5576 §4.1), for example `314159 cname:alice@example.com`.
package struct SourceAttribute: Hashable, Sendable {
    package var ssrc: UInt32
    package var name: String
    package var attributeValue: String?

    package init(ssrc: UInt32, name: String, value: String? = nil) {
        self.ssrc = ssrc
        self.name = name
        self.attributeValue = value
    }

    package init?(parsing value: String) {
        let (number, rest) = value.trimmed.cut(at: UInt8(ascii: " "))
        guard let ssrc = number.decimal.flatMap(UInt32.init(exactly:)), let rest else { return nil }
        let attribute = SDPAttribute(parsing: rest.trimmed)
        self.init(ssrc: ssrc, name: attribute.name, value: attribute.value)
    }

    package var value: String { "\(ssrc) \(name)" + (attributeValue.map { ":\($0)" } ?? "") }
}
