// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Devices
import UserAgent

/// What a call looks like: what is sent of us, and where the others are shown.
struct VideoArguments: ParsableArguments {
    @Flag(name: .customLong("no-video"), help: "Audio only: no camera is touched and no picture is taken.")
    var isOff = false

    @Option(
        help: ArgumentHelp(
            """
            Camera: default, camera:/dev/video0 or camera:NAME (see `confab devices`), screen, screen:WINDOW TITLE, \
            file:PATH.mp4 (again and again; file:PATH.mp4?once for once), image:PATH.png, pattern:NAME (moving bars), none. \
            Without this option the system's, or none where there is none.
            """, valueName: "spec"), transform: Self.source)
    var camera: Named?

    @Flag(
        name: [.customLong("camera-off"), .customLong("no-camera")],
        help: "Begin with the camera off; v switches it on.")
    var isCameraOff = false

    @Option(
        help: ArgumentHelp(
            "Show this to the others beside the camera, from the beginning: what --camera takes, mostly screen.",
            valueName: "spec"), transform: Self.source)
    var share: Named?

    @Option(
        help: ArgumentHelp(
            """
            How good the pictures are that we send: low (480x270), medium (640x360), high (1280x720), or auto, as good as \
            network and processor allow. Screens and images are sent in up to 1280x720 (low, medium) or 1920x1080.
            """, valueName: "quality"), transform: Self.quality)
    var quality = VideoOptions.Quality.auto

    @Option(
        name: .customLong("video-codec"),
        help: ArgumentHelp("Video codecs in order of preference: vp8,h264.", valueName: "list"),
        transform: Self.codecs)
    var codecs = VideoOptions.Codec.allCases

    @Option(
        help: ArgumentHelp(
            "How many others a conference may show beside one another; 0 shows who speaks, alone.", valueName: "number")
    )
    var slots = 16

    @Flag(
        inversion: .prefixedNo,
        help: "Show the call in a window; by default where there is a display and a terminal. Never with --headless.")
    var window: Bool?

    @Option(
        name: .customLong("video-out"),
        help: ArgumentHelp(
            """
            Write what the window would show: a PNG file a second into this folder, or a movie where the name ends in .mkv, \
            .webm or .mp4 (its sound is for --speaker file:PATH.wav). Works with --headless.
            """, valueName: "path"), transform: Self.recording)
    var recording: SceneRecording?

    @Option(
        name: .customLong("video-out-rate"),
        help: ArgumentHelp(
            "Pictures a second for --video-out; by default 1 as PNG, 15 in a movie.", valueName: "number"))
    var recordingRate: Double?

    @Flag(
        name: .customLong("end-with-film"),
        help: "Hang up when the file that --camera plays once is over.")
    var endsWithFilm = false

    /// A source as it was written, once it makes sense.
    struct Named: Hashable, Sendable {
        let text: String
        let spec: VideoSourceSpec
    }

    func validate() throws {
        if isOff {
            for (isGiven, option) in [
                (camera != nil, "--camera"), (share != nil, "--share"), (window == true, "--window"),
                (recording != nil, "--video-out"),
            ] where isGiven {
                throw ValidationError("--no-video leaves nothing for \(option): leave one of them out")
            }
        }
        guard (0...64).contains(slots) else { throw ValidationError("--slots is a number from 0 to 64") }
        if let recordingRate {
            guard recording != nil else { throw ValidationError("--video-out-rate needs --video-out") }
            guard (0.01...60).contains(recordingRate) else {
                throw ValidationError("--video-out-rate is a number of pictures a second from 0.01 to 60")
            }
        }
    }

    /// - Parameter isPerson: whether somebody sits at the terminal. A script has video when it asks for some.
    func options(isPerson: Bool) -> VideoOptions {
        VideoOptions(
            isEnabled: !isOff && (isPerson || window == true || camera != nil || share != nil || recording != nil),
            camera: camera?.text, isCameraOn: !isCameraOff, quality: quality, slots: slots, codecs: codecs)
    }

    private static func source(_ text: String) throws -> Named {
        do throws(DeviceError) {
            return Named(text: text, spec: try VideoSourceSpec(parsing: text))
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private static func recording(_ path: String) throws -> SceneRecording {
        guard !path.isEmpty else { throw ValidationError("--video-out names no folder") }
        do throws(DeviceError) {
            return try SceneRecording(parsing: path)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private static func quality(_ name: String) throws -> VideoOptions.Quality {
        guard let quality = VideoOptions.Quality(rawValue: name.lowercased()) else {
            throw ValidationError("\"\(name)\" is no quality: low, medium, high and auto are")
        }
        return quality
    }

    private static func codecs(_ list: String) throws -> [VideoOptions.Codec] {
        let codecs = try list.lowercased().split(separator: ",").map { name in
            guard let codec = VideoOptions.Codec(rawValue: name.filter { $0 != " " }) else {
                throw ValidationError("\"\(name)\" is no video codec: vp8 and h264 are")
            }
            return codec
        }
        guard !codecs.isEmpty else { throw ValidationError("--video-codec names no codec") }
        return codecs
    }
}
