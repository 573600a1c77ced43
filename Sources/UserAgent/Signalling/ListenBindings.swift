// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SIP

/// Where a user agent listens: UDP and TCP on the same port, so that a request that outgrows a datagram finds us too.
enum ListenBindings {
    /// - Parameter text: `host:port`, `host`, `:port`, `port`; before it `udp:` or `tcp:`, as `confabd` writes it, for that alone; nil is any
    ///   free port on every address of the machine.
    /// - Returns: bindings with a port; another process may take it before it is bound.
    /// - Throws: `UserAgentError.socket`.
    static func choose(_ text: String?) throws(UserAgentError) -> [SIPBinding] {
        var host: String?
        var port = 0
        var kinds: [SIPTransportKind] = [.udp, .tcp]
        if let text {
            let kind = kinds.first { text.hasPrefix("\($0):") }
            if let kind { kinds = [kind] }
            (host, port) = try parse(kind.map { String(text.dropFirst("\($0):".count)) } ?? text)
        }
        let hosts = host.map { [$0] } ?? (hasIPv6 ? ["0.0.0.0", "::"] : ["0.0.0.0"])
        if port == 0 { port = try freePort(on: hosts[0]) }
        return hosts.flatMap { host in
            kinds.map { SIPBinding($0, host: host, port: port) }
        }
    }

    static func parse(_ text: String) throws(UserAgentError) -> (host: String?, port: Int) {
        if let port = Int(text), (0...65_535).contains(port) { return (nil, port) }
        let address = text.hasPrefix(":") ? "0.0.0.0" + text : text
        guard let uri = try? SIPURI(parsing: "sip:" + address), uri.user == nil,
            let numeric = SIPResolver.numeric(uri.host, port: uri.port ?? 0)
        else {
            throw .socket(
                "cannot listen on \"\(text)\": write a numeric address and port, such as 192.0.2.1:5060 or :5060")
        }
        return (text.hasPrefix(":") ? nil : numeric.host, numeric.port)
    }

    private static var hasIPv6: Bool {
        (try? MediaSocket(binding: SocketAddress(ipv6: 0, 1, port: 0))) != nil
    }

    private static func freePort(on host: String) throws(UserAgentError) -> Int {
        guard let address = SocketAddress(host: host, port: 0), let probe = try? MediaSocket(binding: address) else {
            throw .socket("no UDP port can be had on \(host)")
        }
        return Int(probe.localAddress.port)
    }
}
