// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// A room that is arranged beforehand: by the configuration, by an operator or for a time. What is nil is as the configuration has it
/// for all rooms.
package struct RoomDefinition: Hashable, Sendable, Codable {
    /// User part of the room's URI, unescaped.
    package var name: String
    /// What people read; nil for the name.
    package var title: String?
    /// URI of the owner, who may do all that a creator may.
    package var owner: String?
    /// Digits that callers press to get in; nil for none.
    package var pin: String?
    /// Digits that make the caller a moderator.
    package var moderatorPIN: String?
    package var maxMembers: Int?
    /// Whether it stands in the list of rooms.
    package var listed: Bool?
    package var video: VideoMode?
    /// Newcomers are muted, and may unmute themselves.
    package var joinMuted: Bool?
    /// Members neither hear nor are heard before a moderator is in.
    package var waitForModerator: Bool?
    /// The room ends when its last moderator has left.
    package var endWithModerator: Bool?
    /// It is recorded from the first member on.
    package var record: Bool?
    /// Only presenters and moderators are heard; others when a moderator unmutes them.
    package var presenterOnly: Bool?
    /// When it is open; empty for always.
    package var schedule: [RoomSchedule]

    package init(name: String, schedule: [RoomSchedule] = []) {
        self.name = name
        self.schedule = schedule
    }
}

/// A time at which a room is open, once or again and again.
package struct RoomSchedule: Hashable, Sendable, Codable {
    /// How the time comes again, counted in the calendar of the time zone.
    package enum Recurrence: String, Hashable, Sendable, Codable, CaseIterable {
        case once
        case daily
        case weekdays
        case weekly
        case monthly
    }

    package var start: Date
    package var end: Date
    package var recurrence: Recurrence
    /// The last day on which it comes again; nil for ever.
    package var until: Date?
    /// Name in the tz database, which keeps "nine o'clock" nine o'clock over summer time.
    package var timeZone: String

    package init(start: Date, end: Date, recurrence: Recurrence = .once, until: Date? = nil, timeZone: String = "UTC") {
        self.start = start
        self.end = end
        self.recurrence = recurrence
        self.until = until
        self.timeZone = timeZone
    }
}
