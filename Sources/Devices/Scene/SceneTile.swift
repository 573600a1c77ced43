// SPDX-License-Identifier: GPL-3.0-or-later

package import Picture

/// One participant as a person sees it.
package struct SceneTile: Sendable {
    package enum Kind: Hashable, Sendable {
        case member
        /// Oneself: what the own camera sees, as in a mirror.
        case me
        /// A shared screen.
        case screen
    }

    /// Stable for the same participant; 0 is oneself.
    package var id: UInt64
    package var kind: Kind
    package var name: String
    /// The newest; nil: a name card.
    package var picture: SharedPicture?
    /// Why there is none: "camera off", "on hold", "no picture yet".
    package var absence: String
    package var isTalking: Bool
    package var isMuted: Bool
    package var isHeld: Bool

    package init(
        id: UInt64, kind: Kind, name: String, picture: SharedPicture? = nil, absence: String = "",
        isTalking: Bool = false, isMuted: Bool = false, isHeld: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.picture = picture
        self.absence = absence
        self.isTalking = isTalking
        self.isMuted = isMuted
        self.isHeld = isHeld
    }
}
