// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import Logging
import NIOCore
import NIOPosix
import RTP
import SIP
import TestSupport
import Testing

/// All that runs a focus over real sockets; one after the other, for each wants the machine's time to itself.
@Suite(.serialized) struct LiveFocusTests {}

/// Of a focus whose log nobody reads.
let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A focus of its own on an event loop of its own and free ports of 127.0.0.1, with the members that a test brings in.
actor FocusRig {
    nonisolated let focus: Focus
    /// UDP and TCP.
    nonisolated let port: Int
    private let group: MultiThreadedEventLoopGroup
    private var members: [TestMember] = []

    private init(_ focus: Focus, port: Int, group: MultiThreadedEventLoopGroup) {
        self.focus = focus
        self.port = port
        self.group = group
    }

    /// - Parameters:
    ///   - port: nil takes a free one.
    ///   - logger: what is told of what happens.
    ///   - store: where calls and what else is to last is told.
    ///   - resolver: finds servers by name.
    static func start(
        port: Int? = nil, store: any ConferenceStore = NoStore(), resolver: SIPResolver = SIPResolver(),
        logger: Logger = silentLogger,
        _ configure: (inout FocusConfiguration) -> Void = { _ in }
    ) async throws -> FocusRig {
        let port = try port ?? FreePort.allocate()
        var configuration = FocusConfiguration()
        configuration.sip.listen = [
            ListenAddress(transport: .udp, host: "127.0.0.1", port: port),
            ListenAddress(transport: .tcp, host: "127.0.0.1", port: port),
        ]
        configuration.media.rtpPorts = PortRange(lower: 30_000, upper: 32_767)
        // Signals of the bridge would stand in the recordings.
        configuration.audio.chimes = false
        configuration.audio.loneMemberMusic = false
        configuration.prompts.language = nil
        configuration.workers = 2
        configure(&configuration)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let focus = try await Focus.start(
            configuration, store: store, on: group.next(), resolver: resolver, logger: logger)
        return FocusRig(focus, port: port, group: group)
    }

    nonisolated func uri(_ room: String) -> String { "sip:\(room)@127.0.0.1:\(port)" }

    /// A member that has not dialled yet.
    func member(_ name: String, _ options: TestMember.Options = .init()) async throws -> TestMember {
        let member = try await TestMember.start(name, options)
        members.append(member)
        return member
    }

    /// A member in a room.
    func join(_ room: String, _ name: String, _ options: TestMember.Options = .init()) async throws -> TestMember {
        let member = try await member(name, options)
        try await member.dial(uri(room))
        return member
    }

    /// Where the focus receives the RTP of that member.
    nonisolated func mediaAddress(of member: TestMember) throws -> RTP.SocketAddress {
        guard let address = member.audio.destination else { throw ConditionNotMet(what: "media", patience: .zero) }
        return address
    }

    /// Returns when the media threads have done all that the focus told them so far, and that member has taken what it was sent.
    nonisolated func settles(_ member: TestMember) async {
        // Asking for figures is answered after what was commanded before, between two turns: nothing waits to be sent then.
        _ = await focus.metrics()
        member.audio.takesWhatCame()
        member.video?.takesWhatCame()
    }

    /// Ends the focus as a crash would; its members do not hear of it.
    func crash() async {
        await focus.vanish()
        try? await group.shutdownGracefully()
    }

    func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for member in members { group.addTask { await member.vanish() } }
        }
        // None of them hears a goodbye.
        await focus.drain(within: .milliseconds(5))
        try? await group.shutdownGracefully()
    }
}

/// Runs a test with a focus and takes both down whatever comes of it.
func withFocus(
    resolver: SIPResolver = SIPResolver(), logger: Logger = silentLogger,
    _ configure: (inout FocusConfiguration) -> Void = { _ in }, _ body: (FocusRig) async throws -> Void
) async throws {
    let rig = try await FocusRig.start(resolver: resolver, logger: logger, configure)
    do {
        try await body(rig)
    } catch {
        await rig.stop()
        throw error
    }
    await rig.stop()
}

extension TestMember.Options {
    static func tone(_ frequency: Double, _ codec: AudioCodec = .pcmu, level: Double = -20) -> TestMember.Options {
        var options = TestMember.Options(codec, tone: frequency)
        options.level = level
        return options
    }

    func with(_ change: (inout TestMember.Options) -> Void) -> TestMember.Options {
        var options = self
        change(&options)
        return options
    }
}
