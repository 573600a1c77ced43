// SPDX-License-Identifier: GPL-3.0-or-later

/// Where a request is to go before there is a flow (RFC 3263 without NAPTR and SRV): a host to resolve, a port, a transport.
package struct FlowTarget: Hashable, Sendable, CustomStringConvertible {
    /// A name or numeric address, IPv6 without brackets.
    package var host: String
    package var port: Int
    package var kind: SIPTransportKind

    package init(host: String, port: Int = 5060, kind: SIPTransportKind) {
        self.host = host
        self.port = port
        self.kind = kind
    }

    /// The next hop that a URI names: its maddr or host, its port or 5060, its transport or UDP. nil for a scheme or
    /// transport that we do not speak.
    package init?(_ uri: SIPURI) {
        guard uri.scheme == "sip", !uri.host.isEmpty else { return nil }
        switch uri.parameters.value("transport")?.asciiLowercased {
        case nil, "udp": kind = .udp
        case "tcp": kind = .tcp
        case .some: return nil
        }
        host = uri.parameters.value("maddr") ?? uri.host
        port = uri.port ?? 5060
    }

    package init(_ address: SIPAddress, kind: SIPTransportKind) {
        self.init(host: address.host, port: address.port, kind: kind)
    }

    package func over(_ kind: SIPTransportKind) -> FlowTarget {
        FlowTarget(host: host, port: port, kind: kind)
    }

    package var description: String { "\(kind) \(host):\(port)" }
}

/// How a request finds its way.
package enum RequestRoute: Hashable, Sendable {
    /// By the topmost Route, else by the Request-URI.
    case automatic
    /// To that hop, whatever the message says (an outbound proxy).
    case target(FlowTarget)
    /// Over that flow; when it is broken, to the other hop.
    case flow(Flow, otherwise: FlowTarget?)
}
