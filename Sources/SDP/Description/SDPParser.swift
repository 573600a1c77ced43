// SPDX-License-Identifier: GPL-3.0-or-later

/// Bytes to ``SessionDescription``, one line at a time.
struct SDPParser {
    private let limits: SDPLimits
    private var line = 0
    private var sawVersion = false
    private var origin: SessionOrigin?
    private var name: String?
    // The origin here is a placeholder until the whole text is read.
    private var session = SessionDescription(
        origin: SessionOrigin(sessionID: "0", sessionVersion: "0", addressType: "IP4", address: "0.0.0.0"), times: [])
    private var section: MediaDescription?

    init(limits: SDPLimits) { self.limits = limits }

    mutating func parse(_ bytes: [UInt8]) throws(SDPError) -> SessionDescription {
        guard bytes.count <= limits.maximumBytes else {
            throw SDPError(line: 0, problem: .tooLarge(bytes: bytes.count))
        }
        let newline = UInt8(ascii: "\n")
        var start = 0
        while start < bytes.count {
            line += 1
            guard line <= limits.maximumLines else { throw failure(.tooManyLines) }
            // A loop, as in FieldText: tests are not optimised.
            var end = start
            while end < bytes.count, bytes[end] != newline { end += 1 }
            var text = bytes[start..<end]
            start = end + 1
            if text.last == UInt8(ascii: "\r") { text = text.dropLast() }
            try accept(text)
        }
        return try finish()
    }

    private mutating func accept(_ text: ArraySlice<UInt8>) throws(SDPError) {
        if let byte = text.first(where: { $0 == 0 || $0 == UInt8(ascii: "\r") }) { throw failure(.illegalByte(byte)) }
        if text.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { return }
        guard let first = text.first, text.dropFirst().first == UInt8(ascii: "="), Self.isLetter(first) else {
            throw failure(.notALine)
        }
        let letter = Character(Unicode.Scalar(first))
        let value = String(decoding: text.dropFirst(2), as: UTF8.self)
        if !sawVersion {
            guard letter == "v", value.trimmed == "0" else { throw failure(.unsupportedVersion) }
            sawVersion = true
        } else if letter == "m" {
            try beginSection(value)
        } else if section != nil {
            try acceptMedia(letter, value)
        } else {
            try acceptSession(letter, value)
        }
    }

    private mutating func beginSection(_ value: String) throws(SDPError) {
        endSection()
        guard session.media.count < limits.maximumMedia else { throw failure(.tooManyMedia) }
        guard let media = MediaDescription(parsing: value) else { throw failure(.malformed("m")) }
        section = media
    }

    private mutating func endSection() {
        if let section { session.media.append(section) }
        section = nil
    }

    private mutating func acceptSession(_ letter: Character, _ value: String) throws(SDPError) {
        switch letter {
        case "o" where origin == nil:
            guard let parsed = SessionOrigin(parsing: value) else { throw failure(.malformed("o")) }
            origin = parsed
        case "s" where name == nil: name = value
        case "i" where session.information == nil: session.information = value
        case "u" where session.uri == nil: session.uri = value
        case "e": session.emails.append(value)
        case "p": session.phones.append(value)
        case "c" where session.connection == nil: session.connection = try connection(value)
        case "b": keep(Bandwidth(parsing: value), in: \.bandwidths, else: SDPLine(letter, value))
        case "t": keep(TimeDescription(parsing: value), in: \.times, else: SDPLine(letter, value))
        case "r", "z":
            guard let last = session.times.indices.last else { throw failure(.misplaced(letter)) }
            session.times[last].lines.append(SDPLine(letter, value))
        case "k" where session.key == nil: session.key = value
        case "a": session.attributes.append(SDPAttribute(parsing: value))
        default: session.otherLines.append(SDPLine(letter, value))
        }
    }

    private mutating func acceptMedia(_ letter: Character, _ value: String) throws(SDPError) {
        switch letter {
        case "i" where section?.information == nil: section?.information = value
        case "c":
            let connection = try connection(value)
            section?.connections.append(connection)
        case "b":
            if let bandwidth = Bandwidth(parsing: value) {
                section?.bandwidths.append(bandwidth)
            } else {
                section?.otherLines.append(SDPLine(letter, value))
            }
        case "k" where section?.key == nil: section?.key = value
        case "a": section?.attributes.append(SDPAttribute(parsing: value))
        default: section?.otherLines.append(SDPLine(letter, value))
        }
    }

    /// An optional line that cannot be read does not spoil the session.
    private mutating func keep<Element>(
        _ element: Element?, in list: WritableKeyPath<SessionDescription, [Element]>, else line: SDPLine
    ) {
        if let element {
            session[keyPath: list].append(element)
        } else {
            session.otherLines.append(line)
        }
    }

    private func connection(_ value: String) throws(SDPError) -> ConnectionData {
        guard let connection = ConnectionData(parsing: value) else { throw failure(.malformed("c")) }
        return connection
    }

    private mutating func finish() throws(SDPError) -> SessionDescription {
        endSection()
        guard sawVersion else { throw SDPError(line: 0, problem: .missing("v")) }
        guard let origin else { throw SDPError(line: 0, problem: .missing("o")) }
        session.origin = origin
        session.name = name ?? "-"
        if session.times.isEmpty { session.times = [TimeDescription()] }
        return session
    }

    private func failure(_ problem: SDPError.Problem) -> SDPError { SDPError(line: line, problem: problem) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
