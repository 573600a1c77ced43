// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Mutated video offers")
struct VideoMutationTests {
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

    private static let fragments = [
        "m=video 1 RTP/AVP 96", "m=video 0 RTP/AVP 96", "a=rtpmap:96 VP8/90000", "a=rtpmap:96 rtx/90000",
        "a=fmtp:96 apt=96", "a=fmtp:97 apt=", "a=bundle-only", "a=mid:0", "a=mid:1", "a=rtcp-mux", "a=rtcp-mux-only",
        "a=group:BUNDLE 1 0", "a=content:slides", "a=recvonly", "a=sendonly", "a=inactive", "c=IN IP4 0.0.0.0",
        "c=IN IP6 2001:db8::7", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=ssrc-group:FID 1", "b=TIAS:0",
        "a=fmtp:97 profile-level-id=ffffff;packetization-mode=2;max-fs=999999999999999;max-br=999999999999999",
        "a=rtcp-fb:* ccm", "a=framerate:0.0001", "m=audio 0 RTP/AVP 0", "a=rtpmap:103 H264/90000",
    ]

    /// Works on lines, so that most of what comes out can be read.
    private static func mutated(_ text: String, by random: inout SplitMix64) -> String {
        var lines = text.split(separator: "\n").map(String.init)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = Int.random(in: 5..<lines.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: lines.insert(fragments.randomElement(using: &random) ?? "", at: place)
            case 1: lines.remove(at: place)
            case 2: lines.swapAt(place, Int.random(in: 5..<lines.count, using: &random))
            case 3:
                var bytes = Array(lines[place].utf8)
                if let index = bytes.indices.randomElement(using: &random) {
                    bytes[index] = UInt8.random(in: 32...126, using: &random)
                }
                lines[place] = String(decoding: bytes, as: UTF8.self)
            default: lines.insert(lines.randomElement(using: &random) ?? "", at: place)
            }
            if lines.count < 8 { lines += text.split(separator: "\n").map(String.init) }
        }
        return lines.joined(separator: "\n")
    }

    @Test("answers fit their offers whatever was offered, and our offers follow", arguments: VideoOffers.all.indices)
    func answers(offer: Int) throws {
        var random = SplitMix64(state: UInt64(offer) + 201)
        var session = OfferAnswer.video(.focus, OfferAnswer.everyRole)
        var taken = 0
        for round in 0..<1_000 {
            if round % 25 == 0 { session = OfferAnswer.video(.focus, OfferAnswer.everyRole) }
            let text = Self.mutated(VideoOffers.all[offer], by: &random)
            if case .answer(let answer, let media) = session.receive(offer: text) {
                let offered = try #require(session.remoteDescription)
                #expect(answer.media.count == offered.media.count && media.count == offered.media.count)
                for (index, (ours, theirs)) in zip(answer.media, offered.media).enumerated() {
                    #expect(ours.kind == theirs.kind && ours.profile == theirs.profile && !ours.formats.isEmpty)
                    #expect(theirs.port != 0 || ours.port == 0 || theirs.bundleOnly)
                    #expect((ours.port != 0) == (media[index].audio != nil || media[index].video != nil))
                    #expect(Set(ours.formats).count == ours.formats.count)
                }
                taken += media.compactMap(\.video).count
                check(media)
                #expect(try SessionDescription(parsing: answer.serialized()) == answer)
            }
            if Bool.random(using: &random) { session.localVideo[.slot(1)] = nil }
            let ours = Bool.random(using: &random) ? session.hold() : session.makeOffer(.full)
            #expect(try SessionDescription(parsing: ours.serialized()) == ours)
            for line in ours.media where line.port != 0 {
                #expect(!line.formats.isEmpty && Set(line.formats).count == line.formats.count)
            }
            if case .agreed(let media) = session.receive(answer: text) { check(media) } else { session.abandonOffer() }
            session.localVideo[.slot(1)] = .at(.slot(1))
        }
        #expect(taken > 300)
    }

    private func check(_ media: [NegotiatedMedia]) {
        let videos = media.compactMap(\.video)
        #expect(Set(videos.map(\.role)).count == videos.count, "a role is given once")
        for video in videos {
            #expect(!video.codec.isRetransmission && video.receivePayloadTypes[video.sendPayloadType] != nil)
            #expect(video.remoteRTP.port != 0)
            for (number, original) in video.receiveRetransmissions {
                #expect(video.receivePayloadTypes[original] != nil && video.receivePayloadTypes[number] == nil)
            }
            if let lender = video.bundledWith { #expect(lender < media.count && video.rtcpMux) }
        }
    }
}
