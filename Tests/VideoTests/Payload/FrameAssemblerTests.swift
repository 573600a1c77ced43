// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import RTP
import TestSupport
import Testing

@testable import Video

@Suite struct FrameAssemblerTests {
    /// Takes packets in and collects what comes out.
    private struct Receiver {
        let assembler: FrameAssembler
        var frames: [[UInt8]] = []
        var outputs: [AssemblerOutput] = []

        init(_ codec: PayloadFormat, capacity: Int = 512, window: Int = 64, patience: Int = 150) {
            assembler = FrameAssembler(codec: codec, capacity: capacity, window: window, patience: patience)
        }

        mutating func take(_ datagram: Datagram, _ now: MediaInstant) {
            assembler.insert(datagram.header, datagram: datagram.bytes.span, now: now)
            drain(now)
        }

        mutating func drain(_ now: MediaInstant) {
            while let output = assembler.next(now: now) {
                outputs.append(output)
                if case .frame(let frame) = output {
                    let bytes = assembler.withFrame { span in span.withUnsafeBufferPointer { Array($0) } }
                    #expect(bytes.count == frame.size)
                    frames.append(bytes)
                }
            }
        }

        var gaps: [AssemblerGap] {
            outputs.compactMap { if case .keyframeNeeded(let gap) = $0 { gap } else { nil } }
        }
    }

    private var camera = VP8Camera(ssrc: 7, sequence: 65_500, timestamp: .max - 5000, pictureID: 3)

    @Test mutating func framesComeOutAsTheyWentIn() {
        var receiver = Receiver(.vp8)
        var sent: [[UInt8]] = []
        for index in 0..<60 {
            let (frame, packets) = camera.picture(keyframe: index == 0, size: 50 + index * 40)
            sent.append(frame)
            for packet in packets { receiver.take(packet, at(index * 33)) }
        }
        #expect(receiver.frames == sent)
        #expect(receiver.gaps.isEmpty)
        guard case .frame(let first) = receiver.outputs.first else {
            Issue.record("no frame")
            return
        }
        #expect(first.isKeyframe && first.pictureSize == PictureSize(640, 360))
        #expect(receiver.assembler.frames == 60)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func reorderedAndDoubledPacketsMakeTheSameFrames(_ seed: UInt64) {
        var camera = camera
        var receiver = Receiver(.vp8)
        var condition = NetworkCondition(jitter: .uniform(20))
        condition.duplication = 0.1
        condition.reordering = 0.1
        var network = NetworkEmulator<Datagram>(condition, seed: seed)
        var sent: [[UInt8]] = []
        for index in 0..<90 {
            let (frame, packets) = camera.picture(keyframe: index == 0, size: 900)
            sent.append(frame)
            for packet in packets { network.send(packet, at: at(index * 33).nanoseconds) }
            while let (packet, arrival) = network.receive(by: at(index * 33 + 33).nanoseconds) {
                receiver.take(packet, MediaInstant(nanoseconds: arrival))
            }
        }
        while let (packet, arrival) = network.receive(by: .max) {
            receiver.take(packet, MediaInstant(nanoseconds: arrival))
        }
        #expect(receiver.frames == sent)
        #expect(receiver.assembler.count(.duplicate) + receiver.assembler.count(.late) > 0)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func afterLossNothingComesBeforeAKeyFrame(_ seed: UInt64) {
        var camera = camera
        var receiver = Receiver(.vp8)
        var network = NetworkEmulator<Datagram>(
            NetworkCondition(jitter: .uniform(30), loss: .independent(0.02)), seed: seed)
        var sent: [[UInt8]: (index: Int, isKeyframe: Bool)] = [:]
        var askedAt: Int?
        for index in 0..<600 {
            let isKeyframe = index == 0 || askedAt.map { index - $0 > 5 } == true
            if isKeyframe { askedAt = nil }
            let (frame, packets) = camera.picture(keyframe: isKeyframe, size: 900)
            sent[frame] = (index, isKeyframe)
            for packet in packets { network.send(packet, at: at(index * 33).nanoseconds) }
            while let (packet, arrival) = network.receive(by: at(index * 33 + 33).nanoseconds) {
                receiver.take(packet, MediaInstant(nanoseconds: arrival))
            }
            receiver.drain(at(index * 33 + 33))
            if receiver.assembler.needsKeyframe, askedAt == nil { askedAt = index }
        }
        var last = -1
        for frame in receiver.frames {
            guard let (index, isKeyframe) = sent[frame] else {
                Issue.record("a frame that nobody sent")
                continue
            }
            #expect(index == last + 1 || (index > last && isKeyframe))
            last = index
        }
        #expect(network.lost > 20)
        #expect(receiver.frames.count > 150)
        #expect(receiver.assembler.count(AssemblerGap.loss) > 0)
    }

