// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Picture
import TestSupport

/// A headless baresip: a tone or a file as its microphone, a recording of all it hears, driven over TCP.
final class Baresip: Onlooker, Sendable {
    struct Options: Sendable {
        /// User part of its URI.
        var name: String
        /// Codecs it offers and takes, best first.
        var codecs: [PhoneCodec] = [.opus, .g722, .pcmu, .pcma]
        var transport = PhoneTransport.udp
        /// Hz of the tone it speaks.
        var tone: Double
        /// Whether it answers calls by itself.
        var answers = true
        /// Whether it sends audio levels (RFC 6464).
        var sendsLevels = true
        /// Whether it lives at [::1] instead of 127.0.0.1.
        var usesIPv6 = false
        /// Seconds of tone before it falls silent: longer than any test.
        var seconds = 120
        /// Its camera; without one it has no video.
        var camera: Camera?
        /// Whom it can write to (`say`); what is written to it is in `read`.
        var correspondent: String?
        /// Where it logs in.
        var account: PhoneAccount?

        init(name: String, tone: Double, codecs: [PhoneCodec] = [.opus, .g722, .pcmu, .pcma]) {
            self.name = name
            self.tone = tone
            self.codecs = codecs
        }
    }

    /// A camera that shows nothing but one colour, 320x240 at 10 pictures a second.
    struct Camera: Sendable {
        enum Codec: String, Sendable, CaseIterable {
            case vp8 = "VP8"
            case h264 = "H264"
            case vp9 = "VP9"
        }

        var codec: Codec
        var color: PictureColor
        /// As FFmpeg names it.
        fileprivate var name: String

        static func red(_ codec: Codec) -> Camera {
            Camera(codec: codec, color: PictureColor(red: 255, green: 0, blue: 0), name: "red")
        }

        static func blue(_ codec: Codec) -> Camera {
            Camera(codec: codec, color: PictureColor(red: 0, green: 0, blue: 255), name: "blue")
        }
    }

    let options: Options
    var name: String { options.name }
    let control: BaresipControl
    /// Where it can be called.
    let uri: String
    private let folder: InteropFolder
    private let process: ChildProcess
    /// Prints what it shows to a person.
    private let console: ChildProcess?

