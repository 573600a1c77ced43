// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Devices
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import UserAgent

/// Two user agents on the loopback, without devices: each plays a tone and records what it hears.
final class Exchange {
    let caller: UserAgent
    let callee: UserAgent
    /// The caller's end and the callee's.
    let outgoing: Call
    let incoming: Call
    let folder: URL

    static let callerTone = 440.0
    static let calleeTone = 1000.0

    /// Establishes a call.
    static func begin(
        codecs: [UserAgent.Codec] = UserAgent.Codec.allCases, transport: UserAgent.Transport = .udp,
        host: String = "127.0.0.1",
        muted: Bool = false
    ) async throws -> Exchange {
        let folder = URL.temporaryDirectory.appending(path: "confab-agent-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let caller = try await UserAgent.start(.quiet("ada", on: host, codecs))
        var options = UserAgent.Options.quiet("bob", on: host, codecs)
        options.acceptsCalls = true
        let callee = try await UserAgent.start(options)
        let place = host.contains(":") ? "[\(host)]" : host
        let outgoing = try await caller.call(
            "sip:bob@\(place):\(await callee.port);transport=\(transport.rawValue)",
            microphone: "tone:\(callerTone)", speaker: "file:\(folder.appending(path: "caller.wav").path())",
            muted: muted)
        var calls = callee.incoming.makeAsyncIterator()
        let incoming = try #require(await calls.next())
        try await incoming.answer(
            microphone: "tone:\(calleeTone)", speaker: "file:\(folder.appending(path: "callee.wav").path())")
        try await outgoing.waitUntilEstablished()
        try await incoming.waitUntilEstablished()
        return Exchange(caller, callee, outgoing, incoming, folder)
    }

    private init(_ caller: UserAgent, _ callee: UserAgent, _ outgoing: Call, _ incoming: Call, _ folder: URL) {
        self.caller = caller
        self.callee = callee
        self.outgoing = outgoing
        self.incoming = incoming
        self.folder = folder
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Hangs up and stops both.
    func end() async {
        await outgoing.hangUp()
        await incoming.waitUntilEnded()
        await caller.stop()
        await callee.stop()
    }

    enum Ear: String {
        case caller
        case callee
    }

    /// What an ear recorded, once the call is over: 48 kHz. Without the silence at its end, which lasts until the other side's BYE has
    /// come.
    func heard(by ear: Ear) throws -> [Int16] {
        var samples = try WAVRecording(path: folder.appending(path: "\(ear.rawValue).wav").path()).samples
        while !samples.isEmpty, levelInDBov(samples.suffix(2400)) < -50 { samples.removeLast(min(2400, samples.count)) }
        return samples
    }

    /// Waits until both ends have been hearing each other's tone for `duration`.
    func talk(for duration: Duration = .milliseconds(600)) async throws {
        try await Self.listen(to: outgoing, until: { $0 > -40 }, for: duration)
        try await Self.listen(to: incoming, until: { $0 > -40 }, for: duration)
    }

    /// Reads a call's levels until the speaker's has met `condition` for `duration`.
    static func listen(to call: Call, until condition: @Sendable (Int) -> Bool, for duration: Duration) async throws {
        var met = 0
        for await event in call.events {
            if case .levels(let levels) = event { met = condition(levels.speaker) ? met + 1 : 0 }
            if Duration.milliseconds(100 * met) >= duration { return }
            if case .ended(let end) = event {
                throw ConditionNotMet(what: "a level", patience: duration, evidence: "\(end)")
            }
        }
        throw ConditionNotMet(what: "a level", patience: duration, evidence: "no more events")
    }
}

extension UserAgent.Options {
    /// Somebody on the loopback.
    static func quiet(_ user: String, on host: String = "127.0.0.1", _ codecs: [UserAgent.Codec]) -> UserAgent.Options {
        var options = UserAgent.Options()
        options.user = user
        options.displayName = user.capitalized
        options.codecs = codecs
        return options
    }
}

/// Level of a tone in a stretch of a recording, dBFS: the median of looks at 50 ms, each so short that a playout which corrects its delay
/// by a per cent does not move the tone out of sight.
func level(of frequency: Double, in samples: some Collection<Int16>) -> Double {
    let all = Array(samples)
    let detector = ToneDetector(sampleRate: 48_000)
    let levels = stride(from: 0, to: all.count - 2399, by: 2400).map { start in
        detector.level(of: frequency, in: all[start..<(start + 2400)])
    }.sorted()
    return levels.isEmpty ? -120 : levels[levels.count / 2]
}
