// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// A recorded room beside the same room that nobody records.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "What a recording costs, of the sound alone and with the picture of all.",
        discussion: """
            All members send VP8, 640x360 at 500 kbit/s, and are sent the cameras of others in slots. Each size is measured without a
            recording, with one of the sound, and with one of sound and picture.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Sizes of the room.") var members = Numbers([4, 9, 16])
    @Option(help: "Lines of each member for the cameras of others, at most.") var slots = 8
    @Option(help: "Seconds measured each time.") var seconds = 8.0

    private struct Row: Codable {
        var members: Int
        var recorded: String
        var figures: CameraRoom.Figures
        /// Of what the same room costs without a recording.
        var ratio: Double
    }

    func run() async throws { print(try await report().text) }

    func report() async throws -> Section {
        var rows: [Row] = []
        var table = Table([
            "members", "recorded", "cores", "of none", "pictures/s to members", "canvases/s", "late canvases",
            "late ticks", "generator late ms",
        ])
        let scripts = try CameraRoom.scripts(members.values.max() ?? 0)
        for count in members.values {
            var plain = 0.0
            for (title, value) in [("nothing", nil), ("sound", "start audio"), ("sound and picture", "start video")] {
                Output.progress("\(count) members, recorded: \(title)")
                let figures = try await measure(Array(scripts[..<count]), value)
                if value == nil { plain = figures.cores }
                let row = Row(members: count, recorded: title, figures: figures, ratio: figures.cores / plain)
                table.add([
                    "\(count)", title, figures.cores.text(3), row.ratio.text(2), figures.pictures.text(0),
                    figures.canvases.text(1), "\(figures.lateCanvases)", "\(figures.lateTicks)",
                    figures.generatorWorst.text(1),
                ])
                rows.append(row)
            }
        }
        try Output.write(rows, to: common.json)
        return Section(title: "Recording a room with cameras, VP8", body: table.text)
    }

    private func measure(_ scripts: [VideoScript], _ recording: String?) async throws -> CameraRoom.Figures {
        try await FocusProcess(common.program).use { focus in
            let members = try scripts.enumerated().map {
                try VideoMember(sender: $0, of: scripts.count, script: $1, slots: min(slots, scripts.count - 1))
            }
            return try CameraRoom(focus: focus, members: members, seconds: seconds).measure {
                if let recording { try focus.command("record", recording, room: CameraRoom.name) }
            }
        }
    }
}
