// SPDX-License-Identifier: GPL-3.0-or-later

/// Where a request is to go before there is a flow: a host to look up, a port, a transport.
package struct FlowTarget: Hashable, Sendable, CustomStringConvertible {
    /// What the DNS is asked for before addresses (RFC 3263 §4).
    package enum Records: Hashable, Sendable {
        /// Nothing: the host is numeric, or the port was given.
        case none
        /// SRV records of the transport, which was given.
        case servers
        /// NAPTR records, then SRV records: neither port nor transport were given.
        case transports
    }

    /// A name or numeric address, IPv6 without brackets.
    package var host: String
    /// Where `records` find nothing, the transport's own.
    package var port: Int
    /// Where `records` are `transports` and find nothing, UDP.
    package var kind: SIPTransportKind
    package var records = Records.none

    package init(host: String, port: Int = 5060, kind: SIPTransportKind) {
        self.host = host
        self.port = port
        self.kind = kind
    }

    /// The next hop that a URI names (RFC 3263 §4): its maddr or host, its port or what records say, its transport or what they say. nil
    /// for a scheme or transport that we do not speak.
    package init?(_ uri: SIPURI) {
        guard uri.scheme == "sip", !uri.host.isEmpty else { return nil }
        let transport = uri.parameters.value("transport")?.asciiLowercased
        switch transport {
        case nil, "udp": kind = .udp
        case "tcp": kind = .tcp
        case .some: return nil
        }
        host = uri.parameters.value("maddr") ?? uri.host
        port = uri.port ?? 5060
        guard uri.port == nil, SIPResolver.numeric(host, port: port) == nil else { return }
        records = transport == nil ? .transports : .servers
    }

    package init(_ address: SIPAddress, kind: SIPTransportKind) {
        self.init(host: address.host, port: address.port, kind: kind)
    }

    package var description: String { "\(kind) \(host):\(port)" }
}

/// How a request finds its way.
package enum RequestRoute: Hashable, Sendable {
    /// By the topmost Route, else by the Request-URI.
    case automatic
    /// To the first of those hops that answers (RFC 3263 §4.3), whatever the message says.
    case targets([FlowTarget])
    /// Over that flow; when it is broken, to the other hop.
    case flow(Flow, otherwise: FlowTarget?)
}
