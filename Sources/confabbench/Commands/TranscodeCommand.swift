// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Video

/// Cameras that a member's slots are not offered the codec of, beside the same cameras forwarded.
struct TranscodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcode",
        abstract: "What it costs to make cameras anew in another codec, beside forwarding them.",
        discussion: """
            Cameras send VP8, 640x360 at 500 kbit/s; watchers have a slot for each, which take VP8 or, the second time, H.264 alone. A
            camera is made anew once, whatever the number of watchers; in a room at most eight are.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Cameras.") var cameras = Numbers([1, 4, 8])
    @Option(help: "Members who see them all and have none.") var watchers = 1
    @Option(help: "Seconds measured each time.") var seconds = 8.0

    private struct Row: Codable {
        var cameras: Int
        var forwarded: CameraRoom.Figures
        var anew: CameraRoom.Figures
    }

    func run() async throws { print(try await report().text) }

    func report() async throws -> Section {
        var rows: [Row] = []
        var table = Table([
            "cameras", "", "cores", "of forwarded", "of a core a camera", "pictures/s to members", "canvases/s",
            "late canvases", "late ticks", "generator late ms",
        ])
        let scripts = try CameraRoom.scripts(cameras.values.max() ?? 0)
        for count in cameras.values {
            Output.progress("\(count) cameras, forwarded and made anew")
            let row = Row(
                cameras: count, forwarded: try await measure(Array(scripts[..<count]), isForwarded: true),
                anew: try await measure(Array(scripts[..<count]), isForwarded: false))
            for (title, figures) in [("forwarded", row.forwarded), ("made anew", row.anew)] {
                table.add([
                    "\(count)", title, figures.cores.text(3), (figures.cores / row.forwarded.cores).text(2),
                    (figures.cores / Double(count)).text(3), figures.pictures.text(0), figures.canvases.text(1),
                    "\(figures.lateCanvases)", "\(figures.lateTicks)", figures.generatorWorst.text(1),
                ])
            }
            rows.append(row)
        }
        try Output.write(rows, to: common.json)
        return Section(title: "Cameras made anew in H.264 for \(watchers) who take nothing else", body: table.text)
    }

    private func measure(_ scripts: [VideoScript], isForwarded: Bool) async throws -> CameraRoom.Figures {
        try await FocusProcess(common.program).use { focus in
            let senders = try scripts.enumerated().map {
                try VideoMember(sender: $0, of: scripts.count, script: $1)
            }
            let others = try (0..<watchers).map { _ in
                try VideoMember(
                    sender: nil, of: scripts.count, script: nil, slots: scripts.count,
                    codec: isForwarded ? .vp8 : .h264)
            }
            return try CameraRoom(focus: focus, members: senders + others, seconds: seconds).measure()
        }
    }
}
