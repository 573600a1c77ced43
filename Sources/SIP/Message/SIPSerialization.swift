// SPDX-License-Identifier: GPL-3.0-or-later

extension SIPRequest {
    /// Bytes for the wire. Content-Length is written from the body, whatever `headers` says.
    package func serialized() -> [UInt8] {
        var writer = MessageWriter(bodyCount: body.count)
        writer.startLine(method.rawValue, uri.description, "SIP/2.0")
        writer.finish(headers, body)
        return writer.bytes
    }
}

extension SIPResponse {
    /// Bytes for the wire. Content-Length is written from the body, whatever `headers` says.
    package func serialized() -> [UInt8] {
        var writer = MessageWriter(bodyCount: body.count)
        writer.startLine("SIP/2.0", String(min(max(status, 100), 699)), reason)
        writer.finish(headers, body)
        return writer.bytes
    }
}

/// Writes one message. Line ends and other control bytes inside a value become spaces, so that no value can add a
/// header of its own.
private struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    init(bodyCount: Int) {
        bytes.reserveCapacity(bodyCount + 1024)
    }

    mutating func startLine(_ first: String, _ second: String, _ third: String) {
        text(first)
        bytes.append(0x20)
        text(second)
        bytes.append(0x20)
        text(third)
        lineEnd()
    }

    mutating func finish(_ headers: SIPHeaders, _ body: [UInt8]) {
        var openLine: String?
        for field in headers.fields where field.name != "Content-Length" {
            if openLine == field.name {
                bytes.append(UInt8(ascii: ","))
                bytes.append(0x20)
            } else {
                if openLine != nil { lineEnd() }
                openLine = field.name
                text(field.name)
                bytes.append(UInt8(ascii: ":"))
                bytes.append(0x20)
            }
            text(field.value)
            if !SIPHeaderName.sharesLine(field.name) {
                lineEnd()
                openLine = nil
            }
        }
        if openLine != nil { lineEnd() }
        text("Content-Length: ")
        text(String(body.count))
        lineEnd()
        lineEnd()
        bytes.append(contentsOf: body)
    }

    private mutating func text(_ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: value.utf8)
        for index in start..<bytes.count where (bytes[index] < 0x20 && bytes[index] != 0x09) || bytes[index] == 0x7F {
            bytes[index] = 0x20
        }
    }

    private mutating func lineEnd() {
        bytes.append(0x0D)
        bytes.append(0x0A)
    }
}
