// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
package import FoundationEssentials

/// Rooms and members as `confabctl` prints them.
package struct RoomText: Sendable {
    private let now: Date
    private let colours: Bool

    /// - Parameters:
    ///   - now: The time to count from.
    ///   - colours: Whether the output is a terminal that shows colours.
    package init(now: Date, colours: Bool) {
        self.now = now
        self.colours = colours
    }

    /// `confabctl list`.
    package func list(_ rooms: [RoomSummary]) -> String {
        guard !rooms.isEmpty else { return "No rooms.\n" }
        var table = TextTable(
            ("ROOM", .left), ("MEMBERS", .right), ("TALKING", .right), ("SINCE", .left), ("STATE", .left),
            ("CREATOR", .left))
        for room in rooms {
            table.add([
                .init(room.name), .init(String(room.members)),
                .init(String(room.talking), room.talking > 0 ? .good : .plain),
                .init(Figures.time(room.created, now: now)),
                room.locked ? .init("locked", .warning) : .init("open"),
                .init(room.creator ?? "operator", .faint),
            ])
        }
        return table.render(colours: colours)
    }

    /// `confabctl show ROOM`.
    package func show(_ room: RoomDetail) -> String {
        let summary = room.summary
        var facts = [Figures.count(summary.members, "member", "members")]
        if summary.connecting > 0 { facts.append("\(summary.connecting) connecting") }
        if summary.talking > 0 { facts.append("\(summary.talking) talking") }
        if summary.held > 0 { facts.append("\(summary.held) on hold") }
        facts.append("limit \(summary.maxMembers)")
        if let video = summary.video, video != .auto || room.members.contains(where: { $0.video != nil }) {
            facts.append("video \(video.rawValue)")
        }
        if let recording = summary.recording { facts.append(recording == .paused ? "recording paused" : "recorded") }
        let age = Figures.age(now.timeIntervalSince(summary.created))
        let origin =
            switch summary.origin {
            case .adhoc: "opened by \(summary.creator ?? "?")"
            case .factory: "made by the factory for \(summary.creator ?? "?")"
            case .arranged: "arranged beforehand, opened"
            case .operator: "created by an operator"
            }
        var text = "\(summary.name): \(facts.joined(separator: ", "))\n"
        text += "\(origin) at \(Figures.time(summary.created, now: now)) (\(age) ago)"
        text += room.lockedBy.map { "; locked by \($0)\n" } ?? "\n"
        if let uri = summary.uri { text += "dial \(uri)\n" }
        text = text.split(separator: "\n").map { TerminalText.safe(String($0)) + "\n" }.joined()
        return room.members.isEmpty ? text : text + "\n" + members(room.members)
    }

    /// Members with everything known of them.
    package func members(_ members: [MemberDetail]) -> String {
        var table = TextTable(
            ("ID", .right), ("NAME", .left), ("URI", .left), ("STATE", .left), ("CODEC", .left), ("ADDRESS", .left),
            ("LOSS", .right), ("JITTER", .right), ("RTT", .right), ("LEVEL", .right), ("SINCE", .left))
        let hasVideo = members.contains { $0.video != nil }
        if hasVideo { table.addColumn("VIDEO", .left) }
        for member in members {
            var cells: [TextTable.Cell] = [
                .init(member.id), .init(name(member)), .init(member.uri), state(member), .init(member.codec ?? "-"),
                .init(member.remoteMedia ?? "-"),
                .init(Figures.decimal(member.lossPercent, "%"), lossTone(member.lossPercent)),
                .init(Figures.decimal(member.jitterMilliseconds, "ms")),
                .init(Figures.whole(member.roundTripMilliseconds, "ms")),
                .init(Figures.whole(member.levelDBov, "dB")),
                .init(Figures.time(member.joined, now: now)),
            ]
            if hasVideo { cells.append(.init(member.video?.phrase ?? "-")) }
            table.add(cells)
        }
        return table.render(colours: colours)
    }

    /// `confabctl create ROOM`.
    package func created(_ room: RoomSummary) -> String {
        TerminalText.safe("Created \(room.name)." + (room.uri.map { " Dial \($0)" } ?? "")) + "\n"
    }

    /// What came of a command, and who was sent away by it.
    package func done(_ command: RoomCommand, in room: String, _ outcome: CommandOutcome) -> String {
        let words = CommandText.done(command, room: room, outcome, name: describe)
        let removed = (outcome.removed ?? []).map { "\n  was in it: \(describe($0))" }.joined()
        return TerminalText.safe(words) + removed + "\n"
    }

    /// `confabctl explain MEMBER`.
    package func explain(_ explanation: Explanation) -> String {
        var lines = ["\(describe(explanation.member)) in \(explanation.room), \(explanation.member.state.rawValue)"]
        if let agent = explanation.member.userAgent { lines.append("  \(agent)") }
        func part(_ title: String, _ content: [String], orElse nothing: String? = nil) {
            if content.isEmpty, nothing == nil { return }
            lines.append("")
            lines.append(title)
            lines += (content.isEmpty ? [nothing ?? ""] : content).map { "  \($0)" }
        }
        part("What is wrong", explanation.problems, orElse: "nothing that shows")
        part("What came of it", explanation.chosen)
        part("What it described", explanation.theirs, orElse: "nothing")
        part("What we described", explanation.ours, orElse: "nothing")
        part(
            "What happened last",
            explanation.events.map { event in
                let arrow =
                    switch event.kind {
                    case .received, .controlReceived: "<-"
                    case .sent, .controlSent: "->"
                    case .media: "--"
                    }
                return "\(event.at.formatted(.iso8601.time(includingFractionalSeconds: false))) \(arrow) \(event.text)"
            })
        return lines.map { TerminalText.safe($0) + "\n" }.joined()
    }

    /// One member in a sentence: `3 Bob <sip:bob@example.org>`.
    package func describe(_ member: MemberDetail) -> String {
        let name = member.displayName.map { "\($0) " } ?? ""
        return TerminalText.safe("\(member.id) \(name)<\(member.uri)>")
    }

    private func name(_ member: MemberDetail) -> String {
        let name = member.displayName ?? "-"
        return member.role == .member ? name : "\(name) (\(member.role.rawValue))"
    }

    private func state(_ member: MemberDetail) -> TextTable.Cell {
        if member.state != .connected { return .init(member.state.rawValue, .faint) }
        var states: [String] = []
        if member.handRaised == true { states.append("hand raised") }
        if member.held { states.append("held") }
        if member.muted { states.append("muted by \(member.mutedBy ?? "?")") }
        if !states.isEmpty { return .init(states.joined(separator: ", "), .warning) }
        return member.talking ? .init("talking", .good) : .init("listening")
    }

    private func lossTone(_ loss: Double?) -> TextTable.Tone {
        guard let loss else { return .plain }
        return loss >= 5 ? .bad : loss >= 1 ? .warning : .plain
    }
}
