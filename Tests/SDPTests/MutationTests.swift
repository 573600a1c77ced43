// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

/// Seeded, so that a failure comes again.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Mutated descriptions")
struct MutationTests {
    private static let fragments: [[UInt8]] =
        [
            "\r\n", "\n", "\r", "\0", "a=", "m=", "m=audio 1 RTP/AVP 0\n", "c=IN IP4 0.0.0.0\n", "=", ":", "/", " ",
            "-1",
            "99999999999999999999", "65536", "a=rtpmap:96 opus/48000/2\n", "a=rtpmap:0 telephone-event/8000\n",
            "a=sendonly\n",
            "a=rtcp-mux\n", "a=ptime:-5\n", "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\n", "\u{301}", "é",
            "t=1 2\n", "z=1 2\n", "v=0\n", "o=- 1 1 IN IP4 h\n", "s=again\n", "b=AS:1\n", "k=x\n", "i=y\n",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xE2, 0x80], [0xF0, 0x9F]]

    private static func mutated(_ text: String, by random: inout SplitMix64) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.insert(contentsOf: fragments.randomElement(using: &random) ?? [], at: place)
            case 2: bytes.removeSubrange(place..<min(place + Int.random(in: 0...40, using: &random), bytes.count))
            case 3:
                let end = min(place + Int.random(in: 0...60, using: &random), bytes.count)
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 4:
                var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                lines.shuffle(using: &random)
                if Bool.random(using: &random) { bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")])) }
            default: bytes.removeLast(min(bytes.count, Int.random(in: 0...20, using: &random)))
            }
        }
        return bytes
    }

    @Test("never crash, and what was read reads the same once written", arguments: Offers.all.indices)
    func roundTrip(offer: Int) throws {
        var random = SplitMix64(state: UInt64(offer) + 1)
        var read = 0
        for _ in 0..<1_500 {
            let bytes = Self.mutated(Offers.all[offer], by: &random)
            guard let session = try? SessionDescription(parsing: bytes) else { continue }
            read += 1
            let written = session.serialized()
            let again = try SessionDescription(parsing: written)
            #expect(again == session)
            #expect(again.serialized() == written)
        }
        #expect(read > 300)
    }

    @Test("answers fit their offers whatever was offered", arguments: Offers.all.indices)
    func answers(offer: Int) throws {
        var random = SplitMix64(state: UInt64(offer) + 101)
        var session = OfferAnswer.focus(alternative: "2001:db8::1")
        for round in 0..<1_500 {
            if round % 50 == 0 { session = OfferAnswer.focus(alternative: "2001:db8::1") }
            let bytes = Self.mutated(Offers.all[offer], by: &random)
            switch session.receive(offer: bytes) {
            case .rejected(let rejection):
                #expect([400, 488].contains(rejection.status))
            case .answer(let answer, let media):
                let offered = try #require(session.remoteDescription)
                #expect(answer.media.count == offered.media.count && media.count == offered.media.count)
                for (ours, theirs) in zip(answer.media, offered.media) {
                    #expect(ours.kind == theirs.kind && ours.profile == theirs.profile && !ours.formats.isEmpty)
                    #expect(theirs.port != 0 || ours.port == 0)
                }
                #expect(media.filter { $0.audio != nil }.count <= 1)
                #expect(try SessionDescription(parsing: answer.serialized()) == answer)
            }
            // Our own offer follows, and the same bytes come as its answer.
            let ours = Bool.random(using: &random) ? session.hold() : session.makeOffer(.full)
            #expect(try SessionDescription(parsing: ours.serialized()) == ours)
            #expect(ours.media.filter { $0.port != 0 }.count == 1)
            let numbers = ours.media.first { $0.port != 0 }?.formats ?? []
            #expect(Set(numbers).count == numbers.count && !numbers.isEmpty)
            if session.receive(answer: bytes).audio == nil { session.abandonOffer() }
        }
    }

    @Test("noise is refused or read, never more")
    func noise() {
        var random = SplitMix64(state: 7)
        for length in 0..<2_000 {
            let bytes = (0..<length % 300).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect((try? SessionDescription(parsing: bytes)) == nil)
            let lines = Array("v=0\no=- 1 1 IN IP4 h\n".utf8) + bytes
            if let session = try? SessionDescription(parsing: lines) {
                #expect((try? SessionDescription(parsing: session.serialized())) == session)
            }
        }
    }
}
