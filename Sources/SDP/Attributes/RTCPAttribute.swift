// SPDX-License-Identifier: GPL-3.0-or-later

/// `a=rtcp:port [IN IP4 address]` (RFC 3605 §2.1): where RTCP goes when it is not the next port of the same address.
package struct RTCPAttribute: Hashable, Sendable {
    package var port: Int
    package var connection: ConnectionData?

    package init(port: Int, connection: ConnectionData? = nil) {
        self.port = port
        self.connection = connection
    }

    package init?(parsing value: String) {
        let (portText, rest) = value.trimmed.cut(at: UInt8(ascii: " "))
        guard let port = portText.decimal, (1...65_535).contains(port) else { return nil }
        self.init(port: port, connection: rest.flatMap { ConnectionData(parsing: String($0)) })
    }

    package var value: String { connection.map { "\(port) \($0.value)" } ?? "\(port)" }
}
