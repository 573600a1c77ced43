// SPDX-License-Identifier: GPL-3.0-or-later

/// A key sent by SIP INFO (RFC 2976, 6086), in the two bodies that telephones use.
package struct DTMFInfo: Hashable, Sendable {
    /// "Signal=5", "Duration=160" lines.
    package static let relayContentType = "application/dtmf-relay"
    /// The character alone.
    package static let plainContentType = "application/dtmf"

    /// Event code: 0–15 the keys, 16 flash.
    package var code: UInt8
    /// As stated; nil where it is not.
    package var milliseconds: Int?

    /// The key; nil for flash.
    package var digit: DTMFDigit? { DTMFDigit(rawValue: code) }

    package init(digit: DTMFDigit, milliseconds: Int? = nil) {
        code = digit.rawValue
        self.milliseconds = milliseconds
    }

    /// Reads `body` of a content type of the two, in any case and with any parameters; nil for others and for what
    /// names no key.
    package init?(contentType: String, body: [UInt8]) {
        let type = contentType.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        switch type {
        case Self.plainContentType: self.init(plain: body)
        case Self.relayContentType: self.init(relay: body)
        default: return nil
        }
    }

    /// The body of `application/dtmf-relay`.
    package var relayBody: [UInt8] {
        Array("Signal=\(signal)\r\nDuration=\(milliseconds ?? 160)\r\n".utf8)
    }

    private var signal: String { digit.map(String.init(describing:)) ?? "!" }

    private init?(plain body: [UInt8]) {
        guard let code = Self.code(Self.trimmed(body[...])) else { return nil }
        self.code = code
    }

    private init?(relay body: [UInt8]) {
        var found: UInt8?
        var duration: Int?
        for line in body.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            guard let equals = line.firstIndex(where: { $0 == 0x3D || $0 == 0x3A }) else { continue }
            let value = Self.trimmed(line[(equals + 1)...])
            switch Self.trimmed(line[..<equals]).lowercased() {
            case "signal": found = Self.code(value)
            case "duration": duration = Int(value).flatMap { (1...60_000).contains($0) ? $0 : nil }
            default: break
            }
        }
        guard let found else { return nil }
        code = found
        milliseconds = duration
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }

    /// A key's character, its number (some telephones say 10 for * and 11 for #), or flash.
    private static func code(_ signal: String) -> UInt8? {
        if signal.count == 1, let character = signal.first {
            return character == "!" ? 16 : DTMFDigit(character)?.rawValue
        }
        switch signal.lowercased() {
        case "star": return 10
        case "pound", "hash": return 11
        case "flash", "hf": return 16
        default:
            guard let code = UInt8(signal), code <= 16 else { return nil }
            return code
        }
    }
}
