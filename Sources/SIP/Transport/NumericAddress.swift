// SPDX-License-Identifier: GPL-3.0-or-later

import NIOCore

/// Between numeric addresses as text and as NIO has them.
enum NumericAddress {
    /// The one usual spelling of a numeric address; nil for a host name.
    static func canonical(_ host: String) -> String? {
        (try? SocketAddress(ipAddress: host, port: 0))?.ipAddress
    }
}

extension SIPAddress {
    init?(_ address: SocketAddress?) {
        guard let address, let host = address.ipAddress, let port = address.port else { return nil }
        self.init(host: host, port: port)
    }

    /// nil for a host name or a port that does not exist.
    var socketAddress: SocketAddress? {
        guard (0...65535).contains(port) else { return nil }
        return try? SocketAddress(ipAddress: host, port: port)
    }
}
