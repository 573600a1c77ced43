// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import Picture
import RTP
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Where video ends: other rooms, other codecs, strangers, members without.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct VideoBoundaries {
        @Test func roomsDoNotSeeEachOther() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("one", "ann", .camera(.red, tone: 440))
                let bob = try await rig.join("one", "bob", .camera(.green))
                let eve = try await rig.join("two", "eve", .camera(.blue, tone: 1000))
                let joe = try await rig.join("two", "joe", .camera(.yellow))
                try await bob.screen.sees(.red)
                try await joe.screen.sees(.blue)
                try await ann.screen.sees(.green)
                try await eve.screen.sees(.yellow)
                try await bob.audio.passes(1500)
                try await bob.screen.sees(.red)
                try await joe.screen.sees(.blue)
                for (member, color) in [(ann, PictureColor.green), (bob, .red), (eve, .yellow), (joe, .blue)] {
                    try member.screen.hasSeen([color])
                }
            }
        }

        /// Not the newest picture alone: each one that was decoded, from the first on.
        @Test func everyPictureIsOfAnotherMemberAndItsClockGoesOn() async throws {
            try await withFocus { rig in
                let slots = Slots.takesSlots()
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 440, slots))
                let bob = try await rig.join("team", "bob", .camera(.green, slots))
                let cec = try await rig.join("team", "cec", .camera(.blue, slots))
                // A phone has one picture, of who speaks.
                let tel = try await rig.join("team", "tel", .camera(.yellow))
                try await ann.screen.sees(inSlots: [.green, .blue, .yellow])
                try await bob.screen.sees(inSlots: [.red, .blue, .yellow])
                try await cec.screen.sees(inSlots: [.red, .green, .yellow])
                try await tel.screen.sees(.red)
                ann.audio.play(nil)
                bob.audio.play(1000)
                try await tel.screen.sees(.green)
                try await cec.hangUp()
                try await ann.screen.sees(inSlots: [.green, .yellow])
                try ann.screen.hasSeen([.green, .blue, .yellow])
                try bob.screen.hasSeen([.red, .blue, .yellow])
                try cec.screen.hasSeen([.red, .green, .yellow])
                for color in try tel.screen.history.colors {
                    #expect([PictureColor.red, .green, .blue].contains { $0.isLike(color) }, "\(color)")
                }
                #expect(try tel.screen.history.rewound == 0)
            }
        }

        @Test func garbageAndStrangersAtTheVideoPortsChangeNothing() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await bob.screen.sees(.red)
                let port = try #require(await ann.remoteDescription).media[1].port
                let strangers = [try WireSocket(to: port), try WireSocket(to: port + 1)]
                let payload = [UInt8](repeating: 0x10, count: 1400)
                for number in 0..<2000 {
                    let length = number % 1500
                    var bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7) }
                    if length > 1, number % 3 == 0 { bytes.replaceSubrange(0..<2, with: [0x81, 206]) }
                    let packet = RTPBytes(
                        payloadType: 96, sequence: UInt16(number), timestamp: UInt32(number), ssrc: 1, payload: payload)
                    for stranger in strangers {
                        await stranger.send(bytes)
                        await stranger.send(packet.bytes)
                    }
                }
                try await bob.screen.sees(.red)
                try await ann.screen.sees(.green)
                #expect(try bob.screen.sights.sources.count == 1)
                #expect(try bob.screen.sights.broken == 0)
            }
        }

        @Test func membersWithoutVideoAreUndisturbed() async throws {
            try await withFocus { rig in
                let sound = try await rig.join("team", "sound", .tone(440))
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 1000))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await sound.audio.hears(1000)
                let mark = sound.audio.mark
                try await bob.screen.sees(.red)
                // It talks all the time, and has nothing to show.
                try await ann.screen.sees(.green)
                #expect(try await sound.audio.listen(1500, since: mark).longestBreak(in: 1000) <= 20)
                let members = try await rig.focus.room("team").members
                #expect(members.first { $0.displayName == "sound" }?.video == nil)
            }
        }

        @Test func differentCodecsDoNotMeetAndTheOperatorIsToldWhy() async throws {
            let log = LogBook()
            try await withFocus(logger: log.logger) {
                $0.video.mode = .forward
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green, LiveFocusTests.Video.h264(.h264)))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                try await ann.screen.sees(.blue)
                try await eve.screen.sees(.red)
                try await bob.screen.seesNothing()
                try await Condition.await("the operator's view", within: .seconds(4)) {
                    let members = try await rig.focus.room("team").members
                    let phrases = members.map { $0.video?.phrase }
                    return phrases == [
                        "VP8 176x144, sees eve: others send H264", "H264 176x144, sees nobody: others send VP8",
                        "VP8 176x144, sees ann: others send H264",
                    ]
                }
                for codec in ["VP8", "H264"] {
                    try await Condition.await("a line of the log", within: .seconds(4), evidence: { "\(log.lines)" }) {
                        log.entries.contains {
                            $0.message == "video not shown" && $0.details["reason"] == "others send \(codec)"
                        }
                    }
                }
            }
        }

        @Test func whoHasBothCodecsGetsTheRooms() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, LiveFocusTests.Video.h264(.h264)))
                let bob = try await rig.join("team", "bob", .camera(.green) { $0.codecs = [.vp8, .h264] })
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
            }
        }

        @Test func videoThatIsOffIsDeclined() async throws {
            try await withFocus {
                $0.video.enabled = false
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 440))
                let bob = try await rig.join("team", "bob", .camera(.green))
                let answer = try #require(await ann.remoteDescription)
                #expect(answer.media.map(\.kind) == [.audio, .video])
                #expect(answer.media[1].port == 0)
                try await bob.audio.hears(440)
                #expect(try bob.screen.sights.packets == 0)
            }
        }

        @Test func portsOfVideoAreFreedAndWithoutOneTheAudioStands() async throws {
            // Two pairs.
            let port = try FreePort.allocate(count: 4)
            try await withFocus {
                $0.media.rtpPorts = PortRange(lower: port, upper: port + 3)
            } _: { rig in
                for _ in 0..<3 {
                    let ann = try await rig.join("team", "ann", .camera(.red))
                    #expect(try #require(await ann.remoteDescription).media[1].port != 0)
                    try await ann.hangUp()
                    // The media threads let go of them, not who answers the BYE.
                    try await Condition.await("free ports") { (port..<port + 4).allSatisfy(FreePort.isFree) }
                }
                let sound = try await rig.join("team", "sound", .tone(440))
                let bob = try await rig.join("team", "bob", .camera(.green))
                #expect(try #require(await bob.remoteDescription).media[1].port == 0)
                try await bob.audio.hears(440)
                _ = sound
            }
        }

        @Test func metricsCountPacketsKeyframesAndSwitches() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                // Each has one camera and sees the other's: a key frame at least, and a switch to it.
                for (name, least) in [
                    ("packets_received", 2.0), ("packets_forwarded", 2), ("keyframes", 2), ("switches", 2),
                ] {
                    #expect(await rig.figure("confab_video_\(name)_total") >= least, "\(name)")
                }
                #expect(await rig.figure("confab_video_legs") == 2)
                #expect(await rig.figure("confab_video_cameras") == 2)
                try await Condition.await("reports", within: .seconds(4)) {
                    try ann.screen.sights.senderReports > 0 && bob.screen.sights.senderReports > 0
                }
            }
        }
    }
}

extension MemberVideo {
    /// Every picture so far was in one of those colours, each was there, and none went back in time.
    fileprivate func hasSeen(_ colors: [PictureColor], sourceLocation: SourceLocation = #_sourceLocation) {
        let history = history
        #expect(history.rewound == 0, sourceLocation: sourceLocation)
        for color in history.colors {
            #expect(
                colors.contains { $0.isLike(color) }, "\(color) of \(history.colors)", sourceLocation: sourceLocation)
        }
        for color in colors {
            #expect(history.colors.contains { $0.isLike(color) }, "no \(color)", sourceLocation: sourceLocation)
        }
    }
}
