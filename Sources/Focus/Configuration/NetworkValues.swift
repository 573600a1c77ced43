// SPDX-License-Identifier: GPL-3.0-or-later

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
