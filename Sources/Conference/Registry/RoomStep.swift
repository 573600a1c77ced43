// SPDX-License-Identifier: GPL-3.0-or-later

/// What follows from one verb, and for which room.
package struct RoomStep: Hashable, Sendable {
    package let room: RoomID
    package let name: String
    /// To be performed in this order.
    package let effects: [RoomEffect]

    /// Whether anything follows.
    package var changes: Bool { !effects.isEmpty }

    package init(room: RoomID, name: String, effects: [RoomEffect]) {
        self.room = room
        self.name = name
        self.effects = effects
    }
}

/// A caller was let in.
package struct Admission: Hashable, Sendable {
    package let member: MemberID
    /// The room it is let into (for the factory: the new one), and what to do.
    package let step: RoomStep

    package init(member: MemberID, step: RoomStep) {
        self.member = member
        self.step = step
    }
}
