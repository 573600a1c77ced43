// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport

/// baresip, linphonec and `confab` in one room of a running focus, each with its own tone.
struct PhoneRoom {
    /// Who uses which codec, and how it sends its SIP.
    struct Codecs: Sendable, CustomStringConvertible {
        var baresip: PhoneCodec
        var linphone: PhoneCodec
        var confab: PhoneCodec

        var description: String { "baresip \(baresip), linphonec \(linphone), confab \(confab)" }
    }

    static let baresipTone = 440.0
    static let linphoneTone = 930.0
    static let confabTone = 700.0
    static let tones = [baresipTone, linphoneTone, confabTone]

    static var isPossible: Bool { Program.baresip.isInstalled && Program.linphonec.isInstalled }

    let focus: FocusProcess
    /// What stands between the focus and the phones.
    let proxy: Kamailio?
    let uri: String
    let baresip: Baresip
    let linphone: Linphone
    let confab: ConfabAgent

    /// Starts a focus and the three of them, and lets them join.
    ///
    /// - Parameters:
    ///   - writes: whether all can write to the room.
    ///   - drain: how long the focus may take over its end.
    ///   - isBehindProxy: whether the phones dial a Kamailio that stands before the focus.
    static func start(
        _ codecs: Codecs = Codecs(baresip: .opus, linphone: .g722, confab: .pcma),
        transport: PhoneTransport = .udp, confabHasTerminal: Bool = false,
        writes: Bool = false, drain: String = "5s", isBehindProxy: Bool = false
    ) async throws -> PhoneRoom {
        var focusOptions = FocusProcess.Options()
        focusOptions.drain = drain
        if writes { focusOptions.settings["files"] = ["listen": "127.0.0.1:\(try FreePort.allocate())"] }
        if isBehindProxy { focusOptions.settings["auth"] = ["trusted": "[127.0.0.1]"] }
        let focus = try await FocusProcess.start(focusOptions)
        let proxy = isBehindProxy ? try await Kamailio.start(before: focus) : nil
        let uri = PhoneTransport.uri("meeting", port: proxy?.port ?? focus.port, transport)
        var baresipOptions = Baresip.Options(name: "bare", tone: baresipTone, codecs: [codecs.baresip])
        baresipOptions.transport = transport
        if writes { baresipOptions.correspondent = uri }
        var linphoneOptions = Linphone.Options(name: "lin", tone: linphoneTone, codecs: [codecs.linphone])
        linphoneOptions.transport = transport
        if writes { linphoneOptions.proxy = uri.replacing("meeting@", with: "") }
        var confabOptions = ConfabAgent.Options(name: "con", tone: confabTone, codecs: [codecs.confab])
        confabOptions.transport = transport
        confabOptions.hasTerminal = confabHasTerminal
        async let oneBaresip = Baresip.start(baresipOptions)
        async let oneLinphone = Linphone.start(linphoneOptions)
        let (baresip, linphone) = try await (oneBaresip, oneLinphone)
        try await baresip.dial(uri)
        try await linphone.dial(uri)
        let confab = try await ConfabAgent.call(uri, confabOptions)
        return PhoneRoom(focus: focus, proxy: proxy, uri: uri, baresip: baresip, linphone: linphone, confab: confab)
    }

    /// Waits until each hears exactly the other two.
    func awaitAllHeard() async throws {
        async let one: Void = baresip.ears.awaitExactly([Self.linphoneTone, Self.confabTone], of: Self.tones)
        async let two: Void = linphone.ears.awaitExactly([Self.baresipTone, Self.confabTone], of: Self.tones)
        async let three: Void = confab.ears.awaitExactly([Self.baresipTone, Self.linphoneTone], of: Self.tones)
        _ = try await (one, two, three)
    }

    func stop() async {
        await confab.hangUp()
        await linphone.stop()
        await baresip.stop()
        await proxy?.stop()
        await focus.stop()
    }
}
