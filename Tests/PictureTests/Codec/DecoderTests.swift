// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import TestSupport
import Testing

@testable import Picture

@Suite struct DecoderTests {
    static let size = PictureSize(320, 180)

    /// A keyframe and nine that follow.
    static func stream(_ codec: VideoCodec, slice: Int? = nil) throws -> [[UInt8]] {
        var maker = try StreamMaker(codec, size, bitrate: 1_500_000, slice: slice)
        var frames: [[UInt8]] = []
        for index in 0..<10 {
            if let frame = try maker.encode(Patches.busy(size, step: index)) { frames.append(frame.bytes) }
        }
        return frames
    }

    static func reason(_ decoder: any VideoDecoder, _ bytes: [UInt8], timestamp: UInt32 = 7) -> VideoDecodeError.Reason?
    {
        do throws(VideoDecodeError) {
            _ = try decoder.decode(bytes.span, timestamp: timestamp)
            return nil
        } catch {
            #expect(error.timestamp == timestamp && error.bytes == bytes.count && error.codec == decoder.codec)
            return error.reason
        }
    }

    @Test(arguments: VideoCodec.allCases)
    func nothingComesBeforeAKeyframe(codec: VideoCodec) throws {
        let frames = try Self.stream(codec)
        let decoder = try codec.makeDecoder()
        #expect(decoder.needsKeyframe)
        for frame in frames.dropFirst() { #expect((try? decoder.decode(frame, timestamp: 0)) == nil) }
        #expect(decoder.needsKeyframe)
        #expect(try decoder.decode(frames[0], timestamp: 0) != nil)
        #expect(!decoder.needsKeyframe)
    }

    @Test(arguments: VideoCodec.allCases)
    func afterALossOnlyAKeyframeShows(codec: VideoCodec) throws {
        let frames = try Self.stream(codec)
        let decoder = try codec.makeDecoder()
        #expect(try decoder.decode(frames[0], timestamp: 0) != nil)
        decoder.missedFrames()
        #expect(decoder.needsKeyframe)
        #expect(Self.reason(decoder, frames[2]) == .waitingForKeyframe)
        #expect(Self.reason(decoder, frames[0]) == nil)
        #expect(Self.reason(decoder, frames[1]) == nil)
        decoder.reset()
        #expect(decoder.needsKeyframe && Self.reason(decoder, frames[1]) != nil)
        #expect(try decoder.decode(frames[0], timestamp: 0) != nil)
    }

    @Test(arguments: VideoCodec.allCases, [50, 90, 99])
    func aTruncatedFrameIsNotShownAndNamed(codec: VideoCodec, percent: Int) throws {
        let frames = try Self.stream(codec)
        let decoder = try codec.makeDecoder()
        #expect(try decoder.decode(frames[0], timestamp: 0) != nil)
        let cut = Array(frames[1].prefix(frames[1].count * percent / 100))
        #expect(Self.reason(decoder, cut) != nil)
        #expect(decoder.needsKeyframe)
        #expect(Self.reason(decoder, frames[2]) != nil)
        #expect(try decoder.decode(frames[0], timestamp: 0) != nil)
    }

    @Test func aLostSliceOfH264IsNoticed() throws {
        let frames = try Self.stream(.h264, slice: 400)
        let decoder = try VideoCodec.h264.makeDecoder()
        #expect(try decoder.decode(frames[0], timestamp: 0) != nil)
        // Without the first slice: the start code of the second is where the frame now begins.
        let starts = frames[1].indices.filter { Array(frames[1][$0...].prefix(3)) == [0, 0, 1] }
        let second = try #require(starts.dropFirst().first)
        #expect(Self.reason(decoder, Array(frames[1][second...])) == .damaged)
        #expect(decoder.needsKeyframe)
    }

    @Test(arguments: VideoCodec.allCases)
    func emptyAndOversizedFramesAreRefused(codec: VideoCodec) throws {
        let decoder = try codec.makeDecoder(limit: PictureSize(160, 90))
        #expect(Self.reason(decoder, []) == .empty)
        let refusal = try #require(Self.reason(decoder, try Self.stream(codec)[0]))
        switch codec {
        case .vp8: #expect(refusal == .tooLarge(Self.size))
        case .h264: if case .unreadable = refusal {} else { Issue.record("\(refusal)") }
        }
        var maker = try StreamMaker(codec, PictureSize(160, 90))
        let small = try #require(try maker.encode(Patches.picture(PictureSize(160, 90))))
        #expect(try decoder.decode(small.bytes, timestamp: 0) != nil)
    }

    @Test func aVP8HeaderOfTenBytesTakesNoMemory() throws {
        // A keyframe of 16383x16383.
        let decoder = try VideoCodec.vp8.makeDecoder()
        let bytes: [UInt8] = [0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f]
        #expect(Self.reason(decoder, bytes) == .tooLarge(PictureSize(16383, 16383)))
    }

    /// Whatever comes, the decoder lives, and a good keyframe is shown afterwards.
    @Test(arguments: VideoCodec.allCases)
    func randomBytesDoNoHarm(codec: VideoCodec) throws {
        let good = try Self.stream(codec)
        let decoder = try codec.makeDecoder(limit: PictureSize(1280, 720))
        var numbers = SeededGenerator(seed: 11)
        for round in 0..<600 {
            var bytes = (0..<Int.random(in: 0...400, using: &numbers)).map { _ in
                UInt8.random(in: 0...255, using: &numbers)
            }
            // Half of them get past the first look at their header.
            if round % 2 == 0 {
                let start: [UInt8] = codec == .vp8 ? [0x10, 2, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0] : [0, 0, 0, 1, 0x65]
                bytes = start + bytes
            }
            _ = try? decoder.decode(bytes, timestamp: 0)
            if round % 50 == 0 { #expect(try decoder.decode(good[0], timestamp: 0) != nil) }
        }
    }

    @Test(arguments: VideoCodec.allCases)
    func flippedBitsDoNoHarm(codec: VideoCodec) throws {
        let good = try Self.stream(codec, slice: 600)
        let decoder = try codec.makeDecoder(limit: PictureSize(1280, 720))
        var numbers = SeededGenerator(seed: 13)
        for _ in 0..<60 {
            for frame in good {
                var bytes = frame
                for _ in 0..<Int.random(in: 0...4, using: &numbers) {
                    bytes[Int.random(in: 0..<bytes.count, using: &numbers)] ^=
                        1 << UInt8.random(in: 0...7, using: &numbers)
                }
                if let picture = try? decoder.decode(bytes, timestamp: 0) {
                    #expect(picture.size.width <= 1280 && picture.size.height <= 720)
                }
            }
        }
        decoder.reset()
        #expect(try decoder.decode(good[0], timestamp: 0)?.size == Self.size)
    }
}
