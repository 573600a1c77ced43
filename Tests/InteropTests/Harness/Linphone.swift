// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Picture
import TestSupport

/// A headless linphonec: a tone as its microphone, a recording of all it hears, driven by its standard input.
final class Linphone: Onlooker, Sendable {
    struct Options: Sendable {
        var name: String
        /// Codecs it offers and takes, best first.
        var codecs: [PhoneCodec] = [.opus, .g722, .pcmu, .pcma]
        var transport = PhoneTransport.udp
        /// Hz of the tone it speaks.
        var tone: Double
        /// Where it listens.
        var host = "127.0.0.1"
        /// Nil takes a free one.
        var port: Int?
        /// Whether it answers calls by itself.
        var answers = true
        /// Seconds of tone; it is not repeated.
        var seconds = 120
        /// The server that its requests go to: without one, what it writes goes to port 5060, whatever it dialled.
        var proxy: String?
        /// Where it logs in; its server is its proxy too.
        var account: PhoneAccount?
        /// Whether it has video, a yellow still picture for its camera. What it sees it shows to `screen` alone.
        var hasCamera = false

        /// Whether it writes down what it does (`thoughts`).
        var tellsAll = false

        init(name: String, tone: Double, codecs: [PhoneCodec] = [.opus, .g722, .pcmu, .pcma]) {
            self.name = name
            self.tone = tone
            self.codecs = codecs
        }
    }

    /// What it thinks of all that it does, where it was asked to tell.
    var thoughts: String { ChildProcess.text(of: folder.path("verbose")) }

    let options: Options
    var name: String { options.name }
    /// Where it can be called.
    let uri: String
    private let folder: InteropFolder
    private let process: ChildProcess

    /// Starts it and waits until it takes commands.
    static func start(_ options: Options) async throws -> Linphone {
        let folder = try InteropFolder("linphone-\(options.name)")
        let port = try options.port ?? FreePort.allocate()
        let media = try FreePort.allocate(count: 2)
        try folder.makeFolder(".local/share/linphone")
        try folder.writeTone(options.tone, seconds: options.seconds, rate: 16_000, as: "tone.wav")
        try folder.write(config(options, port: port, media: media), as: "linphonerc")
        var launch = ChildProcess.Launch(
            "linphonec",
            ["-c", folder.path("linphonerc"), "-d", options.tellsAll ? "6" : "0", "-l", folder.path("verbose")]
                + (options.hasCamera ? ["-V"] : []))
        launch.output = folder.path("log")
        launch.folder = folder.path
        launch.environment = ["HOME": folder.path, "XDG_DATA_HOME": folder.path(".local/share")]
        launch.takesInput = true
        let process = try ChildProcess(launch)
        let phone = Linphone(
            options: options,
            uri: "sip:\(options.name)@\(options.host):\(port)\(options.transport == .tcp ? ";transport=tcp" : "")",
            folder: folder, process: process)
        try await phone.awaitPrinted("linphonec>", after: 0)
        try await phone.command("soundcard use files", until: "Using wav files")
        process.write(line: "play \(folder.path("tone.wav"))")
        process.write(line: "record \(folder.path("heard.wav"))")
        if options.hasCamera { try await phone.showYellow() }
        if options.answers { try await phone.command("autoanswer enable", until: "enabled") }
        return phone
    }

    private init(options: Options, uri: String, folder: InteropFolder, process: ChildProcess) {
        self.options = options
        self.uri = uri
        self.folder = folder
        self.process = process
    }

    /// What it hears, in the newest call: each call begins the recording anew.
    ///
    /// During a call linphone's recording says nothing of its rate: that of the first of `options.codecs` is taken for
    /// it, so let that be the one that is agreed on.
    var ears: Ears {
        let heard = folder.path("heard.wav")
        return Ears(rawRate: options.codecs.first?.sampleRate) {
            FileManager.default.fileExists(atPath: heard) ? heard : nil
        }
    }

    var log: String { process.printed }

    /// How much it printed so far: a mark for `awaitPrinted`.
    var mark: Int { process.printed.utf8.count }

    /// Calls `uri` and waits until media flows.
    func dial(_ uri: String) async throws {
        try await command("call \(uri)", until: "Media streams established")
    }

