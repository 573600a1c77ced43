// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import UserAgent

/// A host's conferences on standard output, again with each change: JSON lines, tables one below the other, or one that is drawn over
/// itself.
struct ConferenceTable {
    private let form: CallView.Form
    private var drawn = 0

    init(form: CallView.Form) { self.form = form }

    mutating func show(_ rooms: [ConferenceSummary]) {
        switch form {
        case .json: Output.line(Self.json(rooms))
        case .plain:
            Output.write((drawn > 0 ? "\n" : "") + Self.text(Self.lines(rooms)))
            drawn = 1
        case .screen:
            // A line that wraps would be two to go back over.
            let lines = Self.lines(rooms).map { String($0.prefix(max(1, Terminal.width - 1))) }
            Output.write((drawn > 0 ? "\u{1B}[\(drawn)A\u{1B}[J" : "") + Self.text(lines))
            drawn = lines.count
        }
    }

    static func json(_ rooms: [ConferenceSummary]) -> String {
        var line = JSONLine()
        line.add("conferences", rooms.map { JSONLine($0) })
        return line.text
    }

    static func lines(_ rooms: [ConferenceSummary]) -> [String] {
        guard !rooms.isEmpty else { return ["No conferences."] }
        let width = rooms.map { $0.uri.count }.max() ?? 0
        return rooms.map { room in
            let gap = String(repeating: " ", count: width - room.uri.count + 2)
            let members = room.memberCount == 1 ? "1 member" : "\(room.memberCount) members"
            return "\(room.uri)\(gap)\(members)" + (title(of: room).map { "  \($0)" } ?? "")
        }
    }

    /// What an address does not say already.
    private static func title(of room: ConferenceSummary) -> String? {
        let user = room.uri.prefix { $0 != "@" }.split(separator: ":").last
        return [room.uri, user?.removingPercentEncoding].contains(room.name) ? nil : room.name
    }

    private static func text(_ lines: [String]) -> String {
        lines.map { Output.printable($0) + "\n" }.joined()
    }
}
