// SPDX-License-Identifier: GPL-3.0-or-later

/// `a=ssrc-group` (RFC 5576 §4.2), for example `FID 11 22`: 22 retransmits 11 (RFC 4588 §8.8).
package struct SourceGroup: Hashable, Sendable {
    package static let retransmission = "FID"

    package var semantics: String
    package var ssrcs: [UInt32]

    package init(semantics: String, ssrcs: [UInt32]) {
        self.semantics = semantics
        self.ssrcs = ssrcs
    }

    package init?(parsing value: String) {
        let fields = value.fields
        let ssrcs = fields.dropFirst().compactMap { $0.decimal.flatMap(UInt32.init(exactly:)) }
        guard let semantics = fields.first, ssrcs.count == fields.count - 1 else { return nil }
        self.init(semantics: String(semantics), ssrcs: ssrcs)
    }

    package var value: String { ([semantics] + ssrcs.map { "\($0)" }).joined(separator: " ") }
}
