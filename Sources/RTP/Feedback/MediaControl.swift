// SPDX-License-Identifier: GPL-3.0-or-later

/// Media control by SIP INFO (RFC 5168): how a peer that does not speak RTCP feedback asks for a key frame.
package enum MediaControl: Hashable, Sendable {
    package static let contentType = "application/media_control+xml"
    /// Larger bodies are not looked at.
    static let maximumBytes = 8192

    /// "Send a key frame."
    case pictureFastUpdate
    /// The peer could not make use of an earlier command. Never answered (§6), and no more commands should be sent.
    case generalError

    /// Reads `body` of the content type, in any case and with any parameters; nil for others and for what says neither.
    ///
    /// Elements are told by their local names, wherever they stand below `media_control`: peers differ in namespaces,
    /// in the declaration, and in whether the command is an empty element.
    package init?(contentType: String, body: [UInt8]) {
        let type = contentType.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        guard type == Self.contentType, body.count <= Self.maximumBytes else { return nil }
        var scanner = ElementScanner(body)
        guard scanner.next() == "media_control" else { return nil }
        while let name = scanner.next() {
            switch name {
            case "picture_fast_update": self = .pictureFastUpdate
            case "general_error": self = .generalError
            default: continue
            }
            return
        }
        return nil
    }

    /// The document of RFC 5168 §7.
    package var body: [UInt8] {
        let content =
            switch self {
            case .pictureFastUpdate:
                "<vc_primitive><to_encoder><picture_fast_update></picture_fast_update></to_encoder></vc_primitive>"
            case .generalError: "<general_error></general_error>"
            }
        return Array(
            "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n<media_control>\(content)</media_control>\r\n".utf8)
    }
}

/// The local names of the start tags of a document, in order. Comments, declarations and CDATA are passed over, nothing
/// is expanded.
private struct ElementScanner {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> String? {
        while skip(through: [UInt8(ascii: "<")]) {
            let rest = bytes[offset...]
            if rest.starts(with: "!--".utf8) {
                offset += 3
                guard skip(through: Array("-->".utf8)) else { return nil }
            } else if rest.starts(with: "![CDATA[".utf8) {
                guard skip(through: Array("]]>".utf8)) else { return nil }
            } else if let first = rest.first, !Self.isMarkup(first) {
                return name()
            }
        }
        return nil
    }

    private mutating func name() -> String {
        var start = offset
        while offset < bytes.count, !Self.endsName(bytes[offset]) {
            if bytes[offset] == UInt8(ascii: ":") { start = offset + 1 }
            offset += 1
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// Moves behind the next occurrence of `mark`; false, at the end, where there is none.
    private mutating func skip(through mark: [UInt8]) -> Bool {
        while offset < bytes.count {
            if bytes[offset...].starts(with: mark) {
                offset += mark.count
                return true
            }
            offset += 1
        }
        return false
    }

    /// End tags, processing instructions and declarations.
    private static func isMarkup(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "!")
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }
}
