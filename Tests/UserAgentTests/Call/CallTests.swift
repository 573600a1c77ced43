// SPDX-License-Identifier: GPL-3.0-or-later
import TestSupport
import Testing

@testable import UserAgent

@Suite("An ordinary call", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct CallTests {
    @Test("each hears the other and not itself", arguments: UserAgent.Codec.allCases)
    func hears(codec: UserAgent.Codec) async throws {
        let exchange = try await Exchange.begin(codecs: [codec])
        #expect(try await exchange.outgoing.waitUntilEstablished().codec == codec.rawValue)
        try await exchange.talk()
        await exchange.end()
        let (caller, callee) = (try exchange.heard(by: .caller), try exchange.heard(by: .callee))
        // The last quarter second: codecs and jitter buffer have settled.
        #expect(level(of: Exchange.calleeTone, in: caller.suffix(12_000)) > -22)
        #expect(level(of: Exchange.callerTone, in: caller.suffix(12_000)) < -50)
        #expect(level(of: Exchange.callerTone, in: callee.suffix(12_000)) > -22)
        #expect(level(of: Exchange.calleeTone, in: callee.suffix(12_000)) < -50)
    }

    @Test(
        "it works over TCP and IPv6", arguments: [("127.0.0.1", UserAgent.Transport.tcp), ("::1", .udp), ("::1", .tcp)])
    func transports(host: String, transport: UserAgent.Transport) async throws {
        let exchange = try await Exchange.begin(transport: transport, host: host)
        try await exchange.talk(for: .milliseconds(300))
        await exchange.end()
        #expect(level(of: Exchange.calleeTone, in: try exchange.heard(by: .caller).suffix(9600)) > -22)
    }

    @Test("hold silences both ways, resume brings both back")
    func hold() async throws {
        let exchange = try await Exchange.begin()
        try await exchange.talk()
        try await exchange.outgoing.hold()
        try await Exchange.listen(to: exchange.outgoing, until: { $0 < -70 }, for: .milliseconds(500))
        try await Exchange.listen(to: exchange.incoming, until: { $0 < -70 }, for: .milliseconds(500))
        try await exchange.outgoing.resume()
        try await Exchange.listen(to: exchange.outgoing, until: { $0 > -30 }, for: .milliseconds(500))
        try await Exchange.listen(to: exchange.incoming, until: { $0 > -30 }, for: .milliseconds(500))
        await exchange.end()
        #expect(level(of: Exchange.calleeTone, in: try exchange.heard(by: .caller).suffix(12_000)) > -22)
    }

    @Test("the held side is told, and can hold back")
    func heldByPeer() async throws {
        let exchange = try await Exchange.begin()
        try await exchange.incoming.hold()
        var held: [Bool] = []
        for await event in exchange.outgoing.events {
            if case .heldByPeer(let isHeld) = event { held.append(isHeld) }
            if held.count == 1 { break }
        }
        #expect(held == [true])
        try await exchange.outgoing.hold()
        try await exchange.incoming.resume()
        try await exchange.outgoing.resume()
        try await Exchange.listen(to: exchange.outgoing, until: { $0 > -30 }, for: .milliseconds(300))
        await exchange.end()
    }

    @Test("a muted microphone sends silence, and the call stays up")
    func mute() async throws {
        let exchange = try await Exchange.begin(muted: true)
        try await Exchange.listen(to: exchange.incoming, until: { $0 < -70 }, for: .milliseconds(500))
        try await Condition.await("packets of silence") {
            try #require(await exchange.incoming.statistics()).packetsReceived > 10
        }
        await exchange.outgoing.mute(false)
        try await Exchange.listen(to: exchange.incoming, until: { $0 > -30 }, for: .milliseconds(300))
        await exchange.outgoing.mute(true)
        try await Exchange.listen(to: exchange.incoming, until: { $0 < -70 }, for: .milliseconds(300))
        await exchange.end()
    }

    @Test("keys arrive in order", arguments: UserAgent.Codec.allCases)
    func digits(codec: UserAgent.Codec) async throws {
        let exchange = try await Exchange.begin(codecs: [codec])
        try await exchange.outgoing.sendDigits("159#")
        var pressed = ""
        for await event in exchange.incoming.events {
            if case .digit(let digit) = event { pressed.append(digit) }
            if pressed.count == 4 { break }
        }
        #expect(pressed == "159#")
        await #expect(throws: UserAgentError.self) { try await exchange.outgoing.sendDigits("7x") }
        await exchange.end()
    }

    @Test("either side may hang up")
    func hangUp() async throws {
        let exchange = try await Exchange.begin()
        #expect(await exchange.incoming.hangUp() == .hungUp)
        #expect(await exchange.outgoing.waitUntilEnded() == .hungUpByPeer(reason: nil))
        await #expect(throws: UserAgentError.self) { try await exchange.outgoing.hold() }
        #expect(await exchange.outgoing.hangUp() == .hungUpByPeer(reason: nil))
        await exchange.caller.stop()
        await exchange.callee.stop()
    }
}