    /// Starts it and waits until it is ready.
    static func start(_ options: Options) async throws -> Baresip {
        let folder = try InteropFolder("baresip-\(options.name)")
        // It listens for TLS beside its SIP port, and for our commands beside that.
        let port = try FreePort.allocate(count: 6)
        let controlPort = port + 2
        try folder.writeTone(options.tone, seconds: options.seconds, rate: 48_000, as: "tone.wav")
        try folder.makeFolder("heard")
        try folder.write(options.correspondent.map { "\"room\" <\($0)>\n" } ?? "", as: "contacts")
        try folder.write(config(options, folder, port: port, controlPort: controlPort), as: "config")
        let codecs = options.codecs.map(\.baresipName).joined(separator: ",")
        let host = options.usesIPv6 ? "[::1]" : "127.0.0.1"
        let suffix = options.transport == .tcp ? ";transport=tcp" : ""
        let own = options.account.map { "\($0.user)@\($0.server)" } ?? "\(options.name)@\(host):\(port)"
        let login = options.account.map { ";auth_user=\($0.user);auth_pass=\($0.password)" } ?? ""
        try folder.write(
            "<sip:\(own)\(suffix)>\(login);regint=\(options.account == nil ? 0 : 60);answermode=\(options.answers ? "auto" : "manual")"
                + ";audio_codecs=\(codecs)\(options.camera.map { ";video_codecs=\($0.codec.rawValue)" } ?? "")\n",
            as: "accounts")
        var launch = ChildProcess.Launch("baresip", (options.usesIPv6 ? ["-6"] : []) + ["-f", folder.path])
        launch.output = folder.path("log")
        launch.environment = ["HOME": folder.path]
        let process = try ChildProcess(launch)
        try await Condition.await("baresip is ready", evidence: { process.printed }) {
            process.printed.contains("baresip is ready") || !process.isRunning
        }
        let control = try await BaresipControl(port: controlPort)
        let console = try options.correspondent.map { _ in
            var launch = ChildProcess.Launch(
                "bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(controlPort + 1) && echo >&3 && cat <&3"])
            launch.output = folder.path("shown")
            return try ChildProcess(launch)
        }
        return Baresip(
            options: options, control: control, uri: "sip:\(options.name)@\(host):\(port)\(suffix)", folder: folder,
            process: process, console: console)
    }

    private init(
        options: Options, control: BaresipControl, uri: String, folder: InteropFolder, process: ChildProcess,
        console: ChildProcess?
    ) {
        self.options = options
        self.control = control
        self.uri = uri
        self.folder = folder
        self.process = process
        self.console = console
    }

    /// What it hears, in the newest call: a new recording begins with each.
    ///
    /// baresip 1.0 drops its recorder at the first re-INVITE that changes the direction of the media, and takes it up
    /// no more in that call. After a hold look at `mediaRate`, or at what others hear.
    var ears: Ears {
        let heard = folder.path("heard")
        return Ears {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: heard)) ?? []
            return files.filter { $0.hasSuffix("-dec.wav") }.max().map { "\(heard)/\($0)" }
        }
    }

    var log: String { process.printed }

    /// Bits a second that it sends and receives now, as its own display shows them; refreshed each few seconds.
    var mediaRate: (sent: Int, received: Int)? {
        let shown = log.split(whereSeparator: { $0 == "\r" || $0 == "\n" }).last { $0.contains("audio=") }
        guard let figures = shown?.split(separator: "audio=").last?.prefix(while: { $0.isNumber || $0 == "/" }) else {
            return nil
        }
        let pair = figures.split(separator: "/").compactMap { Int($0) }
        return pair.count == 2 ? (pair[0], pair[1]) : nil
    }

    /// The picture that it shows now.
    /// - Throws: where it shows none within `patience`.
    func screen(within patience: Duration) async throws -> PictureFrame {
        let name = "screen-\(UInt32.random(in: 0 ... .max)).png"
        let file = folder.path(name)
        // It keeps the next picture that comes, and nothing where none does.
        try await control.command("snapshot_recv", file)
        try await Condition.await("a picture at \(options.name)", within: patience, evidence: { self.log }) {
            self.log.contains("wrote \(file)")
        }
        return try PNG.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: file))))
    }

    /// Calls `uri` and waits until the call stands.
    /// - Throws: `CallFailed` with baresip's reason where it does not come about.
    func dial(_ uri: String) async throws {
        let mark = await control.mark
        try await control.command("dial", uri)
        let event = try await control.event(["CALL_ESTABLISHED", "CALL_CLOSED"], after: mark)
        guard event.type == "CALL_ESTABLISHED" else { throw CallFailed(reason: event.parameter) }
    }

    /// Leaves the call and waits until it is gone.
    func hangUp() async throws {
        let mark = await control.mark
        try await control.command("hangup")
        try await control.event(["CALL_CLOSED"], after: mark)
    }

    /// Waits until the other side has ended the call.
    /// - Returns: the reason that baresip gives.
    func awaitClosed(after mark: Int, within patience: Duration = .seconds(15)) async throws -> String {
        try await control.event(["CALL_CLOSED"], after: mark, within: patience).parameter
    }

    /// Holds by a re-INVITE and waits for its answer.
    func hold() async throws {
        try await negotiate("hold")
    }

    func resume() async throws {
        try await negotiate("resume")
    }

    /// Sends one DTMF digit the way the call agreed on.
    func send(digit: Character) async throws {
        try await control.command("sndcode", String(digit))
    }

    /// Writes to its correspondent.
    func say(_ text: String) async throws {
        try await control.command("message", text)
    }

    /// Waits until it shows a text.
    func reads(_ text: String) async throws {
        try await Condition.await("\(options.name) shows \(text)", evidence: { self.console?.printed ?? "" }) {
            self.console?.printed.contains(text) == true
        }
    }

    /// baresip's own page about the call.
    func callStatus() async throws -> String {
        try await control.command("callstat")
    }

    func stop() async {
        console?.kill()
        await process.stop(SIGTERM)
    }

    private func negotiate(_ command: String) async throws {
        let mark = await control.mark
        try await control.command(command)
        try await control.event(["CALL_REMOTE_SDP"], after: mark)
    }

    private static func config(_ options: Options, _ folder: InteropFolder, port: Int, controlPort: Int) -> String {
        """
        sip_listen \(options.usesIPv6 ? "[::1]" : "127.0.0.1"):\(port)
        sip_trans_def \(options.transport.rawValue)
        audio_source aufile,\(folder.path("tone.wav"))
        ausrc_srate 48000
        auplay_srate 48000
        ausrc_channels 1
        auplay_channels 1
        ausrc_format s16
        auplay_format s16
        audio_level \(options.sendsLevels ? "yes" : "no")
        opus_stereo no
        opus_sprop_stereo no
        module_path \(modules)
        module g711.so
        module g722.so
        module opus.so
        module aufile.so
        module sndfile.so
        module uuid.so
        snd_path \(folder.path("heard"))
        module_tmp account.so
        module_app menu.so
        module_app ctrl_tcp.so
        ctrl_tcp_listen 127.0.0.1:\(controlPort)
        \(options.camera.map(video) ?? "")
        \(options.correspondent == nil ? "" : correspondence(port: controlPort + 1))

        """
    }

    private static func correspondence(port: Int) -> String {
        """
        module cons.so
        module_app contact.so
        cons_listen 127.0.0.1:\(port)
        """
    }

    private static func video(_ camera: Camera) -> String {
        """
        module vp8.so
        module vp9.so
        module avcodec.so
        module avformat.so
        module swscale.so
        module snapshot.so
        module fakevideo.so
        video_source avformat,lavfi,color=c=\(camera.name):s=320x240:r=10
        video_display fakevideo,nil
        video_size 320x240
        video_bitrate 500000
        video_fps 10
        """
    }

    /// Debian and Ubuntu put the modules into one of these.
    private static var modules: String {
        let places = ["/usr/lib/baresip/modules", "/usr/lib/\(architecture)-linux-gnu/baresip/modules"]
        return places.first { FileManager.default.fileExists(atPath: $0) } ?? places[0]
    }

    private static var architecture: String {
        #if arch(arm64)
        "aarch64"
        #else
        "x86_64"
        #endif
    }
}

/// A call that did not come about.
struct CallFailed: Error, CustomStringConvertible {
    var reason: String

    var description: String { "the call failed: \(reason)" }
}
