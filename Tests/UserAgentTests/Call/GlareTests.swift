// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Foundation
import RTP
import SDP
import SIP
import TestSupport
import Testing

@testable import UserAgent

@Suite("Both sides want something of a call at once", .timeLimit(.minutes(Condition.minutes(1))))
struct GlareTests {
    /// - Parameter port: where a picture is received; nil for a telephone.
    private static func description(_ direction: String, picture port: UInt16? = nil) -> [UInt8] {
        var lines = [
            "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 9 RTP/AVP 0", direction,
        ]
        if let port { lines += ["m=video \(port) RTP/AVP 96", "a=rtpmap:96 VP8/90000", "a=rtcp-mux", direction] }
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

    /// The lines that a conference is offered once it has answered. What becomes of them is remembered: who takes none
    /// is not asked again.
    @Test("lines for pictures that wait are offered again, and what becomes of them counts", arguments: [true, false])
    func picturesInBetween(areTaken: Bool) async throws {
        var options = UserAgent.Options.visible(.ada, codecs: [.vp8])
        options.codecs = [.pcmu]
        options.video.slots = 0
        let ada = try await UserAgent.start(options)
        let room = try WireCall("room", to: await ada.port, isFocus: true)
        let pictures = try WireSocket(to: 9)
        let standing = Self.description("a=sendrecv", picture: pictures.address.port)
        let call = try await ada.call("sip:room@\(room.socket.address)", microphone: "none", speaker: "none")
        let invite = try await room.receive(.invite)
        try await room.accept(invite, body: standing)
        try await call.waitUntilEstablished()

        let offered = try await room.receive(.invite) { $0.cSeq != invite.cSeq }
        #expect(try Self.pictureLines(of: offered) == 2)
        #expect(try await room.request(.invite, body: standing).status == 491)
        try await room.refuse(offered, status: 491)
        #expect(try await room.request(.invite, body: standing).status == 200)
        await room.ack()
        let again = try await room.receive(.invite) { ![invite.cSeq, offered.cSeq].contains($0.cSeq) }
        #expect(try Self.pictureLines(of: again) == 2)
        if areTaken {
            try await room.answer(again, body: Self.answer(to: again, picture: pictures.address.port))
            try await call.share(VideoSourceSpec(parsing: Patch.screen.camera))
            let shared = try await room.receive(.invite) {
                ![invite.cSeq, offered.cSeq, again.cSeq].contains($0.cSeq)
            }
            try await room.answer(shared, body: Self.answer(to: shared, picture: pictures.address.port))
            let lines = try SessionDescription(parsing: shared.body).media
            let slides = try #require(lines.first { $0.isSlides })
            try await Self.comes(try #require(slides.sources.first).ssrc, to: pictures)
        } else {
            try await room.refuse(again, status: 488)
            let insists = await room.socket.receive(beginning: "INVITE", within: .seconds(1))
            #expect(insists == nil)
            try await call.setCamera(false)
            let change = try await room.receive(.invite) { $0.cSeq != again.cSeq }
            #expect(try Self.pictureLines(of: change) == 1)
            try await room.answer(change, body: Self.answer(to: change, picture: pictures.address.port))
        }
        async let end = call.hangUp()
        _ = try await room.answersBye()
        #expect(await end == .hungUp)
        await ada.stop()
    }

    private static func pictureLines(of offer: SIPRequest) throws -> Int {
        try SessionDescription(parsing: offer.body).media.count { $0.kind == .video }
    }

    /// All that was offered is taken, and sent the other way: all pictures go to one port.
    private static func answer(to offer: SIPRequest, picture port: UInt16) -> [UInt8] {
        let offered = String(decoding: offer.body, as: UTF8.self).components(separatedBy: "\r\n")
        let lines = offered.compactMap { line -> String? in
            var words = line.components(separatedBy: " ")
            switch words[0] {
            case "m=audio": words[1] = "9"
            case "m=video": words[1] = "\(port)"
            case "a=recvonly": return "a=sendonly"
            case "a=sendonly": return "a=recvonly"
            case _ where line.hasPrefix("o="): return "o=- 1 2 IN IP4 127.0.0.1"
            case _ where line.hasPrefix("a=ssrc") || line.hasPrefix("a=rtcp:"): return nil
            default: break
            }
            return words.joined(separator: " ")
        }
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// Waits for a picture's packet of that source.
    private static func comes(_ source: UInt32, to socket: WireSocket) async throws {
        let deadline = Condition.deadline(after: .seconds(5))
        while let datagram = await socket.receive(until: deadline) {
            if let header = try? RTPHeader(parsing: datagram.span), header.ssrc == source { return }
        }
        throw ConditionNotMet(what: "packets of a shared screen", patience: .seconds(5))
    }
}
