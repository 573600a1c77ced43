// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import MediaServer
import RTP
import SDP
import Synchronization
import TestSupport
import Testing

extension LiveMediaTests {
    @Suite(.serialized) struct Legs {
        @Test func whatDoesNotBelongToTheLegIsDroppedAndCountedByReason() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let leg = try rig.join(1, 440)
                try await Condition.await("the first packets") {
                    try await rig.statistics(of: leg).packetsReceived > 3
                }
                let stranger = try MemberAudio()
                defer { stranger.close() }
                let sound = [UInt8](repeating: 0xFF, count: 160)
                let seen = Mutex("")
                func packet(_ payloadType: UInt8, ssrc: UInt32 = 7) -> [UInt8] {
                    RTPBytes(payloadType: payloadType, sequence: 1, timestamp: 1, ssrc: ssrc, payload: sound).bytes
                }
                // STUN; a list of sources past the end; a payload type of nobody; a stranger's packet; our own sent back.
                leg.audio.sendRaw(
                    [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 0, count: 12), to: leg.address)
                leg.audio.sendRaw([0x8F] + packet(0)[1..<16], to: leg.address)
                leg.audio.sendRaw(packet(33), to: leg.address)
                stranger.sendRaw(packet(0), to: leg.address)
                leg.audio.sendRaw(packet(0, ssrc: leg.identity.ssrc), to: leg.address)
                try await Condition.await(
                    "all drops", within: .seconds(3), evidence: { seen.withLock { $0 } }
                ) {
                    let dropped = try await rig.statistics(of: leg).dropped
                    seen.withLock { $0 = "\(DropReason.allCases.map { "\($0) \(dropped[$0])" })" }
                    return [DropReason.notMedia, .malformed, .payloadType, .foreignSource, .session].allSatisfy {
                        dropped[$0] == 1
                    }
                }
                let totals = await rig.server.totals()
                #expect(totals.dropped[.foreignSource] == 1)
                rig.server.close(leg.id)
                #expect(await rig.server.totals().dropped[.foreignSource] == 1, "counted after the leg has gone")
            }
        }

        @Test func anotherSourceHasToProveItselfFirst() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let listener = try rig.join(1)
                let leg = try rig.join(1, 440) { $0.remoteRTP.port += 25_000 }
                try await listener.audio.hears(440)
                let dropped = try await rig.statistics(of: leg).dropped
                #expect(dropped[.probing] == 2)
                let source = SocketAddress.loopback(port: UInt16(leg.audio.port))
                #expect(rig.events(of: leg).first == .latched(source))
                #expect(try await rig.statistics(of: leg).remote == source)
            }
        }

        @Test func aLegThatDoesNotReceiveDropsTheAudioThatStillComes() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let listener = try rig.join(1)
                let leg = try rig.join(1, 440) { $0.direction = .sendonly }
                try await Condition.await("drops") { try await rig.statistics(of: leg).dropped[.notReceiving] > 10 }
                #expect(listener.audio.recent().level(of: 440) < -50)
            }
        }

        @Test func closingSaysGoodbyeAndNothingFollows() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let (ann, bob, cec) = (try rig.join(1, 440), try rig.join(1, 1000), try rig.join(1))
                try await bob.audio.hears(440)
                try await cec.audio.hears(440)
                rig.server.close(ann.id)
                try await Condition.await("RTCP BYE") { ann.audio.arrivals.goodbyes == 1 }
                let received = ann.audio.arrivals.packets
                let mark = cec.audio.mark
                try await bob.audio.passes(500)
                #expect(ann.audio.arrivals.packets <= received + 1)
                #expect(ann.audio.arrivals.goodbyes == 1)
                #expect(cec.audio.heard(since: mark + 8 * 40).peak(of: 440) < -50)
                try await cec.audio.hears(1000)
            }
        }

        @Test func theServersEndSaysGoodbyeToEveryLeg() async throws {
            let rig = try MediaRig(workers: 2)
            rig.openRoom(1)
            rig.openRoom(2)
            let legs = [try rig.join(1, 440), try rig.join(1), try rig.join(2, 700)]
            try await legs[1].audio.hears(440)
            await rig.server.shutDown()
            for leg in legs {
                try await Condition.await("RTCP BYE") { leg.audio.arrivals.goodbyes == 1 }
                leg.audio.close()
            }
        }

        @Test func aGoodbyeOfThePeerIsReportedAndEndsNothing() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let (ann, bob) = (try rig.join(1, 440) { $0.rtcpMux = true }, try rig.join(1))
                try await bob.audio.hears(440)
                let source = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ann.audio.ssrc >> UInt32($0)) }
                // An empty receiver report and BYE.
                ann.audio.sendRaw([0x80, 201, 0, 1] + source + [0x81, 203, 0, 1] + source, to: ann.address)
                try await Condition.await("the report") { rig.events(of: ann).contains(.goodbye) }
                try await bob.audio.passes(300)
                try await bob.audio.hears(440)
            }
        }

        @Test func statisticsTellWhatHappened() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let (ann, bob) = (try rig.join(1, 440, .g722), try rig.join(1))
                try await bob.audio.hears(440)
                // What is skipped in the sequence was lost.
                ann.audio.pause(true)
                try await bob.audio.passes(100)
                ann.audio.pause(false)
                try await bob.audio.hears(440)
                try await Condition.await("packets both ways") {
                    let figures = try await rig.statistics(of: ann)
                    return figures.packetsReceived > 10 && figures.packetsSent > 10
                }
                let figures = try await rig.statistics(of: ann)
                #expect(figures.codec == .g722)
                #expect(figures.remote == .loopback(port: UInt16(ann.audio.port)))
                #expect(figures.bytesReceived >= figures.packetsReceived * 160)
                // A sine of -20 dBFS has 23 dB below a full-scale square wave.
                try await Condition.await("level and talker") {
                    let figures = try await rig.statistics(of: ann)
                    return figures.isTalking && abs(Int(figures.level) - 23) <= 1
                }
                #expect(figures.cumulativeLost == 0)
                #expect(try await rig.statistics(of: bob).isTalking == false)
                let totals = await rig.server.totals()
                #expect(totals.encodes > 0 && totals.decodes > 0)
                #expect(totals.lateness.total > 0)
            }
        }

        @Test func silenceOnTheWireIsReportedOnceAndNotOfAHeldLeg() async throws {
            // Longer than a busy machine keeps the one from sending who goes on.
            try await withMedia(mediaTimeout: 1000) { rig in
                rig.openRoom(1)
                let clock = try rig.join(1, 440)
                let (gone, held, listens) = (
                    try rig.join(1), try rig.join(1) { $0.remoteHolds = true },
                    try rig.join(1) { $0.direction = .sendonly }
                )
                for leg in [gone, held, listens] { leg.audio.pause(true) }
                try await clock.audio.passes(3000)
                #expect(rig.events(of: gone) == [.mediaLost])
                #expect(rig.events(of: held).isEmpty)
                #expect(rig.events(of: listens).isEmpty)
                #expect(!rig.events(of: clock).contains(.mediaLost))
                // The hold ends: from now on media is owed again.
                var settings = held.settings
                settings.remoteHolds = false
                rig.server.update(held.id, settings)
                try await Condition.await("loss") { rig.events(of: held) == [.mediaLost] }
            }
        }

        @Test(arguments: [AudioCodec.pcmu, .opus])
        func keysAreReportedOnceEach(codec: AudioCodec) async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let leg = try rig.join(1, nil, codec)
                leg.audio.press("1*#D", payloadType: 101, clockRate: codec.rtpClockRate)
                try await Condition.await("the keys") {
                    rig.events(of: leg).filter { if case .digit = $0 { true } else { false } }.count >= 4
                }
                #expect(rig.events(of: leg) == [.digit("1"), .digit("*"), .digit("#"), .digit("D")])
            }
        }

        @Test func aFloodOfKeysMakesFewReportsAndIsCounted() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let (leg, clock) = (try rig.join(1), try rig.join(1, 440))
                leg.audio.pause(true)
                _ = try await rig.statistics(of: leg)
                @Sendable func keys() -> Int {
                    rig.events(of: leg).count { if case .digit = $0 { true } else { false } }
                }
                /// Six keys in one packet (RFC 4733 §2.5.1.5), each of them over at once.
                func press(_ number: Int) {
                    let payload = (0..<6).flatMap { key -> [UInt8] in [UInt8((number + key) % 10), 0x8A, 0, 160] }
                    let packet = RTPBytes(
                        payloadType: 101, marker: true, sequence: UInt16(number), timestamp: UInt32(number * 1000),
                        ssrc: leg.audio.ssrc, payload: payload)
                    leg.audio.sendRaw(packet.bytes, to: leg.address)
                }
                let began = ContinuousClock.now
                for number in 0..<3000 {
                    press(number)
                    // What is more than the socket holds would be lost before it is counted.
                    guard number % 50 == 49 else { continue }
                    try await Condition.await("\(number) packets", every: .milliseconds(1)) {
                        await rig.server.totals().packetsIn > number
                    }
                }
                let seconds = Double(began.duration(to: .now).components.seconds) + 1
                #expect(Double(keys()) <= 30 + 30 * seconds, "\(keys()) keys in \(seconds) s")
                #expect(try await rig.statistics(of: leg).dropped[.keyFlood] > 2500)
                // And a second later it keys like anybody else.
                try await clock.audio.passes(1100)
                let before = keys()
                for number in 3000..<3005 { press(number) }
                try await Condition.await("thirty keys") { keys() == before + 30 }
            }
        }
    }

    @Suite(.serialized) struct Commands {
        @Test func theyTakeEffectInTheOrderGiven() async throws {
            try await withMedia { rig in
                // Without a wait in between: a leg before its room, twice, closed at once, silenced after its end.
                let early = try rig.join(1, 440)
                rig.openRoom(1)
                let (ann, bob) = (try rig.join(1, 440), try rig.join(1))
                rig.server.close(ann.id)
                rig.server.silence(ann.id, true)
                rig.server.close(ann.id)
                rig.server.silence(bob.id, true)
                rig.server.silence(bob.id, false)
                let legs = await rig.server.statistics()
                #expect(Set(legs.keys) == [bob.id])
                #expect(!legs.keys.contains(early.id))
                rig.server.closeRoom(MediaRoomID(1))
                rig.server.closeRoom(MediaRoomID(1))
                let late = try rig.join(1, 440)
                #expect(await rig.server.statistics()[late.id] == nil)
                let totals = await rig.server.totals()
                #expect(totals.rooms == 0 && totals.legs == 0)
            }
        }

        /// Whether nobody has the sockets of a leg any more.
        private static func areClosed(_ leg: MediaRig.Leg) -> Bool {
            (try? MediaSocketPair(host: leg.address, port: leg.address.port)) != nil
        }

        @Test func closingGivesTheSocketsBack() async throws {
            let rig = try MediaRig(workers: 2)
            rig.openRoom(1)
            rig.openRoom(2)
            let legs = try (0..<60).map { try rig.join(UInt64($0 % 2 + 1), nil, records: false) }
            #expect(await rig.server.totals().legs == 60)
            #expect(!legs.contains(where: Self.areClosed))
            for leg in legs.prefix(20) { rig.server.close(leg.id) }
            #expect(await rig.server.totals().legs == 40)
            try await Condition.await("20 legs closed") { legs.prefix(20).allSatisfy(Self.areClosed) }
            #expect(!legs.dropFirst(20).contains(where: Self.areClosed))
            rig.server.closeRoom(MediaRoomID(1))
            #expect(await rig.server.totals().legs == 20)
            // The others go with the server.
            await rig.stop()
            try await Condition.await("all legs closed") { legs.allSatisfy(Self.areClosed) }
        }

        @Test func aThousandCallsLeaveNoDescriptorBehind() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let member = try rig.join(1, 440)
                let before = MediaRig.descriptorCount()
                for _ in 0..<1000 {
                    let leg = try rig.join(1, nil, records: false)
                    rig.server.close(leg.id)
                    leg.audio.close()
                }
                #expect(await rig.server.totals().legs == 1)
                rig.forgetAllBut(member)
                // Far fewer than the 4000 that were opened, whatever other tests do meanwhile.
                try await Condition.await(
                    "descriptors back", evidence: { "\(MediaRig.descriptorCount()), before \(before)" }
                ) {
                    MediaRig.descriptorCount() < before + 100
                }
            }
        }
    }
}
