// SPDX-License-Identifier: GPL-3.0-or-later

/// `a=rtcp-fb` (RFC 4585 §4.2), for example `* nack pli` or `96 ccm fir`.
package struct RTCPFeedback: Hashable, Sendable {
    /// nil is the wildcard `*`.
    package var payloadType: UInt8?
    package var kind: String
    package var parameter: String?

    package init(payloadType: UInt8? = nil, kind: String, parameter: String? = nil) {
        self.payloadType = payloadType
        self.kind = kind
        self.parameter = parameter
    }

    package init?(parsing value: String) {
        let fields = value.fields
        guard fields.count >= 2 else { return nil }
        let payloadType = RTPMap.payloadType(fields[0])
        guard payloadType != nil || fields[0] == "*" else { return nil }
        let rest = fields.dropFirst(2).joined(separator: " ")
        self.init(payloadType: payloadType, kind: String(fields[1]), parameter: rest.isEmpty ? nil : rest)
    }

    package var value: String {
        "\(payloadType.map { "\($0)" } ?? "*") \(kind)" + (parameter.map { " \($0)" } ?? "")
    }
}
