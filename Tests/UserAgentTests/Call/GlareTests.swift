// SPDX-License-Identifier: GPL-3.0-or-later
import SIP
import TestSupport
import Testing

@testable import UserAgent

@Suite("Both sides want something of a call at once", .timeLimit(.minutes(Condition.minutes(1))))
struct GlareTests {
    private static func description(_ direction: String) -> [UInt8] {
        let lines = [
            "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 9 RTP/AVP 0", direction,
        ]
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// Who has called waits longer (RFC 3261 §14.1): the other side comes in between.
    @Test("the other side's offer is answered while ours waits, and ours comes again")
    func offerInBetween() async throws {
        let ada = try await UserAgent.start(.quiet("ada", [.pcmu]))
        let phone = try WireCall("bob", to: await ada.port)
        let call = try await ada.call("sip:bob@\(phone.socket.address)", microphone: "none", speaker: "none")
        let invite = try await phone.receive(.invite)
        try await phone.accept(invite, body: Self.description("a=sendrecv"))
        try await call.waitUntilEstablished()

        async let held: Void = call.hold()
        let offered = try await phone.receive(.invite) { $0.cSeq != invite.cSeq }
        let crossing = try await phone.request(.invite, body: Self.description("a=sendrecv"))
        #expect(crossing.status == 491)
        try await phone.refuse(offered, status: 491)
        #expect(try await phone.request(.invite, body: Self.description("a=sendrecv")).status == 200)
        await phone.ack()
        let again = try await phone.receive(.invite) { ![invite.cSeq, offered.cSeq].contains($0.cSeq) }
        #expect(String(decoding: again.body, as: UTF8.self).contains("a=sendonly"))
        try await phone.answer(again, body: Self.description("a=recvonly"))
        try await held
        await ada.stop()
    }
}
