// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
package import FoundationEssentials

/// Accounts, calls and commands as `confabctl` prints them.
package enum RecordText {
    package static func users(_ users: [UserSummary], colours: Bool) -> String {
        guard !users.isEmpty else { return "No users. `confabctl user add NAME` makes one.\n" }
        var table = TextTable(("USER", .left), ("NAME", .left), ("REGISTERED AT", .left))
        for user in users {
            table.add([
                .init(user.name), .init(user.displayName ?? ""),
                user.isUsable
                    ? .init(user.places.joined(separator: " "), .faint) : .init("needs a new password", .warning),
            ])
        }
        return table.render(colours: colours)
    }

    package static func recordings(_ files: [RecordingDetail], now: Date, colours: Bool) -> String {
        guard !files.isEmpty else { return "No recordings.\n" }
        var table = TextTable(
            ("FILE", .left), ("KIND", .left), ("LENGTH", .right), ("KIB", .right), ("WRITTEN", .left), ("STATE", .left))
        for file in files {
            table.add([
                .init(file.path), .init(file.kind.rawValue), .init(Figures.age(file.seconds)),
                .init(String(file.bytes / 1024)), .init(Figures.time(file.changed, now: now)),
                file.isOpen ? .init("recording", .warning) : .init("whole"),
            ])
        }
        return table.render(colours: colours)
    }

    package static func rooms(_ rooms: [RoomDefinition], now: Date, colours: Bool) -> String {
        guard !rooms.isEmpty else { return "No rooms are arranged. `confabctl room set NAME` arranges one.\n" }
        var table = TextTable(("ROOM", .left), ("TITLE", .left), ("PIN", .left), ("OPEN", .left), ("RULES", .left))
        for room in rooms {
            let opens = room.isOpen(at: now) ? "now" : room.opens(after: now).map { $0.formatted(.iso8601) } ?? "over"
            table.add([
                .init(room.name), .init(room.title ?? ""),
                .init(room.pin == nil ? (room.moderatorPIN == nil ? "" : "moderators") : "yes"),
                .init(opens, opens == "now" ? .good : .plain), .init(rules(room).joined(separator: ", "), .faint),
            ])
        }
        return table.render(colours: colours)
    }

    package static func room(_ room: RoomDefinition) -> String {
        var lines = ["Room \(room.name)" + (room.title.map { ": \($0)" } ?? "")]
        if let owner = room.owner { lines.append("  owner          \(owner)") }
        if let pin = room.pin { lines.append("  PIN            \(pin)") }
        if let pin = room.moderatorPIN { lines.append("  moderator PIN  \(pin)") }
        let rules = rules(room)
        if !rules.isEmpty { lines.append("  rules          \(rules.joined(separator: ", "))") }
        for time in room.schedule {
            lines.append(
                "  open           \(time.start.formatted(.iso8601)) to \(time.end.formatted(.iso8601)), "
                    + "\(time.recurrence.rawValue), \(time.timeZone)"
                    + (time.until.map { ", until \($0.formatted(.iso8601))" } ?? ""))
        }
        return lines.map { TerminalText.safe($0) + "\n" }.joined()
    }

    private static func rules(_ room: RoomDefinition) -> [String] {
        var rules: [String] = []
        if let limit = room.maxMembers { rules.append("limit \(limit)") }
        if room.listed == false { rules.append("unlisted") }
        if let video = room.video { rules.append("video \(video.rawValue)") }
        if room.joinMuted == true { rules.append("join muted") }
        if room.waitForModerator == true { rules.append("wait for moderator") }
        if room.endWithModerator == true { rules.append("end with moderator") }
        if room.presenterOnly == true { rules.append("presenters only") }
        if room.record == true { rules.append("recorded" + (room.recordAs.map { " as \($0.rawValue)" } ?? "")) }
        if let language = room.language { rules.append("prompts in \(language)") }
        return rules
    }

    package static func calls(_ calls: [StoredCall], now: Date, colours: Bool) -> String {
        guard !calls.isEmpty else { return "No calls.\n" }
        var table = TextTable(
            ("ENDED", .left), ("ROOM", .left), ("WHO", .left), ("LASTED", .right), ("CODEC", .left), ("LOSS", .right),
            ("WHY", .left))
        for call in calls {
            table.add([
                .init(Figures.time(call.ended, now: now)), .init(call.room), .init(call.name),
                .init(Figures.age(call.seconds)), .init(call.codec ?? "", .faint),
                .init(call.lossPercent.map { "\(($0 * 10).rounded() / 10) %" } ?? ""),
                .init(call.cause + (call.detail.map { ": \($0)" } ?? "")),
            ])
        }
        return table.render(colours: colours)
    }

    package static func audit(_ entries: [AuditEntry], now: Date, colours: Bool) -> String {
        guard !entries.isEmpty else { return "No commands.\n" }
        var table = TextTable(
            ("WHEN", .left), ("WHO", .left), ("ROOM", .left), ("COMMAND", .left), ("FOR", .left), ("OUTCOME", .left))
        for entry in entries {
            table.add([
                .init(Figures.time(entry.at, now: now)), .init(entry.actor), .init(entry.room ?? ""),
                .init(entry.command), .init(entry.target ?? ""), .init(entry.outcome),
            ])
        }
        return table.render(colours: colours)
    }

    package static func messages(_ messages: [ChatMessage], now: Date, colours: Bool) -> String {
        guard !messages.isEmpty else { return "No messages.\n" }
        var table = TextTable(("SENT", .left), ("ROOM", .left), ("WHO", .left), ("TO", .left), ("TEXT", .left))
        for message in messages {
            table.add([
                .init(Figures.time(message.sent, now: now)), .init(message.room), .init(message.senderName),
                .init(message.recipient ?? "", .faint), .init(message.text),
            ])
        }
        return table.render(colours: colours)
    }

    // MARK: CSV (RFC 4180)

    package static func csv(_ messages: [ChatMessage]) -> String {
        rows(
            ["room", "number", "sent", "sender", "name", "recipient", "text"],
            messages.map { message in
                [
                    message.room, String(message.number), message.sent.formatted(.iso8601), message.sender,
                    message.senderName, message.recipient ?? "", message.text,
                ]
            })
    }

    package static func csv(_ calls: [StoredCall]) -> String {
        rows(
            [
                "room", "member", "uri", "name", "call-id", "user-agent", "admitted", "ended", "seconds", "cause",
                "detail", "codec", "loss-percent", "jitter-ms",
            ],
            calls.map { call in
                [
                    call.room, call.member, call.uri, call.name, call.callID, call.userAgent ?? "",
                    call.admitted.formatted(.iso8601), call.ended.formatted(.iso8601), number(call.seconds),
                    call.cause, call.detail ?? "", call.codec ?? "", call.lossPercent.map(number) ?? "",
                    call.jitterMilliseconds.map(number) ?? "",
                ]
            })
    }

    package static func csv(_ entries: [AuditEntry]) -> String {
        rows(
            ["at", "actor", "room", "command", "target", "outcome"],
            entries.map { entry in
                [
                    entry.at.formatted(.iso8601), entry.actor, entry.room ?? "", entry.command, entry.target ?? "",
                    entry.outcome,
                ]
            })
    }

    private static func rows(_ head: [String], _ rows: [[String]]) -> String {
        ([head] + rows).map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func number(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }

    /// What a stranger calls itself must not be a formula where the file is opened as a table. By scalars: a quote or
    /// comma with a combining mark behind it is another character to Swift, and the same byte to who reads the file.
    private static func field(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        let guarded = isFormula && Double(text) == nil ? "'" + text : text
        guard guarded.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return guarded }
        var quoted = "\""
        for scalar in guarded.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
