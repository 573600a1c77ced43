// SPDX-License-Identifier: GPL-3.0-or-later

/// Where the response to a request goes (RFC 3261 §18.2, RFC 3581).
///
/// `maddr` in a Via is ignored on purpose: obeying it would let anyone aim our responses at a third party.
enum ResponsePath {
    /// The request with `received` and `rport` in its top Via as RFC 3261 §18.2.1 and RFC 3581 §4 want them, and the
    /// address its responses go to over an unreliable transport.
    static func stamp(_ request: SIPRequest, from source: SIPAddress) -> (request: SIPRequest, respondTo: SIPAddress) {
        guard var via = request.topVia else { return (request, source) }
        var stamped = request
        if via.asksForRport {
            via.rport = source.port
            via.received = source.host
            stamped.topVia = via
            return (stamped, source)
        }
        if via.received != nil || !sameHost(via.host, source.host) {
            via.received = source.host
            stamped.topVia = via
        }
        return (stamped, returnAddress(of: via, from: source))
    }

    /// Where to open a new connection for a response, or to send one over UDP without rport: the source's address, the
    /// port the client says it listens on.
    static func returnAddress(of via: Via, from source: SIPAddress) -> SIPAddress {
        guard let port = via.port, port > 0 else { return SIPAddress(host: source.host, port: 5060) }
        return SIPAddress(host: source.host, port: port)
    }

    /// The two texts may spell one IPv6 address in two ways.
    private static func sameHost(_ left: String, _ right: String) -> Bool {
        left.equalsIgnoringCase(right)
            || (left.utf8.contains(UInt8(ascii: ":"))
                && NumericAddress.canonical(left) == NumericAddress.canonical(right))
    }
}
