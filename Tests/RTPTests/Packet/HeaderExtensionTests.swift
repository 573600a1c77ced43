// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct HeaderExtensionTests {
    private func level(_ identifier: UInt8, profile: UInt16, _ elements: [UInt8]) throws -> AudioLevel? {
        let bytes = rtpPacket(sequence: 1, extensionProfile: profile, extensionBytes: elements)
        return try RTPHeader(parsing: bytes.span).clientToMixerLevel(identifier, in: bytes.span)
    }

    @Test func readsTheLevelOfEitherForm() throws {
        let voice = AudioLevel(decibelsBelowOverload: 5, isVoice: true)
        #expect(try level(1, profile: 0xBEDE, [0x10, 0x85, 0, 0]) == voice)
        // Behind padding and another element of three bytes.
        #expect(try level(4, profile: 0xBEDE, [0, 0x32, 1, 2, 3, 0x40, 0x85, 0]) == voice)
        #expect(try level(200, profile: 0x1000, [200, 1, 0x85, 0]) == voice)
        // RFC 6464 §3: the level may come with padding bytes in the two-byte form.
        #expect(try level(2, profile: 0x1005, [9, 0, 2, 2, 0x85, 0, 0, 0]) == voice)
    }

    @Test func brokenElementsEndTheSearch() throws {
        #expect(try level(1, profile: 0xBEDE, [0x2F, 1, 2, 3]) == nil)
        #expect(try level(1, profile: 0xBEDE, [0xF0, 1, 0x10, 0x85]) == nil)
        #expect(try level(1, profile: 0x1000, [7, 9, 1, 1]) == nil)
        #expect(try level(1, profile: 0x1000, [2, 1, 3, 1]) == nil)
        #expect(try level(1, profile: 0x1234, [0x10, 0x85, 0, 0]) == nil)
        #expect(try level(1, profile: 0x1000, [1, 0, 0, 0]) == nil)
    }

    @Test func readsTheTalkersOfAMix() throws {
        let bytes = rtpPacket(
            sequence: 1, csrcs: [10, 20, 30], extensionProfile: 0xBEDE,
            extensionBytes: [0x52, 3, 127, 40, 0, 0, 0, 0])
        let header = try RTPHeader(parsing: bytes.span)
        let talkers = header.contributingSources(levels: 5, in: bytes.span)
        #expect((0..<talkers.count).map { talkers.ssrc($0) } == [10, 20, 30])
        #expect((0..<talkers.count).map { talkers.level($0).decibelsBelowOverload } == [3, 127, 40])
        let without = talkers.without(20)
        #expect((0..<without.count).map { without.ssrc($0) } == [10, 30])
        #expect(header.contributingSources(levels: nil, in: bytes.span).level(0) == .silence)
    }
}
