// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

@testable import Video

@Suite struct VideoForwarderTests {
    private let alice = VideoSourceID(rawValue: 1)
    private let bob = VideoSourceID(rawValue: 2)
    private var aliceCamera = VP8Camera(ssrc: 0xA, sequence: 65_000, timestamp: .max - 20_000, pictureID: 0x7FF0)
    private var bobCamera = VP8Camera(ssrc: 0xB, sequence: 100, timestamp: 500, pictureID: 77)

    private func forwarder(first: UInt16 = 65_530, _ types: [PayloadFormat: UInt8] = [.vp8: 100]) -> VideoForwarder {
        var configuration = VideoForwarderConfiguration(ssrc: 0xF0, payloadTypes: PayloadTypeMap(types))
        configuration.firstSequence = first
        configuration.firstTimestamp = .max - 100
        configuration.firstPictureID = 0x7FFE
        return VideoForwarder(configuration)
    }

    @Test mutating func nothingGoesBeforeAKeyFrame() throws {
        var forwarder = forwarder()
        let stray = aliceCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8)
        #expect(take(stray, alice, &forwarder, 0) == .drop(.notSelected))
        let asks = forwarder.select(alice, now: at(0))
        #expect(asks)
        #expect(forwarder.awaited == alice && forwarder.shown == nil)
        let inter = aliceCamera.picture(keyframe: false, size: 20).packets[0].packet(.vp8)
        #expect(take(inter, alice, &forwarder, 1) == .drop(.awaitingKeyframe))
        let key = aliceCamera.picture(keyframe: true, size: 20).packets[0]
        let sent = try #require(take(key.packet(.vp8), alice, &forwarder, 2).forwarded)
        #expect(sent.startsSource && sent.marker && sent.ssrc == 0xF0 && sent.payloadType == 100)
        #expect(sent.sequenceNumber == 65_530 && sent.timestamp == .max - 100)
        #expect(sent.descriptor?.pictureID == 0x7FFE)
        #expect(forwarder.awaited == nil && forwarder.shown == alice)
        #expect(forwarder.count(.awaitingKeyframe) == 1 && forwarder.count(.notSelected) == 1)
    }

    @Test mutating func whatLeavesIsAPacketAgain() throws {
        var forwarder = forwarder()
        forwarder.select(alice, now: at(0))
        let key = aliceCamera.picture(keyframe: true, size: 20).packets[0]
        let sent = try #require(take(key.packet(.vp8), alice, &forwarder, 2).forwarded)
        var bytes = [UInt8](repeating: 0, count: 1500)
        let size = write(sent, key, into: &bytes)
        #expect(size == sent.size)
        let left = Array(bytes.prefix(sent.size))
        let header = try RTPHeader(parsing: left.span)
        #expect(header.ssrc == 0xF0 && header.sequenceNumber == 65_530 && header.payloadType == 100 && header.marker)
        #expect(Array(left[header.payload].dropFirst(4)) == Array(key.payload.dropFirst(4)))
        #expect(VideoPacket(header, codec: .vp8, datagram: left.span).startsKeyframe)
        var small = [UInt8](repeating: 0, count: sent.size - 1)
        #expect(write(sent, key, into: &small) == nil)
    }

    @Test mutating func everyPacketNamesItsSourceAndSoDoesOneThatIsSentAgain() throws {
        var forwarder = forwarder()
        forwarder.select(alice, now: at(0))
        func contributors(_ sent: ForwardedPacket, _ came: Datagram) throws -> [UInt32] {
            var bytes = [UInt8](repeating: 0, count: 1500)
            #expect(write(sent, came, into: &bytes) == sent.size)
            let left = Array(bytes.prefix(sent.size))
            let header = try RTPHeader(parsing: left.span)
            #expect(Array(left[header.payload].dropFirst(4)) == Array(came.payload.dropFirst(4)))
            return (0..<Int(header.contributingSourceCount)).compactMap {
                header.contributingSource($0, in: left.span)
            }
        }
        for (camera, name) in [(alice, 0xA11CE), (bob, nil)] as [(VideoSourceID, UInt32?)] {
            forwarder.select(camera, now: at(1))
            for keyframe in [true, false] {
                let came =
                    (camera == alice
                    ? aliceCamera.picture(keyframe: keyframe, size: 20)
                    : bobCamera.picture(keyframe: keyframe, size: 20)).packets[0]
                let sent = try #require(
                    forwarder.receive(came.packet(.vp8), from: camera, contributor: name, now: at(2)).forwarded)
                #expect(try contributors(sent, came) == (name.map { [$0] } ?? []))
                let repeated = forwarder.resend(came.packet(.vp8), as: sent.sequenceNumber)
                let again = try #require(repeated)
                #expect(try contributors(again, came) == (name.map { [$0] } ?? []))
            }
        }
    }

    @Test mutating func theOldSourceGoesOnUntilTheNewOnesKeyFrame() throws {
        var forwarder = forwarder()
        forwarder.select(alice, now: at(0))
        let first = try #require(
            take(aliceCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8), alice, &forwarder, 0).forwarded)
        let asks = forwarder.select(bob, now: at(10))
        #expect(asks && forwarder.awaited == bob && forwarder.shown == alice && forwarder.nextDeadline == at(3010))
        let second = try #require(
            take(aliceCamera.picture(keyframe: false, size: 20).packets[0].packet(.vp8), alice, &forwarder, 33)
                .forwarded)
        #expect(second.sequenceNumber == first.sequenceNumber &+ 1 && second.timestamp == first.timestamp &+ 2970)
        let early = bobCamera.picture(keyframe: false, size: 20).packets[0].packet(.vp8)
        #expect(take(early, bob, &forwarder, 40) == .drop(.awaitingKeyframe))
        let late = aliceCamera.picture(keyframe: false, size: 20).packets[0].packet(.vp8)
        let key = bobCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8)
        let third = try #require(take(key, bob, &forwarder, 83).forwarded)
        #expect(third.startsSource && third.sequenceNumber == second.sequenceNumber &+ 1)
        // 50 ms after the picture before.
        #expect(third.timestamp == second.timestamp &+ 4500)
        #expect(third.descriptor?.pictureID == (second.descriptor?.pictureID).map { ($0 + 1) & 0x7FFF })
        #expect(take(late, alice, &forwarder, 84) == .drop(.notSelected))
        #expect(take(early, bob, &forwarder, 85) == .drop(.late))
        #expect(forwarder.nextDeadline == nil && forwarder.switches == 2)
    }

    @Test mutating func theDeadlineStopsTheOldSource() {
        var forwarder = forwarder()
        forwarder.select(alice, now: at(0))
        _ = take(aliceCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8), alice, &forwarder, 0)
        forwarder.select(bob, now: at(0))
        let early = forwarder.timePassed(now: at(2999))
        #expect(early == bob && forwarder.shown == alice)
        let overdue = forwarder.timePassed(now: at(3000))
        #expect(overdue == bob && forwarder.shown == nil)
        let packet = aliceCamera.picture(keyframe: false, size: 20).packets[0].packet(.vp8)
        #expect(take(packet, alice, &forwarder, 3001) == .drop(.notSelected))
        #expect(forwarder.awaited == bob && forwarder.shown == nil)
        let key = bobCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8)
        #expect(take(key, bob, &forwarder, 3010).forwarded?.startsSource == true)
    }

    @Test mutating func aSwitchCanBeTakenBackAndSourcesGo() {
        var forwarder = forwarder()
        forwarder.select(alice, now: at(0))
        _ = take(aliceCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8), alice, &forwarder, 0)
        forwarder.select(bob, now: at(1))
        let asks = forwarder.select(alice, now: at(2))
        #expect(!asks && forwarder.shown == alice && forwarder.awaited == nil)
        forwarder.select(bob, now: at(3))
        forwarder.remove(bob)
        #expect(forwarder.shown == alice && forwarder.awaited == nil)
        forwarder.select(bob, now: at(4))
        forwarder.remove(alice)
        #expect(forwarder.shown == nil && forwarder.awaited == bob)
        forwarder.remove(bob)
        #expect(forwarder.awaited == nil)
        forwarder.select(bob, now: at(5))
        forwarder.select(nil, now: at(6))
        #expect(forwarder.awaited == nil && forwarder.nextDeadline == nil)
    }

    @Test mutating func lossLeavesHolesThatLatePacketsFill() throws {
        var forwarder = forwarder()
        forwarder.select(alice, now: at(0))
        let key = aliceCamera.picture(keyframe: true, size: 900).packets
        let sent = [0, 1, 4, 2].compactMap { take(key[$0].packet(.vp8), alice, &forwarder, 0).forwarded }
        #expect(sent.map { $0.sequenceNumber &- 65_530 } == [0, 1, 4, 2])
        #expect(Set(sent.map(\.timestamp)).count == 1)
        #expect(Set(sent.map(\.descriptor?.pictureID)).count == 1)
        let found = forwarder.origin(of: 65_533)
        let origin = try #require(found)
        #expect(origin == ForwardOrigin(source: alice, ssrc: 0xA, sequenceNumber: key[3].header.sequenceNumber))
        #expect(forwarder.origin(of: 65_535) == nil && forwarder.origin(of: 65_529) == nil)
    }

    @Test mutating func aSourceThatStartsAnewGoesOnAtItsKeyFrame() throws {
        var forwarder = forwarder()
        forwarder.select(alice, now: at(0))
        let first = try #require(
            take(aliceCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8), alice, &forwarder, 0).forwarded)
        for change in 0..<3 {
            let now = 1000 * (change + 1)
            switch change {
            case 0: aliceCamera.ssrc = 0xAA
            case 1: aliceCamera.sequence &+= 20_000
            default: aliceCamera.timestamp &+= 90_000 * 60
            }
            let inter = aliceCamera.picture(keyframe: false, size: 20).packets[0].packet(.vp8)
            #expect(take(inter, alice, &forwarder, now) == .drop(.awaitingKeyframe))
            #expect(forwarder.awaited == alice && forwarder.shown == alice)
            let key = aliceCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8)
            let sent = try #require(take(key, alice, &forwarder, now).forwarded)
            #expect(sent.startsSource && sent.sequenceNumber == first.sequenceNumber &+ UInt16(change + 1))
            #expect(sent.timestamp == first.timestamp &+ UInt32(90_000 * (change + 1)))
            #expect(forwarder.awaited == nil && forwarder.switches == 1)
        }
    }

    @Test mutating func codecsThatAReceiverDoesNotTakeStayOut() {
        var forwarder = forwarder([.h264: 97])
        forwarder.select(alice, now: at(0))
        let vp8 = aliceCamera.picture(keyframe: true, size: 20).packets[0].packet(.vp8)
        #expect(take(vp8, alice, &forwarder, 0) == .drop(.codec))
        forwarder.configuration.readsNonInterleaved = false
        let fragment = Datagram(sequence: 1, payload: [0x7C, 0x85, 0x88]).packet(.h264)
        #expect(take(fragment, alice, &forwarder, 0) == .drop(.packetizationMode))
        let single = Datagram(sequence: 2, payload: smallSequenceSet).packet(.h264)
        #expect(take(single, alice, &forwarder, 0).forwarded?.payloadType == 97)
    }

    @Test func parameterSetsGetNumbersBeforeEachPictureThatLacksThem() throws {
        var forwarder = forwarder(first: 10, [.h264: 97])
        forwarder.select(alice, now: at(0))
        func packet(_ sequence: UInt16, _ timestamp: UInt32, _ payload: [UInt8]) -> VideoPacket {
            Datagram(sequence: sequence, timestamp: timestamp, payload: payload).packet(.h264)
        }
        let first = try #require(take(packet(500, 0, [0x65, 0x88]), alice, &forwarder, 0, sets: 2).forwarded)
        #expect(first.sequenceNumber == 12 && first.parameterSetPackets == 2)
        #expect([0, 1].map { first.head(ofParameterSet: $0).sequenceNumber } == [10, 11])
        #expect(first.head(ofParameterSet: 1).timestamp == first.timestamp && !first.head(ofParameterSet: 1).marker)
        #expect(forwarder.origin(of: 11) == nil && forwarder.origin(of: 12)?.sequenceNumber == 500)
        let next = try #require(take(packet(501, 3000, [0x61, 0x88]), alice, &forwarder, 33, sets: 2).forwarded)
        #expect(next.sequenceNumber == 13 && next.parameterSetPackets == 0)
        // 502 is lost: its hole stays.
        let second = try #require(take(packet(503, 9000, [0x65, 0x88]), alice, &forwarder, 100, sets: 2).forwarded)
        #expect(
            second.sequenceNumber == 17 && second.parameterSetPackets == 2
                && second.timestamp == first.timestamp &+ 9000)
        #expect(!second.startsSource)
        // The second slice of that picture, and one whose parameter sets came just before.
        #expect(take(packet(504, 9000, [0x65, 0x48]), alice, &forwarder, 100, sets: 2).forwarded?.sequenceNumber == 18)
        _ = take(packet(505, 12_000, smallSequenceSet), alice, &forwarder, 133, sets: 2)
        let third = try #require(take(packet(506, 12_000, [0x65, 0x88]), alice, &forwarder, 133, sets: 2).forwarded)
        #expect(third.sequenceNumber == 20 && third.parameterSetPackets == 0)
        #expect(forwarder.origin(of: 13)?.sequenceNumber == 501)
    }

    /// Each packet that claims to begin the same picture would cost every receiver a kilobyte of parameter sets.
    @Test func aPictureGetsParameterSetsOnce() {
        var forwarder = forwarder(first: 10, [.h264: 97])
        forwarder.select(alice, now: at(0))
        func sets(_ sequence: UInt16, _ timestamp: UInt32) -> UInt8? {
            let packet = Datagram(sequence: sequence, timestamp: timestamp, payload: [0x65, 0x88]).packet(.h264)
            return take(packet, alice, &forwarder, 0, sets: 5).forwarded?.parameterSetPackets
        }
        #expect([sets(1, 0), sets(2, 0), sets(3, 3000), sets(4, 3000), sets(5, 6000)] == [5, 0, 5, 0, 5])
    }

    /// A source may change codecs without signalling; what its decoder made of the old one is of no use then.
    @Test func anotherCodecBeginsWithAKeyFrame() throws {
        var forwarder = forwarder(first: 10, [.vp8: 96, .h264: 97])
        forwarder.select(alice, now: at(0))
        var camera = aliceCamera
        for packet in camera.picture(keyframe: true, size: 100).packets {
            #expect(take(packet.packet(.vp8), alice, &forwarder, 0).forwarded != nil)
        }
        func h264(_ payload: [UInt8]) -> ForwardVerdict {
            defer { camera.sequence &+= 1 }
            let packet = Datagram(
                sequence: camera.sequence, timestamp: camera.timestamp, ssrc: camera.ssrc, payload: payload)
            return take(packet.packet(.h264), alice, &forwarder, 33)
        }
        #expect(h264([0x61, 0x88]) == .drop(.awaitingKeyframe))
        #expect(forwarder.awaited == alice)
        let key = try #require(h264(smallSequenceSet).forwarded)
        #expect(key.payloadType == 97 && key.sequenceNumber == 11 && forwarder.awaited == nil)
    }

    /// Two cameras over a lossy, reordering network, a switch every second or so; the receiver's stream has to look
    /// like one camera's.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func manySwitchesMakeOneStream(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var condition = NetworkCondition(jitter: .uniform(25), loss: .independent(0.03))
        condition.duplication = 0.02
        let sources = [alice, bob]
        var cameras = [aliceCamera, bobCamera]
        var networks = [0, 1].map { NetworkEmulator<Datagram>(condition, seed: seed * 10 + UInt64($0)) }
        var forwarder = forwarder()
        forwarder.select(alice, now: at(0))
        let receiver = FrameAssembler(codec: .vp8)
        var keyframeDue = [true, true]
        var seen: [UInt16: UInt32] = [:]
        var newest: (sequence: UInt16, timestamp: UInt32, picture: UInt16, arrival: Int64)?
        var frames = 0
        for tick in 0..<1200 {
            let start = at(tick * 33).nanoseconds
            if Int.random(in: 0..<30, using: &random) == 0 {
                let target = Int.random(in: 0...1, using: &random)
                if forwarder.select(sources[target], now: at(tick * 33)) { keyframeDue[target] = true }
            }
            if receiver.needsKeyframe, tick % 15 == 0 {
                keyframeDue = sources.map { $0 == forwarder.shown || $0 == forwarder.awaited }
            }
            for index in 0...1 {
                let isKeyframe = keyframeDue[index]
                keyframeDue[index] = false
                for packet in cameras[index].picture(keyframe: isKeyframe, size: isKeyframe ? 900 : 300).packets {
                    networks[index].send(packet, at: start)
                }
            }
            var arrived: [(packet: Datagram, arrival: Int64, index: Int)] = []
            for index in 0...1 {
                while let (packet, arrival) = networks[index].receive(by: start + 33_000_000) {
                    arrived.append((packet, arrival, index))
                }
            }
            arrived.sort { $0.arrival < $1.arrival }
            for (packet, arrival, index) in arrived {
                let now = MediaInstant(nanoseconds: arrival)
                let read = packet.packet(.vp8)
                guard let sent = forwarder.receive(read, from: sources[index], now: now).forwarded else {
                    if forwarder.awaited == sources[index], tick % 10 == 0 { keyframeDue[index] = true }
                    continue
                }
                // One number, one timestamp; never two packets under one number but for true copies.
                #expect(seen[sent.sequenceNumber, default: sent.timestamp] == sent.timestamp)
                seen[sent.sequenceNumber] = sent.timestamp
                #expect(forwarder.origin(of: sent.sequenceNumber)?.sequenceNumber == packet.header.sequenceNumber)
                #expect(forwarder.resend(read, as: sent.sequenceNumber)?.descriptor == sent.descriptor)
                #expect(forwarder.resend(read, as: sent.sequenceNumber)?.timestamp == sent.timestamp)
                let picture = sent.descriptor?.pictureID ?? 0
                if let last = newest {
                    let step = last.sequence.sequenceDistance(to: sent.sequenceNumber)
                    let moved = last.timestamp.timestampDistance(to: sent.timestamp)
                    let pictures = Int(Int16(bitPattern: (picture &- last.picture) << 1) >> 1)
                    if sent.startsSource { #expect(step == 1 && moved > 0 && pictures == 1) }
                    #expect(abs(step) < 40)
                    #expect((moved > 0) == (pictures > 0) && (moved == 0) == (pictures == 0))
                    if step > 0 {
                        #expect(moved >= 0)
                        // Media time keeps up with arrival, but for jitter and the pictures that a hole stands for.
                        #expect(moved < 9000 + Int(arrival - last.arrival) * 9 / 100_000)
                        newest = (sent.sequenceNumber, sent.timestamp, picture, arrival)
                    }
                } else {
                    newest = (sent.sequenceNumber, sent.timestamp, picture, arrival)
                }
                var bytes = [UInt8](repeating: 0, count: 1500)
                guard let size = write(sent, packet, into: &bytes) else { continue }
                bytes.removeLast(bytes.count - size)
                guard let header = try? RTPHeader(parsing: bytes.span) else { continue }
                receiver.insert(header, datagram: bytes.span, now: now)
                while let output = receiver.next(now: now) {
                    if case .frame = output { frames += 1 }
                }
            }
        }
        #expect(forwarder.switches > 10)
        #expect(frames > 500)
        #expect(receiver.count(AssemblerGap.restart) == 0)
        #expect(receiver.count(AssemblerVerdict.probation) == 0)
    }
}

/// `#expect` calls nothing that mutates its receiver.
private func take(
    _ packet: VideoPacket, _ source: VideoSourceID, _ forwarder: inout VideoForwarder, _ milliseconds: Int,
    sets: Int = 0
) -> ForwardVerdict {
    forwarder.receive(packet, from: source, parameterSetPackets: sets, now: at(milliseconds))
}

private func write(_ packet: ForwardedPacket, _ datagram: Datagram, into bytes: inout [UInt8]) -> Int? {
    var buffer = bytes.mutableSpan
    return packet.write(from: datagram.bytes.span, into: &buffer)
}
