// SPDX-License-Identifier: GPL-3.0-or-later

/// The lines of a message, each value as the sender wrote it.
struct ScannedMessage: Sendable {
    enum StartLine: Hashable, Sendable {
        case request(method: String, target: String, version: String)
        case response(version: String, code: String, reason: String)
    }

    var startLine: StartLine
    var headers = SIPHeaders()
    var body: [UInt8] = []
    /// The first thing wrong with the lines; headers hold what could be read in spite of it.
    var fault: MessageFault?
}

/// Cuts a message into start line, header fields and body (RFC 3261 §7.3.1, §7.4, §18.3): continuation lines joined,
/// compact names spelt out, lists split. It judges lines and framing, not what stands in the values.
struct MessageScanner {
    enum Result {
        case nothing
        case notSIP
        case scanned(ScannedMessage)
    }

    private let bytes: [UInt8]
    private let limits: SIPMessageLimits
    private var position = 0
    private var contentLength: String?

    private init(_ bytes: [UInt8], _ limits: SIPMessageLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    static func scan(_ bytes: [UInt8], limits: SIPMessageLimits) -> Result {
        var scanner = MessageScanner(bytes, limits)
        return scanner.scan()
    }

    private mutating func scan() -> Result {
        // Line ends before the start line are ignored (§7.5).
        while position < bytes.count, bytes[position] == 0x0D || bytes[position] == 0x0A { position += 1 }
        guard position < bytes.count else { return .nothing }
        guard let line = nextLine(), let startLine = Self.startLine(bytes[line]) else { return .notSIP }
        var message = ScannedMessage(startLine: startLine)
        if line.count > limits.lineBytes {
            message.fault = MessageFault(414, SIPResponse.reasonPhrase(414))
        } else if case .request(_, let target, _) = startLine, target.utf8.contains(where: \.isLinearWhitespace) {
            message.fault = MessageFault(400, "Spaces in Request-URI")
        }
        scanFields(&message)
        scanBody(&message)
        return .scanned(message)
    }

    /// The next line without its end, which is CRLF or LF alone. nil where no line end follows.
    private mutating func nextLine() -> Range<Int>? {
        guard let end = bytes[position...].firstIndex(of: 0x0A) else { return nil }
        let start = position
        position = end + 1
        return start..<(end > start && bytes[end - 1] == 0x0D ? end - 1 : end)
    }

    // MARK: Start line

    private static func startLine(_ line: ArraySlice<UInt8>) -> ScannedMessage.StartLine? {
        guard let space = line.firstIndex(of: 0x20) else { return nil }
        let first = line[..<space]
        let rest = line[(space + 1)...]
        if first.starts(with: [0x53, 0x49, 0x50, 0x2F]) {
            let code = rest.prefix { $0 != 0x20 }
            let reason = rest.dropFirst(code.count).drop { $0 == 0x20 }
            return .response(version: text(first), code: text(code), reason: text(reason))
        }
        // Extra spaces around the three parts are harmless (RFC 4475 §3.1.2.9, §3.1.2.10); inside a URI they are not.
        let trimmed = trim(rest)
        guard !first.isEmpty, first.allSatisfy(\.isToken), let gap = trimmed.lastIndex(where: \.isLinearWhitespace)
        else {
            return nil
        }
        let version = trimmed[(gap + 1)...]
        guard version.count > 4, text(version.prefix(4)).equalsIgnoringCase("SIP/") else { return nil }
        return .request(method: text(first), target: text(trim(trimmed[..<gap])), version: text(version))
    }

    private static func text(_ slice: ArraySlice<UInt8>) -> String {
        String(decoding: slice, as: UTF8.self)
    }

    private static func trim(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let tail = slice.drop(while: \.isLinearWhitespace)
        guard let end = tail.lastIndex(where: { !$0.isLinearWhitespace }) else { return tail.prefix(0) }
        return tail[...end]
    }

    // MARK: Header fields

    private mutating func scanFields(_ message: inout ScannedMessage) {
        message.headers.reserve(24)
        var count = 0
        while true {
            guard let line = nextLine() else {
                position = bytes.count
                note(&message, MessageFault(400, "No End of Headers"))
                return
            }
            if line.isEmpty { return }
            count += 1
            guard count <= limits.headerFields else {
                note(&message, MessageFault(400, "Too Many Headers"))
                position = bytes.count
                return
            }
            field(bytes[line], &message)
        }
    }

    /// Reads one field, with the continuation lines that follow it.
    private mutating func field(_ line: ArraySlice<UInt8>, _ message: inout ScannedMessage) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            return note(&message, MessageFault(400, "Header Without Colon"))
        }
        let name = Self.trim(line[..<colon])
        guard !name.isEmpty, name.allSatisfy(\.isToken), line.first?.isLinearWhitespace == false else {
            return note(&message, MessageFault(400, "Malformed Header Name"))
        }
        var value = Self.trim(line[(colon + 1)...])
        if nextByteContinues {
            var joined = Array(value)
            while nextByteContinues, joined.count <= limits.lineBytes, let more = nextLine() {
                if !joined.isEmpty { joined.append(0x20) }
                joined.append(contentsOf: Self.trim(bytes[more]))
            }
            value = joined[...]
        }
        guard value.count <= limits.lineBytes else {
            return note(&message, MessageFault(400, "Header Too Long"))
        }
        let nameText = SIPHeaderName.canonical(Self.text(name))
        let valueText = Self.text(value)
        if nameText == "Content-Length" {
            if let contentLength, contentLength != valueText {
                note(&message, MessageFault(400, "Conflicting Content-Length"))
            }
            contentLength = valueText
        } else {
            message.headers.append(canonical: nameText, valueText)
        }
    }

    private var nextByteContinues: Bool {
        position < bytes.count && (bytes[position] == 0x20 || bytes[position] == 0x09)
    }

    private func note(_ message: inout ScannedMessage, _ fault: MessageFault) {
        if message.fault == nil { message.fault = fault }
    }

    // MARK: Body

    private func scanBody(_ message: inout ScannedMessage) {
        let rest = bytes[min(position, bytes.count)...]
        guard let contentLength else {
            // In a datagram the body is what is left (§18.3); the framer of a stream leaves nothing.
            message.body = Array(rest)
            return
        }
        guard let count = Self.contentLength(contentLength) else {
            return note(&message, MessageFault(400, "Malformed Content-Length"))
        }
        guard count <= rest.count else { return note(&message, MessageFault(400, "Body Shorter Than Content-Length")) }
        message.body = Array(rest.prefix(count))
    }

    /// Digits only, and few enough to count with; nil for anything else.
    static func contentLength(_ text: String) -> Int? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "0") }
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit), digits.count <= 9 else { return nil }
        return digits.isEmpty ? 0 : Int(text)
    }
}
