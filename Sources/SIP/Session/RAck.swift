// SPDX-License-Identifier: GPL-3.0-or-later

/// A `RAck` header (RFC 3262 §7.2): which reliable provisional response a PRACK acknowledges.
package struct RAck: Hashable, Sendable, CustomStringConvertible {
    package var responseNumber: UInt32
    package var cSeq: CSeq

    package init(responseNumber: UInt32, cSeq: CSeq) {
        self.responseNumber = responseNumber
        self.cSeq = cSeq
    }

    /// Reads `776656 1 INVITE`.
    package init?(parsing value: String) {
        let parts = value.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard parts.count == 3, let response = UInt32(parts[0]), let number = UInt32(parts[1]) else { return nil }
        self.init(responseNumber: response, cSeq: CSeq(number: number, method: SIPMethod(rawValue: String(parts[2]))))
    }

    package var description: String {
        "\(responseNumber) \(cSeq.number) \(cSeq.method.rawValue)"
    }
}
