// SPDX-License-Identifier: GPL-3.0-or-later

/// How a room words what it tells.
extension Room {
    mutating func changeRoster(_ subject: RosterChange.Subject) -> RoomEffect {
        rosterVersion += 1
        let change = RosterChange(version: rosterVersion, subject: subject)
        // Twice the limit before the older half goes, so that the shift costs next to nothing a change.
        if rosterLog.count >= 2 * Self.rosterLogLimit { rosterLog.removeFirst(Self.rosterLogLimit) }
        rosterLog.append(change)
        return .rosterChanged(change)
    }

    /// Changes that the room remembers at least.
    package static let rosterLogLimit = 512

    /// What changed in the roster after `version`, oldest first; nil where that is longer ago than the room remembers.
    package func rosterChanges(since version: UInt64) -> ArraySlice<RosterChange>? {
        guard version <= rosterVersion, rosterVersion - version <= UInt64(rosterLog.count) else { return nil }
        return rosterLog.suffix(Int(rosterVersion - version))
    }

    func event(
        _ kind: RoomEvent.Kind, _ member: Member, by: String? = nil, detail: String? = nil
    ) -> RoomEvent {
        RoomEvent(kind, member: member.id, memberName: member.identity.label, by: by, detail: detail)
    }

    func log(_ level: LogLine.Level, _ message: String, _ fields: [String: String] = [:]) -> RoomEffect {
        var all = fields
        all["room"] = name
        return .log(LogLine(level, message, fields: all))
    }

    func log(
        _ level: LogLine.Level, _ message: String, of member: Member, _ fields: [String: String] = [:]
    ) -> RoomEffect {
        var all = fields
        all["call-id"] = member.callID
        all["member"] = member.id.description
        all["identity"] = member.identity.uri
        return log(level, message, all)
    }
}
