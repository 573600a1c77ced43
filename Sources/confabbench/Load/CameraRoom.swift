// SPDX-License-Identifier: GPL-3.0-or-later
import Picture
import RTP
import Video

/// What a room with cameras costs when some of its pictures are decoded and encoded, beside the same room where they are not.
struct CameraRoom {
    struct Figures: Codable {
        var cores: Double
        /// A second, over all members and their lines.
        var pictures: Double
        /// Canvases a second, and those of the time measured that were late.
        var canvases: Double
        var lateCanvases: Int
        /// Ticks of audio that were more than 5 ms late.
        var lateTicks: Int
        var generatorWorst: Double
    }

    static let name = "cameras"

    let focus: FocusProcess
    let members: [VideoMember]
    let seconds: Double

    /// Cameras of VP8, 640x360 at 500 kbit/s.
    static func scripts(_ count: Int) throws -> [VideoScript] {
        try (0..<count).map { number in
            VideoScript(
                try PatternStream.frames(.vp8, member: number, count: VideoScript.pictures, bitrate: 500_000))
        }
    }

    /// - Parameter begin: called when all are there and send.
    func measure(_ begin: () throws -> Void = {}) throws -> Figures {
        let dialler = try Dialler(focus: focus.sip)
        try dialler.dial(members) { _ in Self.name }
        let traffic = try CanvasTraffic(members, loss: 0, beside: (dialler.socket.descriptor, { dialler.serve() }))
        traffic.run(seconds: 2)
        try begin()
        traffic.run(seconds: 4)
        let before = try focus.metrics()
        traffic.restart()
        let cores = try ProcessUsage.cores(of: focus.pid) { traffic.run(seconds: seconds) }
        let after = try focus.metrics()
        dialler.hangUp()
        return Figures(
            cores: cores, pictures: Double(traffic.pictures) / seconds,
            canvases: after.added("confab_canvas_ticks_total", since: before) / seconds,
            lateCanvases: Int(after.added("confab_canvas_ticks_late_total", since: before)),
            lateTicks: Int(after.added("confab_mixer_late_ticks_total", since: before)),
            generatorWorst: Double(traffic.pace.worstDelay) / 1e6)
    }
}
