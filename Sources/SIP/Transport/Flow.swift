// SPDX-License-Identifier: GPL-3.0-or-later

/// The transports this stack speaks.
package enum SIPTransportKind: Hashable, Sendable, CustomStringConvertible {
    case udp
    case tcp

    /// As it stands in a Via: "UDP" or "TCP".
    package var viaName: String {
        switch self {
        case .udp: "UDP"
        case .tcp: "TCP"
        }
    }

    /// Whether the transport itself retransmits (RFC 3261 §17).
    package var isReliable: Bool { self == .tcp }

    package var description: String { viaName.asciiLowercased }
}

/// A numeric IP address and port.
package struct SIPAddress: Hashable, Sendable, CustomStringConvertible {
    /// A numeric address, IPv6 without brackets.
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

    /// What counts as one source: the address, of IPv6 its first 64 bits, for whoever has one of those has 2⁶⁴ of them.
    package var network: String {
        guard isIPv6 else { return host }
        let groups = host.split(separator: ":", omittingEmptySubsequences: false)
        // ::ffff:192.0.2.1 is an address of IPv4.
        if let last = groups.last, last.utf8.contains(UInt8(ascii: ".")) { return String(last) }
        let head = groups.prefix { !$0.isEmpty }
        let tail = groups.dropFirst(head.count).filter { !$0.isEmpty }
        let zeros = Array(repeating: Substring("0"), count: max(0, 8 - head.count - tail.count))
        return (Array(head) + zeros + tail).prefix(4).joined(separator: ":") + "::"
    }

    /// `192.0.2.1:5060` or `[2001:db8::1]:5060`.
    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The way a message came and the way to send one: a local and a remote address over UDP, or one TCP connection.
package struct Flow: Hashable, Sendable, CustomStringConvertible {
    package var kind: SIPTransportKind
    package var local: SIPAddress
    package var remote: SIPAddress
    /// Number of the TCP connection; 0 over UDP.
    package var connection: UInt64

    package init(kind: SIPTransportKind, local: SIPAddress, remote: SIPAddress, connection: UInt64 = 0) {
        self.kind = kind
        self.local = local
        self.remote = remote
        self.connection = connection
    }

    package var description: String {
        connection == 0 ? "\(kind) \(remote)" : "\(kind) \(remote) (connection \(connection))"
    }
}
