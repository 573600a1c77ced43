// SPDX-License-Identifier: GPL-3.0-or-later

/// How a room words what it tells.
extension Room {
    mutating func changeRoster(_ subject: RosterChange.Subject) -> RoomEffect {
        rosterVersion += 1
        return .rosterChanged(RosterChange(version: rosterVersion, subject: subject))
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
