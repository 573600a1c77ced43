// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import RTP
import Testing
import Video

@testable import MediaServer

/// A camera that is on several canvases: each has a decoder of its own, which may fail alone.
struct VideoSourceTests {
    private let now = MediaInstant(nanoseconds: 1_000_000_000)

    /// A camera whose picture is live.
    private func live() throws -> VideoSource {
        let source = VideoSource(
            VideoSourceID(rawValue: 7), .camera, of: LegID(2), codec: .vp8, ways: .pictureLoss, asksForPackets: false)
        for datagram in try GridCamera(7, .red, .vp8).shoot(at: now, keyframe: true) {
            let packet = VideoPacket(try RTPHeader(parsing: datagram.span), codec: .vp8, datagram: datagram.span)
            _ = source.take(packet, datagram: datagram.span, isAgain: false, now: now)
        }
        #expect(source.state == .live)
        return source
    }

    @Test func itIsDamagedAsLongAsItIsOnOneOfItsCanvases() throws {
        let source = try live()
        let (first, second) = (GridPort {}, GridPort {})
        source.canvases = [first, second]
        source.note(damage: true, on: first)
        source.note(damage: true, on: second)
        #expect(source.state == .absent(.decoderError))
        #expect(source.withdrawals[.decoderError] == 1)
        source.note(damage: false, on: first)
        #expect(source.state == .absent(.decoderError))
        source.note(damage: false, on: second)
        #expect(source.state == .live)
        source.note(damage: true, on: second)
        #expect(source.withdrawals[.decoderError] == 2)
    }

    @Test func aCanvasThatItLeftSaysNothingOfItAnyMore() throws {
        let source = try live()
        let (first, second) = (GridPort {}, GridPort {})
        source.canvases = [first, second]
        source.note(damage: true, on: first)
        source.leave(first)
        #expect(source.state == .live)
        // Said before it left, and heard after.
        source.note(damage: true, on: first)
        #expect(source.state == .live)
        // The other canvas has not decoded it in vain, and is heard.
        source.note(damage: true, on: second)
        #expect(source.state == .absent(.decoderError))
        source.leave(second)
        #expect(source.state == .live)
        #expect(source.withdrawals[.decoderError] == 2)
    }
}
