// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import RTP
import TestSupport
import Testing

@testable import Video

@Suite struct VP8PayloadTests {
    /// RFC 7741 §4.6.1: a key frame in one packet.
    @Test func readsTheKeyFrameOfTheRFC() throws {
        let payload: [UInt8] = [0x90, 0x80, 0x11, 0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00, 1, 2]
        let (descriptor, size) = try #require(vp8Descriptor(of: payload))
        #expect(size == 3)
        #expect(descriptor.pictureID == 17)
        #expect(!descriptor.isLongPictureID)
        #expect(descriptor.startsFrame && !descriptor.isNonReference)
        let packet = Datagram(sequence: 1, marker: true, payload: payload).packet(.vp8)
        #expect(packet.startsKeyframe)
        #expect(packet.pictureSize == PictureSize(320, 240))
        #expect(packet.descriptorSize == 3)
    }

    /// RFC 7741 §4.6.2, §4.6.3, §4.6.4, §4.6.5.
    @Test func readsTheOtherExamplesOfTheRFC() throws {
        let interframe = try #require(vp8Descriptor(of: [0x10, 0x11, 0, 0]))
        #expect(interframe.size == 1 && interframe.descriptor.pictureID == nil)
        #expect(!Datagram(sequence: 1, payload: [0x10, 0x11, 0, 0]).packet(.vp8).startsKeyframe)
        let second = try #require(vp8Descriptor(of: [0x91, 0x80, 0x11, 9])).descriptor
        #expect(second.startsPartition && second.partition == 1 && !second.startsFrame)
        let fragment = try #require(vp8Descriptor(of: [0x81, 0x80, 0x11, 9])).descriptor
        #expect(!fragment.startsPartition && fragment.partition == 1)
        let long = try #require(vp8Descriptor(of: [0x90, 0x80, 0x92, 0x67, 0x11]))
        #expect(long.descriptor.pictureID == 4711 && long.descriptor.isLongPictureID && long.size == 4)
    }

    @Test func readsEveryField() throws {
        let bytes: [UInt8] = [0xB3, 0xF0, 0xFF, 0xFE, 0x7B, 0xBF, 0xAA]
        let (descriptor, size) = try #require(vp8Descriptor(of: bytes))
        #expect(size == 6)
        #expect(descriptor.isNonReference && descriptor.partition == 3 && descriptor.pictureID == 0x7FFE)
        #expect(descriptor.baseLayerIndex == 0x7B && descriptor.temporalLayer == 2 && descriptor.isLayerSync)
        #expect(descriptor.keyIndex == 31)
    }

    @Test func whatIsWrittenIsRead() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<5000 {
            var descriptor = VP8PayloadDescriptor()
            descriptor.isNonReference = Bool.random(using: &random)
            descriptor.startsPartition = Bool.random(using: &random)
            descriptor.partition = UInt8.random(in: 0...7, using: &random)
            if Bool.random(using: &random) {
                descriptor.isLongPictureID = Bool.random(using: &random)
                descriptor.pictureID = UInt16.random(
                    in: 0...(descriptor.isLongPictureID ? 0x7FFF : 0x7F), using: &random)
            }
            if Bool.random(using: &random) {
                descriptor.temporalLayer = UInt8.random(in: 0...3, using: &random)
                descriptor.isLayerSync = Bool.random(using: &random)
                if Bool.random(using: &random) { descriptor.baseLayerIndex = UInt8.random(in: 0...255, using: &random) }
            }
            if Bool.random(using: &random) { descriptor.keyIndex = UInt8.random(in: 0...31, using: &random) }
            var bytes = [UInt8](repeating: 0xEE, count: 8)
            var buffer = bytes.mutableSpan
            descriptor.write(into: &buffer, at: 1)
            let read = vp8Descriptor(of: Array(bytes[1..<8]))
            #expect(read?.descriptor == descriptor)
            #expect(read?.size == descriptor.size)
            #expect(bytes[1 + descriptor.size] == 0xEE && bytes[0] == 0xEE)
        }
    }

    @Test func cutsAndNoiseNeverLeadOutside() {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 0...16, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if let (_, size) = vp8Descriptor(of: bytes) { #expect(size <= bytes.count) }
            _ = VP8FrameHeader(bytes.span)
            for codec in PayloadFormat.allCases {
                _ = Datagram(sequence: 1, payload: bytes).packet(codec)
            }
        }
    }

    @Test(arguments: [10, 196, 197, 392, 1000, 12_345])
    func packetsAreOfAFrameAndEquallyLarge(_ size: Int) throws {
        var camera = VP8Camera(ssrc: 1, sequence: 65_530, timestamp: 0, pictureID: 0x7FFF)
        let (frame, packets) = camera.picture(keyframe: true, size: size)
        #expect(packets.allSatisfy { $0.payload.count <= 200 })
        #expect(packets.map(\.header.marker) == Array(repeating: false, count: packets.count - 1) + [true])
        let sizes = packets.map(\.payload.count)
        #expect((sizes.max() ?? 0) - (sizes.dropLast().min() ?? sizes[0]) <= 1)
        var whole: [UInt8] = []
        for (index, packet) in packets.enumerated() {
            let (descriptor, length) = try #require(vp8Descriptor(of: packet.payload))
            #expect(descriptor.startsFrame == (index == 0))
            #expect(descriptor.pictureID == 0x7FFF)
            whole += packet.payload[length...]
        }
        #expect(whole == frame)
        #expect(try #require(camera.picture(keyframe: false, size: 20).packets.first?.packet(.vp8).vp8).pictureID == 0)
    }

    @Test func aKeyFrameNeedsItsStartCode() {
        let payload: [UInt8] = [0x10, 0x10, 0, 0, 1, 2, 3, 0, 0, 0, 0]
        #expect(!Datagram(sequence: 1, payload: payload).packet(.vp8).startsKeyframe)
    }
}