    /// What it has decoded last. Its window needs an X server with Xv or OpenGL, and with Mesa's it crashes; without a display it decodes all the
    /// same.
    func screen(within patience: Duration) async throws -> PictureFrame {
        let file = folder.path("screen-\(UInt32.random(in: 0 ... .max))")
        process.write(line: "snapshot \(file).jpg")
        // It writes when the next picture comes, and a moment passes until all of it is there.
        try await Condition.await("a picture at \(name)", within: patience, evidence: { self.log }) {
            guard FileManager.default.fileExists(atPath: file + ".jpg") else { return false }
            let reader = try ChildProcess(.init("ffmpeg", ["-v", "quiet", "-y", "-i", file + ".jpg", file + ".png"]))
            return await reader.waitForExit(within: .seconds(10))?.isSuccess == true
        }
        return try PNG.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: file + ".png"))))
    }

    func hangUp() async throws {
        try await command("terminate", until: "ended")
    }

    /// Waits until the other side has ended the call.
    func awaitClosed(after mark: Int, within patience: Duration = .seconds(15)) async throws {
        try await awaitPrinted("ended", after: mark, within: patience)
    }

    func hold() async throws {
        try await command("pause", until: "is now paused")
    }

    func resume() async throws {
        try await command("resume", until: "Media streams established")
    }

    /// Has whom it talks to in one call talk to whom it talks to in another (an attended transfer), and waits until
    /// both calls are over: it hangs up the first when it is told that the transfer has come about. It counts its
    /// calls from 1.
    ///
    /// linphonec 5.1 names the other side as the call's From or To does: without its port, so let that be 5060.
    func transfer(_ call: Int, to other: Int) async throws {
        let mark = mark
        process.write(line: "transfer \(call) --to-call \(other)")
        for number in [call, other] {
            try await Condition.await("the end of call \(number)", within: .seconds(15), evidence: { self.log }) {
                String(decoding: process.printed.utf8.dropFirst(mark), as: UTF8.self).split(separator: "\n")
                    .contains { $0.contains("Call \(number) with ") && $0.contains(" ended ") }
            }
        }
        try await awaitPrinted("has been transfer", after: mark)
    }

    /// Sends DTMF digits: linphonec reads a line of nothing else as such.
    func send(digits: String) {
        process.write(line: digits)
    }

    /// Writes to `uri`.
    func chat(_ text: String, to uri: String) {
        process.write(line: "chat \(uri) \(text)")
    }

    func stop() async {
        process.write(line: "quit")
        _ = await process.waitForExit(within: .seconds(5))
        process.kill()
    }

    /// Ends it without a word to anybody.
    func kill() {
        process.kill()
    }

    /// Types a command and waits until `answer` is printed after it.
    func command(_ text: String, until answer: String) async throws {
        let mark = mark
        process.write(line: text)
        try await awaitPrinted(answer, after: mark)
    }

    /// Waits until it has written down `text`; for who `tellsAll`.
    func awaitThought(_ text: String, within patience: Duration = .seconds(15)) async throws {
        try await Condition.await(
            "linphone thinks \(text)", within: patience, evidence: { self.thoughts.suffix(2000).description }
        ) {
            self.thoughts.contains(text)
        }
    }

    /// Waits until `text` is printed after `mark`.
    func awaitPrinted(_ text: String, after mark: Int, within patience: Duration = .seconds(15)) async throws {
        try await Condition.await("linphonec says \(text)", within: patience, evidence: { self.log }) {
            String(decoding: process.printed.utf8.dropFirst(mark), as: UTF8.self).contains(text)
        }
    }

    /// What `hasCamera` shows.
    static let yellow = PictureColor(red: 255, green: 255, blue: 0)

    private func showYellow() async throws {
        let picture = folder.path("camera.jpg")
        let painter = try ChildProcess(
            .init(
                "ffmpeg",
                ["-v", "error", "-f", "lavfi", "-i", "color=c=yellow:s=320x240", "-frames:v", "1", picture]))
        _ = await painter.waitForExit(within: .seconds(20))
        process.write(line: "staticpic set \(picture)")
    }

    private static func server(_ proxy: String, own: String, registers: Bool) -> String {
        """
        [proxy_0]
        reg_proxy=<\(proxy)>
        reg_route=<\(proxy);lr>
        reg_identity=sip:\(own)
        reg_sendregister=\(registers ? 1 : 0)
        reg_expires=300
        """
    }

    private static func login(_ account: PhoneAccount) -> String {
        """
        \(server("sip:\(account.server)", own: "\(account.user)@\(account.server)", registers: true))
        [auth_info_0]
        username=\(account.user)
        passwd=\(account.password)
        realm=confab
        """
    }

    private static func config(_ options: Options, port: Int, media: Int) -> String {
        let sections = options.codecs.enumerated().map { "[audio_codec_\($0.offset)]\n\($0.element.linphoneSection)\n" }
        return """
            [sip]
            sip_port=\(options.transport == .udp ? port : -1)
            sip_tcp_port=\(options.transport == .tcp ? port : -1)
            sip_tls_port=-1
            guess_hostname=1
            bind_address=\(options.host)
            contact="\(options.name)" <sip:\(options.name)@\(options.host):\(port)>
            media_encryption=none
            \(options.proxy == nil && options.account == nil ? "" : "default_proxy=0")

            [rtp]
            audio_rtp_port=\(media)

            [sound]
            echocancellation=0

            [video]
            automatically_initiate=\(options.hasCamera ? 1 : 0)
            automatically_accept=\(options.hasCamera ? 1 : 0)
            capture=\(options.hasCamera ? 1 : 0)
            display=\(options.hasCamera ? 1 : 0)
            displaytype=MSX11Video
            device=StaticImage: Static picture
            size=qvga

            [net]
            firewall_policy=0

            [misc]
            add_missing_audio_codecs=0

            \(sections.joined(separator: "\n"))
            \(options.proxy.map { server($0, own: "\(options.name)@127.0.0.1", registers: false) } ?? "")
            \(options.account.map(login) ?? "")
            """
    }
}
