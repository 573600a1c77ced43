// SPDX-License-Identifier: GPL-3.0-or-later

extension SessionDescription: CustomStringConvertible {
    /// The description in the order of RFC 8866 §9, lines ended by CRLF. Line ends and NUL inside a value become spaces, so a
    /// value can never begin a line of its own.
    package func serialized() -> [UInt8] { Array(description.utf8) }

    package var description: String {
        var writer = SDPWriter()
        writer.line("v", "0")
        writer.line("o", origin.value)
        writer.line("s", name)
        writer.line("i", information)
        writer.line("u", uri)
        for email in emails { writer.line("e", email) }
        for phone in phones { writer.line("p", phone) }
        writer.line("c", connection?.value)
        for bandwidth in bandwidths { writer.line("b", "\(bandwidth.type):\(bandwidth.value)") }
        for time in times {
            writer.line("t", "\(time.start) \(time.stop)")
            for line in time.lines { writer.line(line.letter, line.value) }
        }
        writer.line("k", key)
        writer.attributes(attributes)
        for line in otherLines { writer.line(line.letter, line.value) }
        for section in media { writer.media(section) }
        return writer.text
    }
}

private struct SDPWriter {
    var text = ""

    mutating func line(_ letter: Character, _ value: String?) {
        guard let value else { return }
        text.append(letter)
        text.append("=")
        if value.utf8.contains(where: Self.endsLine) {
            text += String(decoding: value.utf8.map { Self.endsLine($0) ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        } else {
            text += value
        }
        text += "\r\n"
    }

    mutating func attributes(_ attributes: [SDPAttribute]) {
        for attribute in attributes {
            line("a", attribute.value.map { "\(attribute.name):\($0)" } ?? attribute.name)
        }
    }

    mutating func media(_ media: MediaDescription) {
        line("m", media.value)
        line("i", media.information)
        for connection in media.connections { line("c", connection.value) }
        for bandwidth in media.bandwidths { line("b", "\(bandwidth.type):\(bandwidth.value)") }
        line("k", media.key)
        attributes(media.attributes)
        for other in media.otherLines { line(other.letter, other.value) }
    }

    private static func endsLine(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") || byte == 0
    }
}
