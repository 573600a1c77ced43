// SPDX-License-Identifier: GPL-3.0-or-later

/// A room with all its members.
package struct RoomDetail: Hashable, Sendable, Codable {
    package var summary: RoomSummary
    /// Who locked it; nil when it is open.
    package var lockedBy: String?
    /// How often the roster has changed.
    package var rosterVersion: UInt64
    /// By member number.
    package var members: [MemberDetail]

    package init(summary: RoomSummary, lockedBy: String?, rosterVersion: UInt64, members: [MemberDetail]) {
        self.summary = summary
        self.lockedBy = lockedBy
        self.rosterVersion = rosterVersion
        self.members = members
    }
}
