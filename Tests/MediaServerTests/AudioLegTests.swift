// SPDX-License-Identifier: GPL-3.0-or-later

import MediaServer
import RTP
import SDP
import TestSupport
import Testing

/// A leg by itself, in simulated time.
@Suite struct AudioLegTests {
    private static let began = MediaInstant(nanoseconds: 1_000_000_000)

    private static func settings(held: Bool) throws -> LegSettings {
        var audio = NegotiatedAudio(
            codec: .pcmu, sendPayloadType: 0, receivePayloadTypes: [0: .pcmu],
            remoteRTP: MediaAddress(host: "127.0.0.1", port: 9), remoteRTCP: MediaAddress(host: "127.0.0.1", port: 9))
        audio.direction = held ? .recvonly : .sendrecv
        audio.remoteHolds = held
        return try #require(LegSettings(audio, LegPreferences()))
    }

    private static func makeLeg(held: Bool) throws -> AudioLeg {
        var ports = try #require(MediaPortRange(30_000...32_767))
        return try AudioLeg(
            LegID(1), sockets: LegSockets(try ports.open(on: .loopback())),
            identity: LegIdentity(ssrc: 1, sourceID: 2, cname: "leg"), settings: settings(held: held),
            outgoing: OutgoingDatagrams(capacity: 64, whenFull: .drop), mediaTimeout: 30_000, maximumDelay: 400,
            now: began)
    }

    /// Lets time pass, tick by tick, and says when in it the leg was said to be lost, ms.
    private static func lost(_ leg: AudioLeg, from start: Int = 0, milliseconds: Int) -> [Int] {
        var lost: [Int] = []
        for time in stride(from: start, to: start + milliseconds, by: 20) {
            leg.maintain(now: began.advanced(byMilliseconds: time))
            leg.drainEvents { event in if event == .mediaLost { lost.append(time) } }
        }
        return lost
    }

    @Test func tenMinutesOfHoldAreNoSilence() throws {
        let leg = try Self.makeLeg(held: true)
        #expect(Self.lost(leg, milliseconds: 600_000).isEmpty)
        // What it owes begins when the hold ends.
        leg.update(try Self.settings(held: false), now: Self.began.advanced(byMilliseconds: 600_000))
        #expect(Self.lost(leg, from: 600_000, milliseconds: 60_000) == [630_020])
    }

    @Test func thirtySecondsOfSilenceAreSaidOnce() throws {
        #expect(Self.lost(try Self.makeLeg(held: false), milliseconds: 600_000) == [30_020])
    }
}
