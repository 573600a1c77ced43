// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct BundleDemultiplexerTests {
    private typealias Line = BundleDemultiplexer.Line

    /// An RTP packet; `mid` in a one-byte header extension of number 3.
    private static func packet(_ ssrc: UInt32, payloadType: UInt8 = 96, mid: String? = nil) -> [UInt8] {
        var bytes: [UInt8] = [mid == nil ? 0x80 : 0x90, payloadType, 0, 1, 0, 0, 0, 1]
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> (24 - 8 * $0)) }
        if let mid {
            var elements = [3 << 4 | UInt8(mid.utf8.count - 1)] + Array(mid.utf8)
            while elements.count % 4 != 0 { elements.append(0) }
            bytes += [0xBE, 0xDE, 0, UInt8(elements.count / 4)] + elements
        }
        return bytes + [1, 2, 3]
    }

    private static func line(_ demultiplexer: inout BundleDemultiplexer, _ bytes: [UInt8]) throws -> Int? {
        demultiplexer.line(of: try RTPHeader(parsing: bytes.span), in: bytes.span)
    }

    @Test func announcedSourcesAreKnown() throws {
        var lines = BundleDemultiplexer([
            Line(ssrcs: [1, 2], payloadTypes: [96]), Line(ssrcs: [3], payloadTypes: [96]),
        ])
        #expect(try Self.line(&lines, Self.packet(2)) == 0)
        #expect(try Self.line(&lines, Self.packet(3)) == 1)
        #expect(try Self.line(&lines, Self.packet(4)) == nil)
    }

    @Test func aNameStandsAboveWhatWasAnnouncedAndIsRemembered() throws {
        var lines = BundleDemultiplexer([
            Line(ssrcs: [1], mid: Array("a".utf8), midExtension: 3, payloadTypes: [96]),
            Line(mid: Array("bb".utf8), midExtension: 3, payloadTypes: [96]),
        ])
        #expect(try Self.line(&lines, Self.packet(7)) == nil)
        #expect(try Self.line(&lines, Self.packet(7, mid: "bb")) == 1)
        #expect(try Self.line(&lines, Self.packet(7)) == 1)
        #expect(try Self.line(&lines, Self.packet(7, mid: "a")) == 0)
        #expect(try Self.line(&lines, Self.packet(7)) == 0)
        #expect(try Self.line(&lines, Self.packet(1, mid: "c")) == 0)
    }

    @Test func aPayloadTypeOfOneLineAloneTells() throws {
        var lines = BundleDemultiplexer([
            Line(payloadTypes: [96, 97]), Line(payloadTypes: [96, 98]), Line(payloadTypes: []),
        ])
        #expect(try Self.line(&lines, Self.packet(5)) == nil)
        #expect(try Self.line(&lines, Self.packet(5, payloadType: 98)) == 1)
        #expect(try Self.line(&lines, Self.packet(5)) == 1)
        #expect(try Self.line(&lines, Self.packet(6, payloadType: 97)) == 0)
    }

    /// Camera, screen and 32 slots, each with an SSRC for what is sent again.
    @Test func asManyLinesAsThereMayBeAreToldByTwoSourcesEach() throws {
        var lines = BundleDemultiplexer(
            (0..<34 as Range<UInt32>).map { Line(ssrcs: [2 * $0 + 1, 2 * $0 + 2], payloadTypes: [96]) })
        for ssrc in 1...68 as ClosedRange<UInt32> {
            #expect(try Self.line(&lines, Self.packet(ssrc)) == Int(ssrc - 1) / 2)
        }
    }

    @Test func inventedSourcesPushOutOneAnotherOnly() throws {
        var lines = BundleDemultiplexer([Line(ssrcs: [1], payloadTypes: [96]), Line(ssrcs: [2], payloadTypes: [97])])
        for ssrc in 100..<10_000 as Range<UInt32> {
            #expect(try Self.line(&lines, Self.packet(ssrc, payloadType: ssrc % 2 == 0 ? 96 : 97)) == Int(ssrc % 2))
        }
        #expect(try Self.line(&lines, Self.packet(1, payloadType: 97)) == 0)
        #expect(try Self.line(&lines, Self.packet(2)) == 1)
        let many = Line(ssrcs: Array(1...100_000), payloadTypes: [96])
        var believed = BundleDemultiplexer([many, Line(payloadTypes: [96])])
        #expect(try Self.line(&believed, Self.packet(72)) == 0)
        #expect(try Self.line(&believed, Self.packet(73)) == nil)
    }
}
