// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// Somebody who may log in, as operators see it.
package struct UserSummary: Hashable, Sendable, Codable {
    package var name: String
    package var displayName: String?
    package var created: Date
    /// False where the account was made for another `auth.realm`: it needs its password again.
    package var isUsable: Bool
    /// Contacts that it is registered with now.
    package var places: [String]

    package init(name: String, displayName: String?, created: Date, isUsable: Bool, places: [String]) {
        self.name = name
        self.displayName = displayName
        self.created = created
        self.isUsable = isUsable
        self.places = places
    }
}
