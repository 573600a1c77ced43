// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// Where an account can be called, as it registered (RFC 3261 §10): phones do not register anew because a focus was started again.
package struct StoredPlace: Hashable, Sendable, Codable {
    /// `Contact` without its expiry.
    package var contact: String
    package var flow: StoredFlow
    package var expires: Date
    package var callID: String
    package var sequence: UInt32
    /// Proxies on the way; nil where none was noted.
    package var path: [String]?

    package init(
        contact: String, flow: StoredFlow, expires: Date, callID: String, sequence: UInt32, path: [String]
    ) {
        self.contact = contact
        self.flow = flow
        self.expires = expires
        self.callID = callID
        self.sequence = sequence
        self.path = path
    }
}

/// The way that messages of a peer came. A connection is gone with the focus that had it.
package struct StoredFlow: Hashable, Sendable, Codable {
    /// `udp` or `tcp`.
    package var transport: String
    package var localHost: String
    package var localPort: Int
    package var remoteHost: String
    package var remotePort: Int

    package init(transport: String, localHost: String, localPort: Int, remoteHost: String, remotePort: Int) {
        self.transport = transport
        self.localHost = localHost
        self.localPort = localPort
        self.remoteHost = remoteHost
        self.remotePort = remotePort
    }
}