    @Test mutating func aMissingPacketIsWaitedForAndThenGivenUp() {
        var receiver = Receiver(.vp8)
        for packet in camera.picture(keyframe: true, size: 500).packets { receiver.take(packet, at(0)) }
        let (frame, packets) = camera.picture(keyframe: false, size: 500)
        receiver.take(packets[0], at(33))
        receiver.take(packets[2], at(34))
        #expect(receiver.frames.count == 1)
        #expect(receiver.assembler.nextDeadline == at(184))
        receiver.take(packets[1], at(180))
        #expect(receiver.frames.last == frame)
        #expect(receiver.assembler.nextDeadline == nil)
        let lost = camera.picture(keyframe: false, size: 500).packets
        receiver.take(lost[0], at(200))
        receiver.take(lost[2], at(200))
        receiver.drain(at(349))
        #expect(receiver.gaps.isEmpty)
        receiver.drain(at(350))
        #expect(receiver.gaps == [.loss])
        #expect(receiver.assembler.needsKeyframe)
        receiver.take(lost[1], at(351))
        #expect(receiver.assembler.count(.late) == 1)
        for packet in camera.picture(keyframe: false, size: 100).packets { receiver.take(packet, at(360)) }
        #expect(receiver.frames.count == 2)
        let (key, keyPackets) = camera.picture(keyframe: true, size: 500)
        for packet in keyPackets.reversed() { receiver.take(packet, at(400)) }
        #expect(receiver.frames.last == key)
        #expect(!receiver.assembler.needsKeyframe)
    }

    @Test mutating func enoughNewerPacketsEndTheWait() {
        var receiver = Receiver(.vp8, window: 8, patience: 100_000)
        for packet in camera.picture(keyframe: true, size: 100).packets { receiver.take(packet, at(0)) }
        _ = camera.picture(keyframe: false, size: 100)
        for _ in 0..<8 { receiver.take(camera.picture(keyframe: false, size: 100).packets[0], at(1)) }
        #expect(receiver.gaps == [.loss])
    }

    @Test mutating func aKeyFrameThatIsHereMakesUpForALoss() {
        var receiver = Receiver(.vp8)
        for packet in camera.picture(keyframe: true, size: 100).packets { receiver.take(packet, at(0)) }
        _ = camera.picture(keyframe: false, size: 100)
        let (key, packets) = camera.picture(keyframe: true, size: 100)
        for packet in packets { receiver.take(packet, at(10)) }
        receiver.drain(at(160))
        #expect(receiver.frames.last == key)
        #expect(receiver.gaps.isEmpty && receiver.assembler.count(AssemblerGap.loss) == 1)
    }

    @Test mutating func aFrameLargerThanTheMemoryIsGivenUp() {
        var receiver = Receiver(.vp8, capacity: 16, window: 16)
        for packet in camera.picture(keyframe: true, size: 5000).packets { receiver.take(packet, at(0)) }
        #expect(receiver.gaps == [.tooLarge])
        #expect(receiver.frames.isEmpty)
        let (key, packets) = camera.picture(keyframe: true, size: 2000)
        for packet in packets { receiver.take(packet, at(1)) }
        #expect(receiver.frames == [key])
    }

    @Test mutating func aStreamThatStartsAnewIsFollowed() {
        var receiver = Receiver(.vp8)
        for packet in camera.picture(keyframe: true, size: 100).packets { receiver.take(packet, at(0)) }
        var other = VP8Camera(ssrc: 8, sequence: 9, timestamp: 4, pictureID: 0)
        receiver.take(other.picture(keyframe: false, size: 100).packets[0], at(1))
        #expect(receiver.gaps == [.restart])
        let (key, packets) = other.picture(keyframe: true, size: 300)
        for packet in packets { receiver.take(packet, at(2)) }
        #expect(receiver.frames.last == key)
        // The same SSRC far away: the first packet might be a stray.
        other.sequence = 30_000
        receiver.take(other.picture(keyframe: false, size: 100).packets[0], at(3))
        #expect(receiver.assembler.count(.probation) == 1)
        receiver.take(other.picture(keyframe: false, size: 100).packets[0], at(4))
        #expect(receiver.gaps == [.restart, .restart])
    }

    @Test mutating func paddingBetweenFramesIsPassedOver() {
        var receiver = Receiver(.vp8)
        for packet in camera.picture(keyframe: true, size: 100).packets { receiver.take(packet, at(0)) }
        for _ in 0..<3 {
            receiver.take(Datagram(sequence: camera.sequence, timestamp: 1, ssrc: 7, payload: []), at(1))
            camera.sequence &+= 1
        }
        let (frame, packets) = camera.picture(keyframe: false, size: 100)
        for packet in packets { receiver.take(packet, at(2)) }
        #expect(receiver.frames.last == frame)
    }

