// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SIP
import TestSupport
import Testing

@testable import UserAgent

/// Calls to a domain whose servers a name server of the test tells (RFC 3263).
@Suite("Calls to a domain", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct ServerFailoverTests {
    private func caller(
        servers ports: [Int], transport: UserAgent.Transport = .udp
    ) async throws -> (UserAgent, NameServer) {
        let servers = ports.enumerated().map { index, port in
            ServerRecord(priority: UInt16(index), port: port, target: "localhost")
        }
        let names = try await NameServer.start([
            "_sip._udp.example.com": .servers(servers), "_sip._tcp.example.com": .servers(servers),
        ])
        var options = UserAgent.Options.quiet("ada", [.pcmu])
        options.transport = transport
        options.resolver = SIPResolver(nameServer: names.address)
        return (try await UserAgent.start(options), names)
    }

    /// Makes a call to `demo@example.com`, whose first server is at `first`, and answers it.
    private func call(
        firstAt first: Int, transport: UserAgent.Transport = .udp
    ) async throws -> (elapsed: Duration, questions: [String]) {
        var options = UserAgent.Options.quiet("bob", [.pcmu])
        options.acceptsCalls = true
        let callee = try await UserAgent.start(options)
        let (caller, names) = try await caller(servers: [first, await callee.port], transport: transport)
        let began = ContinuousClock.now
        let call = try await caller.call("demo@example.com", microphone: "none", speaker: "none")
        var calls = callee.incoming.makeAsyncIterator()
        let incoming = try #require(await calls.next())
        let elapsed = ContinuousClock.now - began
        try await incoming.answer(microphone: "none", speaker: "none")
        try await call.waitUntilEstablished()
        await caller.stop()
        await callee.stop()
        let questions = names.questions
        await names.stop()
        return (elapsed, questions)
    }

    @Test("where nobody listens at the first server the second is called at once")
    func refused() async throws {
        let (elapsed, questions) = try await call(firstAt: try FreePort.allocate())
        #expect(elapsed < .seconds(4))
        #expect(questions.first == "NAPTR example.com" && questions.contains("SRV _sip._udp.example.com"))
    }

    @Test("where the first server is silent the second is called after four seconds")
    func silent() async throws {
        let silent = try WireSocket(to: 9)
        let (elapsed, _) = try await call(firstAt: Int(silent.address.port))
        #expect(elapsed > .seconds(3.5))
        #expect(await silent.receive(beginning: "INVITE sip:demo@example.com ") != nil)
    }

    @Test("over TCP a refused connection turns to the second server")
    func refusedConnection() async throws {
        let (elapsed, questions) = try await call(firstAt: try FreePort.allocate(), transport: .tcp)
        #expect(elapsed < .seconds(4))
        #expect(questions == ["SRV _sip._tcp.example.com"])
    }

    @Test("where the first server is silent and nobody listens at the last the call ends, not after half a minute")
    func silentAndRefused() async throws {
        let silent = try WireSocket(to: 9)
        let (caller, names) = try await caller(servers: [Int(silent.address.port), try FreePort.allocate()])
        let began = ContinuousClock.now
        let call = try await caller.call("demo@example.com", microphone: "none", speaker: "none")
        guard case .failed = await call.waitUntilEnded() else {
            Issue.record("not failed")
            return
        }
        #expect(ContinuousClock.now - began < .seconds(20))
        await caller.stop()
        await names.stop()
    }
}
