// SPDX-License-Identifier: GPL-3.0-or-later

/// An SRV record (RFC 2782): a server of a domain for one transport.
package struct ServerRecord: Hashable, Sendable {
    /// Lower ones first.
    package var priority: UInt16
    /// Its share among those of its priority.
    package var weight: UInt16
    package var port: Int
    /// A host name; empty for "no such service here".
    package var target: String

    package init(priority: UInt16 = 0, weight: UInt16 = 0, port: Int, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }

    /// The order in which servers are tried: by priority, and at random by weight among equals (RFC 2782, "Usage rules").
    static func ordered(
        _ records: [ServerRecord], random: inout some RandomNumberGenerator
    ) -> [ServerRecord] {
        var ordered: [ServerRecord] = []
        for (_, equals) in Dictionary(grouping: records, by: \.priority).sorted(by: { $0.key < $1.key }) {
            // Those of weight 0 stand first, so that they have a small chance.
            var left = equals.sorted { ($0.weight, $0.target, $0.port) < ($1.weight, $1.target, $1.port) }
            while !left.isEmpty {
                let drawn = Int.random(in: 0...left.reduce(0) { $0 + Int($1.weight) }, using: &random)
                var sum = 0
                let index = left.firstIndex { record in
                    sum += Int(record.weight)
                    return sum >= drawn
                }
                ordered.append(left.remove(at: index ?? left.startIndex))
            }
        }
        return ordered
    }
}

/// A NAPTR record (RFC 3403 §4): which SRV records say where a domain's servers for a transport are.
package struct TransportRecord: Hashable, Sendable {
    package var order: UInt16
    package var preference: UInt16
    package var flags: String
    /// "SIP+D2U" for UDP, "SIP+D2T" for TCP.
    package var service: String
    package var replacement: String

    package init(
        order: UInt16 = 0, preference: UInt16 = 0, flags: String = "s", service: String, replacement: String
    ) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.service = service
        self.replacement = replacement
    }

    /// nil for what is no SIP over a transport of ours (RFC 3263 §4.1).
    private var kind: SIPTransportKind? {
        guard flags.asciiLowercased == "s", !replacement.isEmpty else { return nil }
        switch service.asciiLowercased {
        case "sip+d2u": return .udp
        case "sip+d2t": return .tcp
        default: return nil
        }
    }

    /// Where to look for SRV records, the domain's favourite transport first.
    static func services(_ records: [TransportRecord]) -> [(name: String, kind: SIPTransportKind)] {
        records.sorted { ($0.order, $0.preference) < ($1.order, $1.preference) }
            .compactMap { record in record.kind.map { (record.replacement, $0) } }
    }
}
