// SPDX-License-Identifier: GPL-3.0-or-later

/// A local address to listen on. Host "0.0.0.0" or "::" is every address of its family; port 0 is any free one.
package struct SIPBinding: Hashable, Sendable, CustomStringConvertible {
    package var kind: SIPTransportKind
    package var address: SIPAddress

    package init(_ kind: SIPTransportKind, _ address: SIPAddress) {
        self.kind = kind
        self.address = address
    }

    package init(_ kind: SIPTransportKind, host: String, port: Int) {
        self.init(kind, SIPAddress(host: host, port: port))
    }

    /// `udp 192.0.2.1:5060`.
    package var description: String { "\(kind) \(address)" }
}

extension SIPAddress {
    /// Whether only this machine has it.
    package var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    /// Whether this stands for every address of its family.
    package var isWildcard: Bool { host == "0.0.0.0" || host == "::" }
}