    // MARK: - H.264

    private func accessUnit(keyframe: Bool, seed: UInt64, slices: Int = 2) -> [UInt8] {
        var unit: [UInt8] = []
        if keyframe { unit += startCode + smallSequenceSet + startCode + smallPictureSet }
        for slice in 0..<slices {
            unit += startCode
            unit += h264Slice(keyframe ? 5 : 1, size: 90 + 70 * slice, first: slice == 0, seed: seed + UInt64(slice))
        }
        return unit
    }

    @Test(arguments: [H264PacketizationMode.singleNALUnit, .nonInterleaved], 1...5 as ClosedRange<UInt64>)
    func accessUnitsComeOutAsTheyWentIn(_ mode: H264PacketizationMode, _ seed: UInt64) {
        var receiver = Receiver(.h264)
        var network = NetworkEmulator<Datagram>(NetworkCondition(jitter: .uniform(40)), seed: seed)
        var sent: [[UInt8]] = []
        var sequence: UInt16 = 65_400
        for index in 0..<60 {
            let unit = accessUnit(
                keyframe: index % 20 == 0, seed: seed * 1000 + UInt64(index) * 10, slices: 1 + index % 4)
            sent.append(unit)
            let maximum = mode == .singleNALUnit ? 400 : 100
            for (payload, isLast) in h264Payloads(unit, mode: mode, maximum: maximum) {
                let packet = Datagram(
                    sequence: sequence, timestamp: UInt32(index) &* 3000, marker: isLast, payload: payload)
                // The start is not reordered: a receiver begins at the first key frame packet that it sees.
                if index == 0 {
                    receiver.take(packet, at(0))
                } else {
                    network.send(packet, at: at(index * 33).nanoseconds)
                }
                sequence &+= 1
            }
        }
        while let (packet, arrival) = network.receive(by: .max) {
            receiver.take(packet, MediaInstant(nanoseconds: arrival))
        }
        #expect(receiver.frames == sent)
    }

    @Test func aMissingMarkerEndsWithTheTimestamp() {
        var receiver = Receiver(.h264)
        let units = [accessUnit(keyframe: true, seed: 1), accessUnit(keyframe: false, seed: 9)]
        var sequence: UInt16 = 1
        for (index, unit) in units.enumerated() {
            for (payload, _) in h264Payloads(unit, mode: .nonInterleaved) {
                receiver.take(Datagram(sequence: sequence, timestamp: UInt32(index), payload: payload), at(index))
                sequence += 1
            }
        }
        #expect(receiver.frames == [units[0]])
    }

    @Test func fragmentsThatDoNotFitTogetherAreMalformed() {
        for payloads in [
            [[0x7C, 0x85, 0x88], [0x7C, 0x85, 1], [0x7C, 0x45, 2]],
            [[0x67, 1, 2, 3, 4], [0x7C, 0x45, 2]], [[0x7C, 0x85, 0x88], [0x7C, 0x41, 2]],
            [[0x7C, 0x85, 0x88], [0x61, 2]], [[0x65, 0x88], [0x79, 0, 0]], [[0x7C, 0x85, 0x88]],
        ] as [[[UInt8]]] {
            var receiver = Receiver(.h264)
            for (index, payload) in payloads.enumerated() {
                receiver.take(
                    Datagram(sequence: UInt16(index), marker: index == payloads.count - 1, payload: payload), at(0))
            }
            #expect(receiver.frames.isEmpty)
            #expect(receiver.gaps == [.malformed])
        }
    }

    @Test(arguments: [PayloadFormat.vp8, .h264])
    func anyPacketsAreTakenWithoutHarm(_ codec: PayloadFormat) {
        var random = SeededGenerator(seed: 77)
        var receiver = Receiver(codec, capacity: 32, window: 16, patience: 20)
        var sequence: UInt16 = 0
        for round in 0..<30_000 {
            let chance = Int.random(in: 0..<100, using: &random)
            sequence = chance == 0 ? .random(in: 0...65535, using: &random) : sequence &+ UInt16(chance % 4)
            var payload = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if chance % 3 == 0, !payload.isEmpty { payload[0] = codec == .vp8 ? 0x10 : 0x65 }
            if chance % 7 == 0, payload.count > 12 {
                payload.replaceSubrange(0..<7, with: [0x10, 0x10, 0, 0, 0x9D, 0x01, 0x2A])
            }
            let packet = Datagram(
                sequence: sequence, timestamp: UInt32(round / 3), marker: chance % 2 == 0, ssrc: chance == 1 ? 2 : 1,
                payload: payload)
            receiver.take(packet, at(round))
        }
        #expect(receiver.assembler.count(.accepted) > 10_000)
    }
}
