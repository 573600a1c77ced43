// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import SIP

/// Where rooms are dialled: what follows the user part in their URIs.
struct RoomPlace: Hashable, Sendable {
    /// A name or numeric address, IPv6 without brackets.
    let host: String
    /// nil where the host alone leads here: by 5060, or by what a name's records say (RFC 3263 §4.2).
    let port: Int?
    /// Nobody listens by UDP, which a SIP URI means that names no transport.
    let isOnlyTCP: Bool

    /// The URI of a room, or of the list of rooms, to be dialled as it stands.
    func uri(_ user: String) -> String {
        var uri = SIPURI(user: user.escapedUserPart(), host: host, port: port)
        if isOnlyTCP { uri.parameters.set("transport", "tcp") }
        return uri.description
    }
}

// The places of our rooms, as different people reach them.
extension Focus {
    /// Where somebody who called `dialled` over `flow` can dial: a domain of ours as it was dialled, for a proxy or the domain's records
    /// may lead from there to another port; else our address on that flow, as in our Contact.
    func place(_ dialled: SIPURI, over flow: Flow) -> RoomPlace {
        let local = endpoint.localAddress(for: flow)
        let domains = configuration.sip.domains
        let named = domains.first { $0.lowercased() == dialled.host.lowercased() }
        guard let host = named ?? domains.first else {
            return place(configuration.sip.advertised ?? local.host, port: local.port, at: local)
        }
        // Ports of ours alone: each place that is named costs lists of their own.
        let isOurs = dialled.port.map { port in endpoint.addresses.contains { $0.address.port == port } } ?? true
        return place(host, port: named != nil && isOurs ? dialled.port : local.port, at: local)
    }

    /// What an operator can tell people to dial: the first domain, else the address that this machine is reached at from afar.
    var placeForOperators: RoomPlace? {
        let addresses = endpoint.addresses
        guard let address = (addresses.first { $0.kind == .udp } ?? addresses.first)?.address else { return nil }
        let (elsewhere, here) = address.isIPv6 ? ("2001:db8::1", "::1") : ("192.0.2.1", "127.0.0.1")
        let own = address.isWildcard ? SIPEndpoint.sourceHost(toward: elsewhere) ?? here : address.host
        return place(
            configuration.sip.domains.first ?? configuration.sip.advertised ?? own, port: address.port,
            at: SIPAddress(host: own, port: address.port))
    }

    private func place(_ host: String, port: Int?, at local: SIPAddress) -> RoomPlace {
        let datagrams = endpoint.addresses.filter {
            $0.kind == .udp && $0.address.isIPv6 == local.isIPv6
                && ($0.address.isWildcard || $0.address.host == local.host)
        }
        return RoomPlace(
            host: host, port: port == 5060 ? nil : port,
            isOnlyTCP: port.map { port in !datagrams.contains { $0.address.port == port } } ?? datagrams.isEmpty)
    }

    /// The room that a URI means which came over `flow`. Our Contacts name rooms by our address, be it among the domains or not: there
    /// it leads to rooms that stand, and makes none, so that whoever tries addresses finds nothing.
    func conferenceAddress(_ uri: SIPURI, over flow: Flow) -> ConferenceAddress {
        let address = ConferenceAddress(uri)
        let own = configuration.sip.advertised ?? endpoint.localAddress(for: flow).host
        guard let domain = configuration.sip.domains.first, own.lowercased() == address.host, let user = address.user,
            (try? registry.room(user)) != nil
        else { return address }
        return ConferenceAddress(user: user, host: domain)
    }
}
