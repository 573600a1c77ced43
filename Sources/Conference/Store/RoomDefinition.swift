// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// A room that is arranged beforehand: by the configuration, by an operator or for a time. What is nil is as the configuration has it
/// for all rooms.
package struct RoomDefinition: Hashable, Sendable, Codable {
    /// User part of the room's URI, unescaped.
    package var name: String
    /// What people read; nil for the name.
    package var title: String?
    /// User name or SIP address of the owner, who may do all that a creator may, once it has logged in.
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
    /// What that recording consists of.
    package var recordAs: RecordingKind?
    /// Only presenters and moderators are heard; others when a moderator unmutes them.
    package var presenterOnly: Bool?
    /// It stands even while nobody is in it (`confabctl create`).
    package var stands: Bool?
    /// The language that callers are told things in: the name of a folder of prompts.
    package var language: String?
    /// When it is open; empty for always.
    package var schedule: [RoomSchedule]

    /// Whether it says anything but that it stands.
    package var isArranged: Bool {
        var bare = RoomDefinition(name: name)
        bare.stands = stands
        return self != bare || stands != true
    }

    /// What is wrong with it, for people; nil for nothing.
    package var problem: String? {
        for (what, digits) in [("PIN", pin), ("moderator PIN", moderatorPIN)] {
            if let digits, !(3...16).contains(digits.count) || !digits.allSatisfy({ $0.isASCII && $0.isNumber }) {
                return "A \(what) has 3 to 16 digits"
            }
        }
        if let title, !Self.isTitle(title) {
            return "A title is one line of 1 to \(Self.longestTitle) letters"
        }
        if owner?.isEmpty == true { return "An owner is a user name or SIP address" }
        if pin != nil, pin == moderatorPIN { return "PIN and moderator PIN are the same" }
        if let maxMembers, !(1...100_000).contains(maxMembers) { return "A limit is a number from 1 to 100000" }
        if let language,
            language.isEmpty
                || !language.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
        {
            return "A language is named by letters, digits, - and _, such as en"
        }
        for time in schedule {
            if time.end <= time.start { return "It ends before it starts" }
            if TimeZone(identifier: time.timeZone) == nil {
                return "\(time.timeZone) is no time zone such as Europe/Berlin"
            }
        }
        return nil
    }

    /// Letters. A notification of such a title is a datagram yet, where they are Latin.
    package static let longestTitle = 100

    private static func isTitle(_ text: String) -> Bool {
        (1...longestTitle).contains(text.unicodeScalars.count)
            && !text.unicodeScalars.contains(where: \.isLineEndOrControl)
            && text.contains { !$0.isWhitespace }
    }

    /// What cannot work as it is, for people, where it may be meant for later.
    ///
    /// - Parameters:
    ///   - hasAccounts: whether anybody can log in.
    ///   - hasRecordings: whether there is a folder for recordings.
    package func warnings(hasAccounts: Bool, hasRecordings: Bool) -> [String] {
        var warnings: [String] = []
        if waitForModerator == true, moderatorPIN == nil, owner == nil || !hasAccounts {
            let why =
                owner == nil ? "neither a moderator PIN nor an owner" : "no moderator PIN, and its owner cannot log in"
            warnings.append("room \(name) waits for a moderator, but has \(why)")
        }
        if record == true, !hasRecordings {
            warnings.append("room \(name) is to be recorded, but recording.folder is none in the configuration")
        }
        return warnings
    }

    /// The user name of the owner.
    var ownerUser: String? {
        guard let owner else { return nil }
        let address = owner.hasPrefix("sip:") ? owner.dropFirst(4) : owner[...]
        return String(address.prefix { $0 != "@" })
    }

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

/// What is to be changed of when a room is open; what is nil stays.
package struct ScheduleChange: Hashable, Sendable {
    /// Together with `end`, or neither.
    package var start: Date?
    package var end: Date?
    package var recurrence: RoomSchedule.Recurrence?
    package var until: Date?
    package var timeZone: String?

    package init(
        start: Date? = nil, end: Date? = nil, recurrence: RoomSchedule.Recurrence? = nil, until: Date? = nil,
        timeZone: String? = nil
    ) {
        self.start = start
        self.end = end
        self.recurrence = recurrence
        self.until = until
        self.timeZone = timeZone
    }

    /// The times after the change; nil where there are none to be changed.
    package func changed(_ schedule: [RoomSchedule]) -> [RoomSchedule]? {
        if self == ScheduleChange() { return schedule }
        var times = schedule
        if let start, let end {
            var time = schedule.first ?? RoomSchedule(start: start, end: end)
            time.start = start
            time.end = end
            times = [time]
        }
        for index in times.indices {
            times[index].recurrence = recurrence ?? times[index].recurrence
            times[index].until = until ?? times[index].until
            times[index].timeZone = timeZone ?? times[index].timeZone
        }
        return times.isEmpty ? nil : times
    }
}
