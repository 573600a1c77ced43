// SPDX-License-Identifier: GPL-3.0-or-later

/// Why a session ends: one value of a `Reason` header (RFC 3326 §2).
package struct SIPReason: Hashable, Sendable, CustomStringConvertible {
    /// The protocol whose cause this is: "SIP" or "Q.850".
    package var protocolName: String
    /// A SIP status code or a Q.850 cause value.
    package var cause: Int?
    /// Words for a person.
    package var text: String?

    package init(protocolName: String = "SIP", cause: Int?, text: String? = nil) {
        self.protocolName = protocolName
        self.cause = cause
        self.text = text
    }

    /// Reads one header value such as `SIP ;cause=200 ;text="Call completed elsewhere"`; nil when there is no protocol.
    package init?(parsing value: String) {
        let fields = HeaderFieldParameters(parsing: value)
        guard !fields.value.isEmpty else { return nil }
        self.init(
            protocolName: fields.value, cause: fields.parameter("cause").flatMap { Int($0) },
            text: fields.parameter("text"))
    }

    /// The header value.
    package var description: String {
        var value = protocolName
        if let cause { value += ";cause=\(cause)" }
        if let text { value += ";text=\(text.quoted)" }
        return value
    }
}
