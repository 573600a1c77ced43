// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import MediaServer
import RTP
import TestSupport
import Testing

extension LiveMediaTests {
    /// Totals outlive the legs and rooms that they came from; figures of one room are those of its legs.
    @Suite(.serialized) struct Counters {
        private static func figures(_ totals: MediaCounters) -> [UInt64] {
            [
                totals.encodes, totals.decodes, totals.scoutDecodes, totals.growths, totals.concealedMilliseconds,
                totals.packetsIn, totals.packetsOut, totals.ticks, totals.dropped[.notMedia],
            ]
        }

        @Test func totalsNeverGoBackWhileLegsAndRoomsComeAndGo() async throws {
            try await withMedia { rig in
                let watching = Task {
                    var (last, looks) = (Self.figures(MediaCounters()), 0)
                    while !Task.isCancelled {
                        let next = Self.figures(await rig.server.totals())
                        #expect(zip(last, next).allSatisfy { $0 <= $1 }, "\(last) \(next)")
                        (last, looks) = (next, looks + 1)
                    }
                    return looks
                }
                for round in 1...8 {
                    let room = UInt64(round)
                    rig.openRoom(room)
                    let codecs: [AudioCodec] = [.pcmu, .opus, .g722]
                    let legs = try codecs.map { try rig.join(room, 440, $0) }
                    try await legs[0].audio.hears(440)
                    rig.server.close(legs[1].id)
                    try await legs[0].audio.passes(100)
                    rig.server.closeRoom(MediaRoomID(room))
                    for leg in legs { leg.audio.close() }
                }
                watching.cancel()
                #expect(await watching.value > 100)
            }
        }

        @Test func nothingIsLostWithALegOrARoom() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let (ann, bob, cec) = (try rig.join(1, 440), try rig.join(1, 1000, .opus), try rig.join(1, nil, .g722))
                try await ann.audio.hears(1000)
                try await cec.audio.hears(440)
                for _ in 0..<3 { ann.audio.sendRaw([0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42], to: ann.address) }
                try await Condition.await("three drops") {
                    try await rig.statistics(of: ann).dropped[.notMedia] == 3
                }
                let before = await rig.server.totals()
                rig.server.close(bob.id)
                let between = await rig.server.totals()
                rig.server.closeRoom(MediaRoomID(1))
                let after = await rig.server.totals()
                #expect(before.encodes > 5 && before.decodes > 5 && before.rooms == 1 && before.legs == 3)
                for (earlier, later) in [(before, between), (between, after)] {
                    #expect(zip(Self.figures(earlier), Self.figures(later)).allSatisfy { $0 <= $1 })
                    // A tick may have come between; more of them where whoever asks was held up.
                    let most = 14 + 6 * max(1, later.ticks - earlier.ticks)
                    #expect(later.encodes - earlier.encodes <= most && later.decodes - earlier.decodes <= most)
                }
                #expect(after.dropped[.notMedia] == 3 && after.rooms == 0 && after.legs == 0)
                // With nobody there nothing is counted any more but the ticks of rooms that stand.
                rig.openRoom(2)
                try await Condition.await("ten ticks") { await rig.server.totals().ticks >= after.ticks + 10 }
                let end = await rig.server.totals()
                #expect(end.encodes == after.encodes && end.decodes == after.decodes && end.growths == after.growths)
            }
        }

        @Test func theStatisticsOfARoomAreThoseOfItsLegs() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                rig.openRoom(2)
                let legs = [try rig.join(1), try rig.join(1), try rig.join(2)]
                #expect(Set(await rig.server.statistics(of: MediaRoomID(1)).keys) == [legs[0].id, legs[1].id])
                #expect(Set(await rig.server.statistics(of: MediaRoomID(2)).keys) == [legs[2].id])
                #expect(await rig.server.statistics().count == 3)
                rig.server.close(legs[0].id)
                #expect(Set(await rig.server.statistics(of: MediaRoomID(1)).keys) == [legs[1].id])
                rig.server.closeRoom(MediaRoomID(1))
                #expect(await rig.server.statistics(of: MediaRoomID(1)).isEmpty)
            }
        }
    }
}
