// SPDX-License-Identifier: GPL-3.0-or-later

import COSIP

/// libosip2's judgement of a message. Its memory lives inside one call.
enum OSIPGrammar {
    /// Reads libosip2's tables once, and silences its log: left alone it prints each bad message's fault to standard output.
    /// Its levels can be switched off only after a sink was given to it.
    private static let ready: Bool = {
        unsafe osip_trace_initialize_func(TRACE_LEVEL0) { _, _, _, _, _ in }
        for level in [
            TRACE_LEVEL0, TRACE_LEVEL1, TRACE_LEVEL2, TRACE_LEVEL3, TRACE_LEVEL4, TRACE_LEVEL5, TRACE_LEVEL6,
            TRACE_LEVEL7,
        ] {
            osip_trace_disable_level(level)
        }
        return parser_init() == 0
    }()

    /// What decides where a message belongs. A fault elsewhere is for whoever reads that header: a phone with a crooked
    /// Alert-Info or Date still gets its call (RFC 4475 §3.1.2.12).
    private static let decisive: Set<String> = [
        "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Route", "Record-Route", "Content-Type", "MIME-Version",
    ]

    /// Whether libosip2 parses the message's start line and decisive headers, and reads the same method or status.
    static func accepts(_ message: ScannedMessage) -> Bool {
        guard ready else { return false }
        var parsed: UnsafeMutablePointer<osip_message_t>?
        guard unsafe osip_message_init(&parsed) == 0, let parsed = unsafe parsed else { return false }
        defer { unsafe osip_message_free(parsed) }
        let text = normalized(message)
        let result = unsafe text.withUnsafeBytes { buffer in
            unsafe osip_message_parse(parsed, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        guard result == 0 else { return false }
        switch message.startLine {
        case .request(let method, _, _):
            guard let read = unsafe parsed.pointee.sip_method else { return false }
            return unsafe String(cString: read) == method
        case .response(_, let code, _):
            return unsafe parsed.pointee.status_code == Int32(code)
        }
    }

    /// The message as libosip2 can read it: one line a field, no body, no NUL bytes (they are legal inside quotes, but
    /// end a C string).
    private static func normalized(_ message: ScannedMessage) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(1024)
        switch message.startLine {
        case .request(let method, let target, _):
            text.append(contentsOf: method.utf8)
            text.append(0x20)
            text.append(contentsOf: target.utf8)
            text.append(contentsOf: " SIP/2.0\r\n".utf8)
        case .response(_, let code, let reason):
            text.append(contentsOf: "SIP/2.0 ".utf8)
            text.append(contentsOf: code.utf8)
            text.append(0x20)
            text.append(contentsOf: reason.utf8)
            text.append(contentsOf: "\r\n".utf8)
        }
        for field in message.headers.fields where decisive.contains(field.name) && !field.value.isEmpty {
            text.append(contentsOf: field.name.utf8)
            text.append(UInt8(ascii: ":"))
            text.append(0x20)
            text.append(contentsOf: field.value.utf8)
            text.append(contentsOf: "\r\n".utf8)
        }
        text.append(contentsOf: "Content-Length: 0\r\n\r\n".utf8)
        for index in text.indices where text[index] == 0 { text[index] = UInt8(ascii: "0") }
        return text
    }
}
