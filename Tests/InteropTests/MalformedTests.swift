// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// Messages that are wrong, while a call goes on.
    @Suite(.serialized) struct MalformedTests {
        @Test(arguments: PhoneTransport.allCases)
        func eachIsAnsweredOrDroppedAndTheCallGoesOn(transport: PhoneTransport) async throws {
            let focus = try await FocusProcess.start()
            let one = try await ConfabAgent.call(focus.uri("running"), .init(name: "one", tone: 440))
            let two = try await ConfabAgent.call(focus.uri("running"), .init(name: "two", tone: 700))
            try await one.ears.awaitExactly([700], of: [440, 700])
            try await two.ears.awaitExactly([440], of: [440, 700])
            for message in MalformedMessage.all {
                let fate = try await Self.fate(of: message, over: transport, at: focus)
                #expect(fate == message.fate(over: transport), "\(message.name)")
                try #require(focus.process.isRunning, "\(message.name): \(focus.log.suffix(2000))")
            }
            // Whatever came, it made no member.
            #expect(try await focus.members(of: "running").count == 2)
            #expect(try await focus.ctl("list", "--json").output.split(separator: "\"name\"").count == 2)
            try await one.ears.awaitExactly([700], of: [440, 700])
            try await two.ears.awaitExactly([440], of: [440, 700])
            #expect(one.ears.gaps(of: 700).isEmpty)
            #expect(two.ears.gaps(of: 440).isEmpty)
            await one.hangUp()
            await two.hangUp()
            #expect(await focus.stop() == .status(0))
        }

        private static func fate(
            of message: MalformedMessage, over transport: PhoneTransport, at focus: FocusProcess
        ) async throws -> MalformedMessage.Fate {
            guard message.fate(over: transport) != .notSent else { return .notSent }
            let peer = try RawSIPPeer(target: focus.port)
            var answers: [String] = []
            if transport == .tcp {
                let connection = try RawSIPConnection(target: focus.port)
                let probe = MalformedMessage.probe(over: .tcp, from: peer.port)
                await connection.send(message.bytes(over: .tcp, from: peer.port))
                await connection.send(probe.bytes)
                answers = try await connection.messages(until: probe.callID)
                if await connection.isClosed {
                    try await expectLife(peer)
                    return .answeredAndClosed(status(in: answers) ?? 0)
                }
                answers.removeAll { $0.contains(probe.callID) }
            } else {
                await peer.send(message.bytes(over: .udp, from: peer.port))
                answers = try await expectLife(peer)
            }
            return status(in: answers).map { .answered($0) } ?? (answers.isEmpty ? .dropped : .answered(0))
        }

        /// Asks for OPTIONS and returns what came before its 200.
        @discardableResult
        private static func expectLife(_ peer: RawSIPPeer) async throws -> [String] {
            let probe = MalformedMessage.probe(over: .udp, from: peer.port)
            await peer.send(probe.bytes)
            var before: [String] = []
            while let message = try await peer.receive() {
                guard message.contains(probe.callID) else {
                    before.append(message)
                    continue
                }
                guard RawSIPPeer.status(of: message) == 200 else { break }
                return before
            }
            throw CallFailed(reason: "no 200 to OPTIONS; came: \(before)")
        }

        private static func status(in answers: [String]) -> Int? {
            answers.compactMap { RawSIPPeer.status(of: $0) }.first { $0 >= 200 }
        }
    }
}
