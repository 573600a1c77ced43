// SPDX-License-Identifier: GPL-3.0-or-later

/// Why a byte stream can no longer be cut into messages. The connection has to be closed (RFC 4475 §3.1.2.3).
package enum StreamFramingError: Error, Hashable, Sendable {
    /// No end of headers within the limit, so nobody can be answered.
    case headTooLarge
    /// The head of a message announces more than the limit; answer it with 413.
    case messageTooLarge(head: [UInt8])
    /// Content-Length is no number, or there are two; answer the head with 400.
    case badContentLength(head: [UInt8])
}

/// Cuts the bytes of a TCP connection into messages by Content-Length (RFC 3261 §18.3) and finds keep-alives
/// (RFC 5626 §3.5.1). Feed it bytes as they come, then call `next` until it returns nil. A missing Content-Length
/// counts as zero.
package struct StreamFramer: Sendable {
    package enum Frame: Hashable, Sendable {
        case message([UInt8])
        /// A double CRLF between messages: answer it with one CRLF.
        case ping
    }

    private let limits: SIPMessageLimits
    private var buffer: [UInt8] = []
    /// Where unread bytes begin.
    private var start = 0
    /// How far the end of the head was looked for.
    private var searched = 0
    /// Where the message being collected ends, once its head is known.
    private var end: Int?
    private var failed: StreamFramingError?

    package init(limits: SIPMessageLimits = SIPMessageLimits()) {
        self.limits = limits
    }

    /// Bytes that wait for the rest of their message.
    package var pendingBytes: Int { buffer.count - start }

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        guard failed == nil else { return }
        if start > 0, start == buffer.count || start > 65536 { compact() }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message or keep-alive; nil until more bytes come.
    /// - Throws: `StreamFramingError`, again on each call after the first.
    package mutating func next() throws(StreamFramingError) -> Frame? {
        if let failed { throw failed }
        do { return try cut() } catch {
            failed = error
            buffer = []
            start = 0
            throw error
        }
    }

    private mutating func cut() throws(StreamFramingError) -> Frame? {
        if end == nil {
            if let ping = skipLineEnds() { return ping }
            guard let headEnd = findHeadEnd() else {
                if buffer.count - start > limits.messageBytes { throw .headTooLarge }
                return nil
            }
            let head = Array(buffer[start..<headEnd])
            guard let length = Self.contentLength(of: head, limits: limits) else { throw .badContentLength(head: head) }
            guard head.count + length <= limits.messageBytes else { throw .messageTooLarge(head: head) }
            end = headEnd + length
        }
        guard let end, end <= buffer.count else { return nil }
        let message = Array(buffer[start..<end])
        start = end
        searched = end
        self.end = nil
        return .message(message)
    }

    /// Steps over line ends before a start line. Two CRLF in a row are a ping; one alone is nothing.
    private mutating func skipLineEnds() -> Frame? {
        while start < buffer.count {
            switch buffer[start] {
            case 0x0D:
                // Half a ping may be all that has come so far.
                guard start + 1 < buffer.count else { return nil }
                guard buffer[start + 1] == 0x0A else {
                    start += 1
                    continue
                }
                if start + 3 < buffer.count, buffer[start + 2] == 0x0D, buffer[start + 3] == 0x0A {
                    start += 4
                    searched = start
                    return .ping
                }
                let waiting = buffer[(start + 2)...]
                if waiting.isEmpty || (waiting.count == 1 && waiting.first == 0x0D) { return nil }
                start += 2
            case 0x0A:
                start += 1
            default:
                searched = max(searched, start)
                return nil
            }
        }
        searched = start
        return nil
    }

    /// Past the empty line that ends the head. Lines may end with LF alone, as `MessageScanner` reads them.
    private mutating func findHeadEnd() -> Int? {
        guard start < buffer.count, buffer[start] != 0x0D else { return nil }
        var index = max(searched, start)
        while let lineEnd = buffer[index...].firstIndex(of: 0x0A) {
            let next = lineEnd + 1
            if next < buffer.count, buffer[next] == 0x0A { return next + 1 }
            if next + 1 < buffer.count, buffer[next] == 0x0D, buffer[next + 1] == 0x0A { return next + 2 }
            // Look at this line end again if what follows it has not come yet.
            guard next + 1 < buffer.count else {
                searched = lineEnd
                return nil
            }
            index = next
        }
        searched = buffer.count
        return nil
    }

    /// nil where the header is no number or contradicts itself.
    private static func contentLength(of head: [UInt8], limits: SIPMessageLimits) -> Int? {
        var found: Int?
        var lineStart = 0
        while let lineEnd = head[lineStart...].firstIndex(of: 0x0A) {
            defer { lineStart = lineEnd + 1 }
            let line = head[lineStart..<lineEnd]
            guard let first = line.first?.asciiLowercased, first == UInt8(ascii: "c") || first == UInt8(ascii: "l"),
                let colon = line.firstIndex(of: UInt8(ascii: ":"))
            else { continue }
            let name = String(decoding: line[..<colon], as: UTF8.self).trimmed
            guard name.equalsIgnoringCase("content-length") || name.equalsIgnoringCase("l") else { continue }
            var value = String(decoding: line[(colon + 1)...], as: UTF8.self).trimmed
            if value.isEmpty { value = Self.continuation(of: head, after: lineEnd) }
            guard let length = MessageScanner.contentLength(value), found == nil || found == length else { return nil }
            found = length
        }
        return found ?? 0
    }

    /// The value of a header that stands on the following line.
    private static func continuation(of head: [UInt8], after lineEnd: Int) -> String {
        let next = head[(lineEnd + 1)...]
        guard let first = next.first, first == 0x20 || first == 0x09 else { return "" }
        return String(decoding: next.prefix { $0 != 0x0A }, as: UTF8.self).trimmed
    }

    private mutating func compact() {
        buffer.removeSubrange(..<start)
        searched = max(0, searched - start)
        if let end { self.end = end - start }
        start = 0
    }
}
