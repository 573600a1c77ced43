// SPDX-License-Identifier: GPL-3.0-or-later
import Yams

/// How one kind of value is written: what is expected, in words, and the two directions between text and value.
struct ValueForm<Value: Sendable>: Sendable {
    /// Completes "expected …".
    let expected: String
    /// The value that a node stands for. Throws the node that does not fit.
    let read: @Sendable (Node) throws(Misfit) -> Value
    /// The value as it would be written.
    let write: @Sendable (Value) -> String
}

/// A node that is not what its key expects.
struct Misfit: Error {
    /// Where it stands, from 1.
    let line: Int?
    let column: Int?
    /// What it is, in words.
    let found: String
    /// Whether it is an entry of the list that the key expects.
    var isEntry = false

    init(_ node: Node, found: String? = nil) {
        line = node.mark?.line
        column = node.mark?.column
        self.found = found ?? node.inWords
    }

    var ofList: Misfit {
        var misfit = self
        misfit.isEntry = true
        return misfit
    }
}

extension Node {
    /// Written with nothing behind the key, `~` or `null`.
    var isNothing: Bool {
        if case .scalar(let scalar) = self { scalar.style == .plain && null != nil } else { false }
    }

    var inWords: String {
        switch self {
        case .scalar(let scalar): isNothing ? "nothing" : "\"\(scalar.string)\""
        case .sequence(let sequence): sequence.isEmpty ? "an empty list" : "a list"
        case .mapping: "a section"
        case .alias: "an alias"
        }
    }
}

extension ValueForm {
    /// A form written as one scalar.
    static func scalar(
        _ expected: String, read: @escaping @Sendable (String) -> Value?, write: @escaping @Sendable (Value) -> String
    ) -> ValueForm {
        ValueForm(
            expected: expected,
            read: { node throws(Misfit) in
                guard case .scalar(let scalar) = node, !node.isNothing, let value = read(scalar.string)
                else { throw Misfit(node) }
                return value
            }, write: write)
    }

    /// A form, or a word that stands for nil.
    static func optional<Wrapped>(_ form: ValueForm<Wrapped>, _ word: String) -> ValueForm where Value == Wrapped? {
        ValueForm(
            expected: "\(form.expected), or \(word)",
            read: { node throws(Misfit) in
                if case .scalar(let scalar) = node, scalar.string == word { return nil }
                return try form.read(node)
            }, write: { $0.map(form.write) ?? word })
    }

    /// A sequence of values in one form, each at most once.
    static func list<Element>(
        of form: ValueForm<Element>, atLeast minimum: Int = 0
    ) -> ValueForm where Value == [Element] {
        ValueForm(
            expected: "a list, each entry \(form.expected)" + (minimum > 0 ? "; at least \(minimum)" : ""),
            read: { node throws(Misfit) in
                guard case .sequence(let sequence) = node, sequence.count >= minimum else { throw Misfit(node) }
                var values: [Element] = []
                var seen: Set<String> = []
                for entry in sequence {
                    do throws(Misfit) {
                        let value = try form.read(entry)
                        guard seen.insert(form.write(value)).inserted else { throw Misfit(entry) }
                        values.append(value)
                    } catch {
                        throw error.ofList
                    }
                }
                return values
            }, write: { "[" + $0.map(form.write).joined(separator: ", ") + "]" })
    }
}

extension ValueForm where Value == String {
    static func text(_ expected: String) -> ValueForm {
        .scalar(expected, read: { $0.isEmpty ? nil : $0 }, write: { $0 })
    }

    /// A host name or numeric address without port.
    static let host = ValueForm.scalar(
        "a host name or address without port",
        read: { text in
            let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
            let colons = bare.count { $0 == ":" }
            let fits = !bare.isEmpty && !bare.contains { $0 == " " || $0 == "/" || $0 == "@" } && colons != 1
            return fits ? bare : nil
        }, write: { $0 })
}

extension ValueForm where Value == Bool {
    static let flag = ValueForm.scalar(
        "true or false", read: { $0 == "true" ? true : $0 == "false" ? false : nil }, write: { String($0) })
}

extension ValueForm where Value == Int {
    static func number(_ range: ClosedRange<Int>, _ unit: String? = nil) -> ValueForm {
        .scalar(
            "a whole number from \(range.lowerBound) to \(range.upperBound)" + (unit.map { " (\($0))" } ?? ""),
            read: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }, write: { String($0) })
    }
}

extension ValueForm where Value == UInt32 {
    static let fileMode = ValueForm.scalar(
        "permissions in octal such as 0660",
        read: { text in
            let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
            guard (3...4).contains(digits.count), let mode = UInt32(digits, radix: 8), mode <= 0o777 else { return nil }
            return mode
        }, write: { "0" + String($0, radix: 8) })
}

extension ValueForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of an enumeration.
    static var choice: ValueForm {
        let names = Value.allCases.map(\.rawValue)
        return .scalar(
            "one of " + names.joined(separator: ", "), read: { Value(rawValue: $0) }, write: { $0.rawValue })
    }
}

extension ValueForm where Value == ListenAddress {
    static let listen = ValueForm.scalar(
        "a transport, address and port such as udp:0.0.0.0:5060 or tcp:[::]:5060", read: { ListenAddress($0) },
        write: { $0.description })
}

extension ValueForm where Value == HostPort {
    static let hostPort = ValueForm.scalar(
        "an address and port such as 127.0.0.1:9090", read: { HostPort($0) }, write: { $0.description })
}

extension ValueForm where Value == AddressRange {
    static let addresses = ValueForm.scalar(
        "an address or a network such as 192.0.2.7 or 10.0.0.0/8", read: { AddressRange($0) },
        write: { $0.description })
}

extension ValueForm where Value == PortRange {
    static let ports = ValueForm.scalar(
        "a range of ports from 1024 to 65535 such as 16384-32767", read: { PortRange($0) },
        write: { $0.description })
}
