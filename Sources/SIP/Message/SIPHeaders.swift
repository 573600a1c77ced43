// SPDX-License-Identifier: GPL-3.0-or-later

/// The header fields of a message, in order. Names match without regard to case; compact forms are spelt out.
///
/// A field of a comma-separated list (Via, Route, Contact, Supported, ...) holds one value: `add("Route", "<a>, <b>")`
/// makes two fields, so `first`, `removeFirst` and `all` see values and not lines (RFC 3261 §7.3.1).
package struct SIPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package struct Field: Hashable, Sendable {
        /// The usual spelling, never the compact form.
        package let name: String
        package var value: String
    }

    package private(set) var fields: [Field]

    package init() {
        fields = []
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = []
        for (name, value) in elements { add(name, value) }
    }

    package var isEmpty: Bool { fields.isEmpty }

    /// The first value; nil where the header is absent.
    package func first(_ name: String) -> String? {
        let canonical = SIPHeaderName.canonical(name)
        return fields.first { Self.matches($0.name, canonical) }?.value
    }

    /// Every value in order, lists already split. A list header with no value (`Supported:`) gives none.
    package func all(_ name: String) -> [String] {
        let canonical = SIPHeaderName.canonical(name)
        return fields.lazy.filter { Self.matches($0.name, canonical) && !$0.value.isEmpty }.map(\.value)
    }

    package func contains(_ name: String) -> Bool {
        let canonical = SIPHeaderName.canonical(name)
        return fields.contains { Self.matches($0.name, canonical) }
    }

    /// How many values this header has.
    package func count(_ name: String) -> Int {
        let canonical = SIPHeaderName.canonical(name)
        return fields.reduce(0) { $0 + (Self.matches($1.name, canonical) ? 1 : 0) }
    }

    /// Replaces every value of this header, in the place of the first, or appends it.
    package mutating func set(_ name: String, _ value: String) {
        let canonical = SIPHeaderName.canonical(name)
        let place = fields.firstIndex { Self.matches($0.name, canonical) }
        fields.removeAll { Self.matches($0.name, canonical) }
        fields.insert(contentsOf: Self.make(canonical, value), at: min(place ?? fields.count, fields.count))
    }

    /// Appends after the last value of this header, or at the end.
    package mutating func add(_ name: String, _ value: String) {
        let canonical = SIPHeaderName.canonical(name)
        let new = Self.make(canonical, value)
        if let last = fields.lastIndex(where: { Self.matches($0.name, canonical) }) {
            fields.insert(contentsOf: new, at: last + 1)
        } else {
            fields.append(contentsOf: new)
        }
    }

    /// Puts values before the first value of this header, or before all other headers.
    package mutating func prepend(_ name: String, _ value: String) {
        let canonical = SIPHeaderName.canonical(name)
        let place = fields.firstIndex { Self.matches($0.name, canonical) } ?? 0
        fields.insert(contentsOf: Self.make(canonical, value), at: place)
    }

    package mutating func remove(_ name: String) {
        let canonical = SIPHeaderName.canonical(name)
        fields.removeAll { Self.matches($0.name, canonical) }
    }

    /// Removes and returns the first value.
    @discardableResult
    package mutating func removeFirst(_ name: String) -> String? {
        let canonical = SIPHeaderName.canonical(name)
        guard let index = fields.firstIndex(where: { Self.matches($0.name, canonical) }) else { return nil }
        return fields.remove(at: index).value
    }

    /// Replaces the first value in its place, or appends. For the top Via.
    package mutating func replaceFirst(_ name: String, _ value: String) {
        let canonical = SIPHeaderName.canonical(name)
        if let index = fields.firstIndex(where: { Self.matches($0.name, canonical) }) {
            fields[index].value = value
        } else {
            fields.append(Field(name: canonical, value: value))
        }
    }

    /// Appends a field as it came off the wire under its usual name, splitting lists, without looking for its kin.
    mutating func append(canonical: String, _ value: String) {
        if value.utf8.contains(UInt8(ascii: ",")), SIPHeaderName.isList(canonical) {
            fields.append(contentsOf: Self.make(canonical, value))
        } else {
            fields.append(Field(name: canonical, value: value))
        }
    }

    mutating func reserve(_ count: Int) {
        fields.reserveCapacity(count)
    }

    private static func make(_ canonical: String, _ value: String) -> [Field] {
        guard SIPHeaderName.isList(canonical), value.utf8.contains(UInt8(ascii: ",")) else {
            return [Field(name: canonical, value: value)]
        }
        let values = SIPHeaderName.split(value)
        return values.isEmpty
            ? [Field(name: canonical, value: "")] : values.map { Field(name: canonical, value: $0) }
    }

    private static func matches(_ name: String, _ canonical: String) -> Bool {
        name == canonical || name.equalsIgnoringCase(canonical)
    }
}
