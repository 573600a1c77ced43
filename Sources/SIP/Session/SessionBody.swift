// SPDX-License-Identifier: GPL-3.0-or-later

/// The session description in the body of a message: the body itself, or a part of a multipart one (RFC 5621 §3).
enum SessionBody: Hashable, Sendable {
    case none
    case description([UInt8])
    /// A body that is to be understood and is not: 415.
    case unsupported

    static let mediaType = "application/sdp"

    init(of message: some SIPMessageFields) {
        guard !message.body.isEmpty else {
            self = .none
            return
        }
        let type = message.mediaType ?? ""
        if type == Self.mediaType {
            let isPacked = message.headers.all("Content-Encoding").contains { !$0.equalsIgnoringCase("identity") }
            self = isPacked ? .unsupported : .description(message.body)
        } else if type.hasPrefix("multipart/"), let contentType = message.contentType,
            let boundary = HeaderFieldParameters(parsing: contentType).parameter("boundary"), !boundary.isEmpty
        {
            self =
                Self.part(Self.mediaType, of: message.body, boundary: boundary).map { .description($0) } ?? .unsupported
        } else if Self.isOptional(message.headers.first("Content-Disposition")) {
            self = .none
        } else {
            self = .unsupported
        }
    }

    private static func isOptional(_ disposition: String?) -> Bool {
        guard let disposition else { return false }
        return HeaderFieldParameters(parsing: disposition).parameter("handling")?.equalsIgnoringCase("optional")
            ?? false
    }

    /// The first part of a type.
    fileprivate static func part(_ type: String, of body: [UInt8], boundary: String) -> [UInt8]? {
        let delimiter = Array("--".utf8) + Array(boundary.utf8)
        var starts: [Int] = []
        var index = 0
        while index + delimiter.count <= body.count {
            let atLineStart = index == 0 || body[index - 1] == 0x0A
            if atLineStart, body[index..<index + delimiter.count].elementsEqual(delimiter) {
                starts.append(index)
                index += delimiter.count
            } else {
                index += 1
            }
        }
        for (start, end) in zip(starts, starts.dropFirst()) {
            let whole = body[(start + delimiter.count)..<end]
            guard let (head, content) = split(whole) else { continue }
            if head.contains(where: { $0.hasPrefix("content-type:") && $0.contains(type) }) { return content }
        }
        return nil
    }

    /// The header lines in lower case, and what follows the empty line without the line end before the next delimiter.
    private static func split(_ part: ArraySlice<UInt8>) -> (head: [String], content: [UInt8])? {
        var lines: [String] = []
        var line: [UInt8] = []
        var index = part.startIndex
        while index < part.endIndex {
            let byte = part[index]
            index += 1
            guard byte == 0x0A else {
                if byte != 0x0D { line.append(byte) }
                continue
            }
            let isFirst = lines.isEmpty && line.isEmpty && index - part.startIndex <= 2
            if line.isEmpty && !isFirst {
                var content = part[index...]
                if content.last == 0x0A { content.removeLast() }
                if content.last == 0x0D { content.removeLast() }
                return (lines, Array(content))
            }
            if !line.isEmpty { lines.append(String(decoding: line, as: UTF8.self).lowercased()) }
            line = []
        }
        return nil
    }

    /// The description, where there is one.
    var bytes: [UInt8]? {
        if case .description(let bytes) = self { return bytes }
        return nil
    }
}

extension SIPMessageFields {
    /// The part of a multipart body (RFC 2046 §5.1) that has a type, in lower case; the body itself where it has it.
    package func bodyPart(_ type: String) -> [UInt8]? {
        guard let own = mediaType, !body.isEmpty else { return nil }
        if own == type { return body }
        guard own.hasPrefix("multipart/"), let contentType,
            let boundary = HeaderFieldParameters(parsing: contentType).parameter("boundary"), !boundary.isEmpty
        else { return nil }
        return SessionBody.part(type, of: body, boundary: boundary)
    }

    /// Whether its sender takes an answer of that type, in lower case (RFC 3261 §20.1): without an Accept, anything. One that is empty
    /// would take nothing; whoever sends it means nothing by it.
    package func accepts(_ type: String) -> Bool {
        let ranges = headers.all("Accept").flatMap { $0.split(separator: ",") }
            .map { $0.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased() }.filter { !$0.isEmpty }
        let family = type.prefix { $0 != "/" }
        return ranges.isEmpty || ranges.contains { $0 == type || $0 == "*/*" || $0 == "\(family)/*" }
    }

    /// Puts a session description into the message; nil leaves it without a body.
    mutating func setDescription(_ description: [UInt8]?) {
        body = description ?? []
        if body.isEmpty {
            headers.remove("Content-Type")
        } else {
            headers.set("Content-Type", SessionBody.mediaType)
        }
    }

    /// Puts more behind the description (RFC 5621 §3.1); without one nothing.
    mutating func add(_ parts: [SessionInvite.Part]) {
        guard !parts.isEmpty, !body.isEmpty else { return }
        // No line of a description begins with a hyphen, nor one of the parts.
        let boundary = "confab-part"
        var text = Array("--\(boundary)\r\nContent-Type: \(SessionBody.mediaType)\r\n\r\n".utf8) + body
        for part in parts {
            let head = "Content-Type: \(part.contentType)\r\nContent-Disposition: \(part.disposition)\r\n\r\n"
            text += Array("\r\n--\(boundary)\r\n\(head)".utf8) + part.bytes
        }
        body = text + Array("\r\n--\(boundary)--\r\n".utf8)
        headers.set("Content-Type", "multipart/mixed;boundary=\"\(boundary)\"")
    }

    /// What the message says of the session timer (RFC 4028).
    var sessionTimerFields: SessionTimerFields {
        SessionTimerFields(
            supportsTimer: supports("timer"),
            sessionExpires: headers.first("Session-Expires").flatMap(SessionExpires.init(parsing:)),
            minimumInterval: deltaSeconds("Min-SE").map(Int.init))
    }

    /// Whether an option tag stands in Supported or Require.
    func supports(_ option: String) -> Bool {
        supported.contains { $0.equalsIgnoringCase(option) } || require.contains { $0.equalsIgnoringCase(option) }
    }

    /// The Reason values (RFC 3326).
    package var reasons: [SIPReason] {
        headers.all("Reason").compactMap(SIPReason.init(parsing:))
    }
}
