// SPDX-License-Identifier: GPL-3.0-or-later
import TestSupport
import Testing

@testable import UserAgent

@Suite("The beginning of a call", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct CallSetupTests {
    private func agents(acceptsCalls: Bool = true, codecs: [UserAgent.Codec] = [.pcmu]) async throws -> (
        UserAgent, UserAgent
    ) {
        let caller = try await UserAgent.start(.quiet("ada", [.opus, .pcmu]))
        var options = UserAgent.Options.quiet("bob", codecs)
        options.acceptsCalls = acceptsCalls
        return (caller, try await UserAgent.start(options))
    }

    private func dial(_ caller: UserAgent, _ callee: UserAgent) async throws -> Call {
        try await caller.call("bob@127.0.0.1:\(await callee.port)", microphone: "none", speaker: "none")
    }

    @Test("a refusal says its status", arguments: [404, 486, 488, 503, 603])
    func refusal(status: Int) async throws {
        let (caller, callee) = try await agents()
        let call = try await dial(caller, callee)
        var calls = callee.incoming.makeAsyncIterator()
        await calls.next()?.decline(status: status)
        guard case .refused(let refusal) = await call.waitUntilEnded() else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.status == status)
        #expect(!refusal.advice.isEmpty)
        await #expect(throws: UserAgentError.refused(refusal)) { try await call.waitUntilEstablished() }
        await caller.stop()
        await callee.stop()
    }

    @Test("where nobody listens the call ends at once, not after half a minute")
    func nobodyListens() async throws {
        let caller = try await UserAgent.start(.quiet("ada", [.pcmu]))
        // A port that was free a moment ago.
        let gone = try await UserAgent.start(.quiet("bob", [.pcmu]))
        let port = await gone.port
        await gone.stop()
        let began = ContinuousClock.now
        let call = try await caller.call("bob@127.0.0.1:\(port)", microphone: "none", speaker: "none")
        guard case .failed = await call.waitUntilEnded() else {
            Issue.record("not failed")
            return
        }
        #expect(began.duration(to: .now) < .seconds(20))
        await caller.stop()
    }

    @Test("who takes no calls says so")
    func notTaking() async throws {
        let (caller, callee) = try await agents(acceptsCalls: false)
        let end = await (try await dial(caller, callee)).waitUntilEnded()
        #expect(end == .refused(Refusal(status: 480, reason: "Temporarily Unavailable")))
        await caller.stop()
        await callee.stop()
    }

    @Test("without a common codec the call is refused with 488 and why")
    func noCodec() async throws {
        let caller = try await UserAgent.start(.quiet("ada", [.opus]))
        var options = UserAgent.Options.quiet("bob", [.g722])
        options.acceptsCalls = true
        let callee = try await UserAgent.start(options)
        let call = try await dial(caller, callee)
        var calls = callee.incoming.makeAsyncIterator()
        let incoming = try #require(await calls.next())
        await #expect(throws: UserAgentError.self) { try await incoming.answer(microphone: "none", speaker: "none") }
        guard case .refused(let refusal) = await call.waitUntilEnded() else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.status == 488)
        #expect(refusal.warning?.contains("g722") == true)
        await caller.stop()
        await callee.stop()
    }

    @Test("hanging up while it rings cancels the call")
    func cancel() async throws {
        let (caller, callee) = try await agents()
        let call = try await dial(caller, callee)
        var calls = callee.incoming.makeAsyncIterator()
        let incoming = try #require(await calls.next())
        for await event in call.events {
            if case .ringing(let status) = event {
                #expect(status == 180)
                break
            }
        }
        #expect(await call.hangUp() == .hungUp)
        #expect(await incoming.waitUntilEnded() == .abandoned)
        await #expect(throws: UserAgentError.self) { try await incoming.answer(microphone: "none", speaker: "none") }
        await caller.stop()
        await callee.stop()
    }

    @Test("hanging up on a call that rings here answers 486")
    func busy() async throws {
        let (caller, callee) = try await agents()
        let call = try await dial(caller, callee)
        var calls = callee.incoming.makeAsyncIterator()
        await calls.next()?.hangUp()
        #expect(await call.waitUntilEnded() == .refused(Refusal(status: 486, reason: "Busy Here")))
        await caller.stop()
        await callee.stop()
    }

    @Test("what is wrong on our side is said before anybody is called")
    func wrong() async throws {
        let (caller, callee) = try await agents()
        await #expect(throws: UserAgentError.self) {
            try await caller.call("bob@127.0.0.1", microphone: "file:/nowhere.wav", speaker: "none")
        }
        await #expect(throws: UserAgentError.self) { try await caller.call("sips:bob@127.0.0.1") }
        await #expect(throws: UserAgentError.self) {
            try await caller.call("bob@no-such-host.invalid", microphone: "none", speaker: "none")
        }
        await caller.stop()
        await callee.stop()
    }

    @Test("nobody at the address is an end of its own")
    func nobody() async throws {
        let caller = try await UserAgent.start(.quiet("ada", [.pcmu]))
        let port = try FreePort.allocate()
        let call = try await caller.call("x@127.0.0.1:\(port);transport=tcp", microphone: "none", speaker: "none")
        guard case .failed = await call.waitUntilEnded() else {
            Issue.record("not failed")
            return
        }
        await caller.stop()
    }

    @Test("stopping ends every call")
    func stop() async throws {
        let exchange = try await Exchange.begin()
        await exchange.caller.stop()
        #expect(await exchange.outgoing.waitUntilEnded() == .hungUp)
        #expect(await exchange.incoming.waitUntilEnded() == .hungUpByPeer(reason: nil))
        await exchange.callee.stop()
    }
}
