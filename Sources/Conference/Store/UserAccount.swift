// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// Somebody who may log in. The password itself is not kept: only what digest authentication (RFC 8760) needs of it, which is as good
/// as the password within this realm.
package struct UserAccount: Hashable, Sendable, Codable {
    /// User part of the SIP URI, unescaped, and the user name of the digest.
    package var name: String
    /// The name to show; nil for the user part.
    package var displayName: String?
    /// What the digests below were made for; another realm makes them useless.
    package var realm: String
    /// H(A1) of RFC 7616 §3.4.2 by MD5, lower-case hexadecimal.
    package var md5: String
    /// The same by SHA-256.
    package var sha256: String
    package var created: Date

    package init(
        name: String, displayName: String? = nil, realm: String, md5: String, sha256: String, created: Date
    ) {
        self.name = name
        self.displayName = displayName
        self.realm = realm
        self.md5 = md5
        self.sha256 = sha256
        self.created = created
    }
}
