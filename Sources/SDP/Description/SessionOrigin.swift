// SPDX-License-Identifier: GPL-3.0-or-later

/// The `o=` line (RFC 8866 §5.2). Session id and version stay text: they are digits without an upper bound.
package struct SessionOrigin: Hashable, Sendable {
    package var username: String
    package var sessionID: String
    package var sessionVersion: String
    package var networkType: String
    package var addressType: String
    package var address: String

    package init(
        username: String = "-", sessionID: String, sessionVersion: String, networkType: String = "IN",
        addressType: String, address: String
    ) {
        self.username = username
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
    }

    /// Reads from the right, because some phones put a display name with spaces where the username belongs.
    init?(parsing value: String) {
        let fields = value.fields.map(String.init)
        guard fields.count >= 6 else { return nil }
        let last = Array(fields.suffix(5))
        self.init(
            username: fields.dropLast(5).joined(separator: " "), sessionID: last[0], sessionVersion: last[1],
            networkType: last[2], addressType: last[3], address: last[4])
    }

    var value: String { "\(username) \(sessionID) \(sessionVersion) \(networkType) \(addressType) \(address)" }
}
