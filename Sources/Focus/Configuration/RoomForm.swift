// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Yams

extension ValueForm where Value == [RoomDefinition] {
    /// A list of rooms, each a section of its own.
    static let rooms = ValueForm(
        expected: "a list of rooms, each with a name of its own and settings as in Conf/confabd.yaml",
        read: { node throws(Misfit) in
            guard case .sequence(let sequence) = node else { throw Misfit(node) }
            var rooms: [RoomDefinition] = []
            for entry in sequence {
                let room = try RoomForm.read(entry)
                guard !rooms.contains(where: { $0.name == room.name }) else { throw Misfit(entry).ofList }
                rooms.append(room)
            }
            return rooms
        }, write: { "[" + $0.map(\.name).joined(separator: ", ") + "]" })
}

/// Reads one room of the configuration.
enum RoomForm {
    /// What may stand in it.
    static let keys = [
        "name", "title", "owner", "pin", "moderator-pin", "max-members", "listed", "video", "join-muted",
        "wait-for-moderator", "end-with-moderator", "record", "record-as", "presenter-only", "language", "start", "end",
        "every", "until", "time-zone",
    ]

    private static func unknown(_ key: String) -> String {
        let hint = NearestName.to(key, among: keys).map { "did you mean \($0)?" }
        return "the key \(key) (\(hint ?? "known here: \(keys.joined(separator: ", "))"))"
    }

    static func read(_ node: Node) throws(Misfit) -> RoomDefinition {
        guard case .mapping(let mapping) = node, let name = mapping["name"]?.string, !name.isEmpty else {
            throw Misfit(node).ofList
        }
        var room = RoomDefinition(name: name)
        var time = RoomSchedule(start: .distantPast, end: .distantPast)
        for (key, value) in mapping {
            switch key.string {
            case "name": break
            case "title": room.title = try text(value)
            case "owner": room.owner = try text(value)
            case "pin": room.pin = try text(value)
            case "moderator-pin": room.moderatorPIN = try text(value)
            case "max-members": room.maxMembers = try number(value)
            case "listed": room.listed = try flag(value)
            case "video":
                guard let mode = VideoMode(rawValue: try text(value)) else { throw Misfit(value) }
                room.video = mode
            case "join-muted": room.joinMuted = try flag(value)
            case "wait-for-moderator": room.waitForModerator = try flag(value)
            case "end-with-moderator": room.endWithModerator = try flag(value)
            case "record": room.record = try flag(value)
            case "record-as":
                guard let kind = RecordingKind(rawValue: try text(value)) else { throw Misfit(value) }
                room.recordAs = kind
            case "presenter-only": room.presenterOnly = try flag(value)
            case "language": room.language = try text(value)
            case "start": time.start = try date(value)
            case "end": time.end = try date(value)
            case "every":
                guard let recurrence = RoomSchedule.Recurrence(rawValue: try text(value)) else { throw Misfit(value) }
                time.recurrence = recurrence
            case "until": time.until = try date(value)
            case "time-zone": time.timeZone = try text(value)
            default: throw Misfit(key, found: unknown(key.string ?? key.inWords))
            }
        }
        if time.start != .distantPast || time.end != .distantPast { room.schedule = [time] }
        guard room.problem == nil else { throw Misfit(node).ofList }
        return room
    }

    private static func text(_ node: Node) throws(Misfit) -> String {
        guard case .scalar(let scalar) = node else { throw Misfit(node) }
        return scalar.string
    }

    private static func number(_ node: Node) throws(Misfit) -> Int {
        guard let number = Int(try text(node)) else { throw Misfit(node) }
        return number
    }

    private static func flag(_ node: Node) throws(Misfit) -> Bool {
        switch try text(node) {
        case "true": true
        case "false": false
        default: throw Misfit(node)
        }
    }

    private static func date(_ node: Node) throws(Misfit) -> Date {
        guard let date = try? Date(try text(node), strategy: .iso8601) else { throw Misfit(node) }
        return date
    }
}
