// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SIP
import TestSupport
import Testing

@testable import UserAgent

@Suite("Registering at a server that says what a test wants", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct RegistrationTests {
    @Test("a server that is never content is given up")
    func staleForever() async throws {
        let outcome = try await first { request, count in
            // By then it has gone on for too long.
            guard count < 30 else { return SIPResponse(to: request, status: 200, toTag: "server") }
            var response = SIPResponse(to: request, status: 401, toTag: "server")
            response.headers.add(
                "WWW-Authenticate", "Digest realm=\"r\(count)\", nonce=\"n\(count)\", qop=\"auth\", stale=true")
            return response
        }
        guard case .failed(.refused(let refusal)) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(refusal.status == 401)
    }

    @Test("how long other places of the user last is not how long ours does")
    func otherPlaces() async throws {
        let outcome = try await first { request, _ in
            var response = SIPResponse(to: request, status: 200, toTag: "server")
            response.headers.add("Contact", "<sip:ann@192.0.2.7:5060>;expires=3600")
            for contact in request.contacts {
                var granted = contact
                granted.parameters.set("expires", "120")
                response.headers.add("Contact", granted.description)
            }
            response.headers.add("Contact", "<sip:ann@192.0.2.8:5060>;expires=30")
            return response
        }
        #expect(outcome == .registered(seconds: 120))
    }

    /// What the first attempt at a server comes to that answers so; it is told how many requests came before.
    private func first(
        _ answer: @escaping @Sendable (SIPRequest, Int) -> SIPResponse
    ) async throws -> UserAgent.Registration {
        let port = try FreePort.allocate()
        let socket = try WireSocket(to: port)
        let server = Task {
            var count = 0
            while !Task.isCancelled {
                guard let bytes = await socket.receive(within: .milliseconds(200)) else { continue }
                guard case .message(.request(let request)) = SIPParser.parse(bytes) else { continue }
                await socket.send(answer(request, count).serialized())
                count += 1
            }
        }
        defer { server.cancel() }
        var options = UserAgent.Options.quiet("ann", [.opus])
        options.listen = "127.0.0.1:\(port)"
        options.account = .init(address: "sip:ann@127.0.0.1:\(socket.address.port)", password: "secret")
        let agent = try await UserAgent.start(options)
        var states = try await agent.register().makeAsyncIterator()
        let state = await states.next()
        await agent.stop()
        return try #require(state)
    }
}
