// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// A place to listen at, written `udp:0.0.0.0:5060` or `tcp:[::]:5060`.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Transport: String, Hashable, Sendable, CaseIterable {
        case udp
        case tcp
    }

    package let transport: Transport
    /// Numeric address or host name, IPv6 without brackets.
    package let host: String
    package let port: Int

    package init(transport: Transport, host: String, port: Int) {
        self.transport = transport
        self.host = host
        self.port = port
    }

    init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), let transport = Transport(rawValue: String(text[..<colon])),
            let place = HostPort(String(text[text.index(after: colon)...]))
        else { return nil }
        self.init(transport: transport, host: place.host, port: place.port)
    }

    package var description: String { "\(transport.rawValue):\(HostPort(host: host, port: port))" }
}

/// A host with a port, written `127.0.0.1:9090` or `[::1]:9090`.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65535).contains(port)
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]"), host.contains(":") {
            self.init(host: String(host.dropFirst().dropLast()), port: port)
        } else if !host.isEmpty, !host.contains(where: { $0 == ":" || $0 == "[" || $0 == "]" || $0 == " " }) {
            self.init(host: String(host), port: port)
        } else {
            return nil
        }
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Every address of its family.
    package var isWildcard: Bool { host == "0.0.0.0" || host == "::" }
}

/// UDP ports from `lower` to `upper`, both included. A leg takes an even one for RTP and the next for RTCP.
package struct PortRange: Hashable, Sendable, CustomStringConvertible {
    package let lower: Int
    package let upper: Int

    package init(lower: Int, upper: Int) {
        self.lower = lower
        self.upper = upper
    }

    init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let lower = Int(ends[0]), let upper = Int(ends[1]), lower >= 1024, upper <= 65535,
            lower < upper
        else { return nil }
        self.init(lower: lower, upper: upper)
    }

    package var description: String { "\(lower)-\(upper)" }
}

/// Addresses that share their first bits, written `192.0.2.0/24`, `2001:db8::/32`, or one address alone.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]
    private let bits: Int
    package let description: String

    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let bytes = Self.bytes(String(first)) else { return nil }
        self.bytes = bytes
        if parts.count == 2 {
            guard let bits = Int(parts[1]), (0...bytes.count * 8).contains(bits) else { return nil }
            self.bits = bits
        } else {
            bits = bytes.count * 8
        }
        description = text
    }

    /// - Parameter host: a numeric address.
    package func contains(_ host: String) -> Bool {
        guard let other = Self.bytes(host), other.count == bytes.count else { return false }
        let whole = bits / 8
        guard other.prefix(whole) == bytes.prefix(whole) else { return false }
        let rest = bits % 8
        return rest == 0 || (other[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
    }

    private static func bytes(_ host: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if unsafe inet_pton(family, host, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
