// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SDP

/// Descriptions are read before anybody is known: what one costs must not grow with the square of its size.
@Suite("Work and memory for a description")
struct VideoWorkTests {
    private func duration(ofAnswering text: String) -> Duration {
        var session = OfferAnswer.video(.focus, OfferAnswer.everyRole)
        return ContinuousClock().measure { _ = session.receive(offer: text) }
    }

    /// Sixty-two lines that are there in a bundle only, each with so many attributes before its name.
    private static func bundled(attributes: Int) -> String {
        (0..<62).map { index in
            "m=video 0 RTP/AVP 96\na=bundle-only\na=rtcp-mux\na=rtpmap:96 VP8/90000\n"
                + String(repeating: "a=x:y\n", count: attributes) + "a=mid:m\(index)\n"
        }.joined()
    }

    @Test("a bundle of many names is found in one pass")
    func manyNames() {
        let group = "a=group:BUNDLE" + String(repeating: " 9", count: 15_000)
        let time = duration(ofAnswering: VideoOffers.make(Self.bundled(attributes: 20), session: group))
        #expect(time < .milliseconds(400))
    }

    @Test("many bundles are read once, not for every line")
    func manyGroups() {
        let groups = String(repeating: "a=group:BUNDLE 1 2 3 4 5 6 7 8\n", count: 1_500)
        let time = duration(ofAnswering: VideoOffers.make(Self.bundled(attributes: 0), session: groups))
        #expect(time < .milliseconds(400))
    }

    @Test("header extensions of offers without end are not all remembered, those of old are")
    func extensions() {
        var line = MediaLine(local: MediaDescription(kind: .video, port: 1, profile: .avp, formats: []))
        let media = line.local
        line.record(media, extensions: [HeaderExtensionMap(id: 4, uri: HeaderExtensionMap.mid)])
        for round in 0..<10_000 {
            line.record(media, extensions: [HeaderExtensionMap(id: round % 14 + 1, uri: "urn:\(round)")])
        }
        line.record(media, extensions: [HeaderExtensionMap(id: 5, uri: HeaderExtensionMap.mid)])
        #expect(line.extensionIDs.count <= 256)
        #expect(line.extensionIDs[HeaderExtensionMap.mid] == 5)
    }
}
