// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

/// An IPv4 or IPv6 address with a UDP port. Stored inline: comparing the source of every packet allocates nothing.
///
/// Sockets of ours are IPv4 or IPv6, never both, so an IPv4-mapped IPv6 address does not arise.
package struct SocketAddress: Hashable, Sendable {
    /// The address family.
    package enum Family: UInt8, Hashable, Sendable {
        case ipv4 = 4
        case ipv6 = 6
    }

    /// IPv6: bytes 0–7, big-endian; IPv4: 0.
    private var high: UInt64
    /// IPv6: bytes 8–15, big-endian; IPv4: the address.
    private var low: UInt64
    /// IPv6 zone index, 0 for none.
    private var scope: UInt32
    package var port: UInt16
    package private(set) var family: Family

    /// An IPv4 address from its four bytes in one number: 127.0.0.1 is 0x7F00_0001.
    package init(ipv4 address: UInt32, port: UInt16) {
        high = 0
        low = UInt64(address)
        scope = 0
        self.port = port
        family = .ipv4
    }

    /// An IPv6 address from its halves, big-endian.
    package init(ipv6 high: UInt64, _ low: UInt64, scope: UInt32 = 0, port: UInt16) {
        self.high = high
        self.low = low
        self.scope = scope
        self.port = port
        family = .ipv6
    }

    /// A numeric host, as SDP's `c=` line and configuration have it, with or without brackets; nil for a name (names
    /// are resolved by the control plane) and for a port outside 0–65535.
    package init?(host: String, port: Int) {
        guard let port = UInt16(exactly: port) else { return nil }
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        var parsed = clinux_address()
        guard unsafe clinux_parse_host(bare, &parsed) == 0 else { return nil }
        parsed.port = port
        self.init(parsed)
    }

    /// 127.0.0.1.
    package static func loopback(port: UInt16 = 0) -> SocketAddress {
        SocketAddress(ipv4: 0x7F00_0001, port: port)
    }

    /// Every local address of `family`.
    package static func any(_ family: Family, port: UInt16 = 0) -> SocketAddress {
        family == .ipv4 ? SocketAddress(ipv4: 0, port: port) : SocketAddress(ipv6: 0, 0, port: port)
    }

    /// 0.0.0.0 or ::, which an old form of hold puts into `c=` (RFC 3264 §8.4): nothing can be sent there.
    package var isUnspecified: Bool { high == 0 && low == 0 }

    /// The same address with another port.
    package func with(port: UInt16) -> SocketAddress {
        var other = self
        other.port = port
        return other
    }

    /// Whether `other` is the same host, whatever its port.
    package func isSameHost(as other: SocketAddress) -> Bool {
        low == other.low && high == other.high && family == other.family && scope == other.scope
    }

    /// The numeric host, without brackets. Allocates.
    package var host: String {
        var raw = system
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            guard let start = text.baseAddress else { return "" }
            unsafe clinux_format_host(&raw, start)
            return unsafe String(cString: start)
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// "192.0.2.1:5004", "[2001:db8::1]:5004". Allocates.
    package var description: String {
        family == .ipv4 ? "\(host):\(port)" : "[\(host)]:\(port)"
    }
}

// The system's form, for this folder alone.
extension SocketAddress {
    init?(_ raw: clinux_address) {
        switch raw.version {
        case 4: self.init(ipv4: UInt32(truncatingIfNeeded: raw.low), port: raw.port)
        case 6: self.init(ipv6: raw.high, raw.low, scope: raw.scope, port: raw.port)
        default: return nil
        }
    }

    var system: clinux_address {
        clinux_address(high: high, low: low, scope: scope, port: port, version: UInt16(family.rawValue))
    }
}
