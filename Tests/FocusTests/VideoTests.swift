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

extension PictureColor {
    static let red = PictureColor(red: 220, green: 20, blue: 20)
    static let green = PictureColor(red: 20, green: 200, blue: 20)
    static let blue = PictureColor(red: 20, green: 20, blue: 220)
    static let yellow = PictureColor(red: 210, green: 200, blue: 20)
}

extension TestMember.Options {
    /// Says a tone or nothing, and shows a picture.
    static func camera(
        _ color: PictureColor, tone: Double? = nil, _ change: (inout MemberVideo.Options) -> Void = { _ in }
    ) -> TestMember.Options {
        var options = TestMember.Options(.pcmu, tone: tone)
        var video = MemberVideo.Options(color)
        change(&video)
        options.video = video
        return options
    }
}

extension TestMember {
    /// The screen of a member that has one.
    nonisolated var screen: MemberVideo {
        get throws { try #require(video) }
    }
}

extension FocusRig {
    /// Waits until so many cameras are live: who is shown first depends on whose picture came first.
    func sees(cameras: Int) async throws {
        try await Condition.await("\(cameras) cameras", within: .seconds(3), every: .milliseconds(10)) { [self] in
            await figure("confab_video_cameras") == Double(cameras)
        }
    }
}

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Video {
        /// An H.264 member with that packetization mode alone.
        static func h264(_ mode: VideoCodecDescription) -> (inout MemberVideo.Options) -> Void {
            { $0.codecs = [mode] }
        }

        /// Leaves VP8 out of an offer.
        static func withoutVP8(_ offer: inout SessionDescription) {
            for index in offer.media.indices where offer.media[index].kind == .video {
                let maps = offer.media[index].rtpMaps.filter { $0.encodingName.lowercased() == "vp8" }
                offer.media[index].formats.removeAll { maps.map { "\($0.payloadType)" }.contains($0) }
            }
        }

        @Test func twoMembersSeeEachOther() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                let answer = try #require(await ann.remoteDescription)
                #expect(answer.media.map(\.kind) == [.audio, .video])
                #expect(answer.media[1].port != 0)
                #expect(try ann.screen.sights.sources.count == 1)
            }
        }

        @Test(arguments: [VideoCodecDescription.h264, .h264SingleNALUnit])
        func h264IsForwardedInBothPacketizationModes(mode: VideoCodecDescription) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.h264(mode)))
                let bob = try await rig.join("team", "bob", .camera(.green, Self.h264(mode)))
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                #expect(try ann.screen.sights.broken == 0)
            }
        }

        /// Who talks is seen by the others within a second, and sees somebody else.
        @Test func whoTalksIsSeenByTheOthersAndNeverByItself() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                try await rig.sees(cameras: 1)
                let bob = try await rig.join("team", "bob", .camera(.green))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                let members: [(TestMember, PictureColor)] = [(ann, .red), (bob, .green), (eve, .blue)]
                try await eve.screen.sees(.red)
                for (talker, color) in [members[1], members[2], members[0]] {
                    talker.audio.play(440)
                    for (other, _) in members where other.name != talker.name {
                        try await other.screen.sees(color, within: .seconds(1))
                    }
                    try await Condition.await("a first picture at \(talker.name)") {
                        try talker.screen.sights.color != nil
                    }
                    let own = try talker.screen.sights.color
                    #expect(own.map { $0.distance(to: color) > 24 } == true)
                    talker.audio.play(nil)
                    try await talker.audio.passes(700)
                }
                // One stream for each, whoever was shown.
                for (member, _) in members {
                    #expect(try member.screen.sights.sources.count == 1)
                    #expect(try member.screen.sights.broken == 0)
                }
            }
        }

        // MARK: Key frames

        enum Feedback: CaseIterable {
            case pictureLoss, fullIntra, info, none
        }

        /// Trap 6. The camera sends no key frame but its first unless asked in the way it understands; one that understands nothing
        /// sends one a second by itself.
        @Test(arguments: Feedback.allCases) func aLateJoinerSeesAPictureWithinASecond(feedback: Feedback) async throws {
            try await withFocus { rig in
                let options = TestMember.Options.camera(.red) { options in
                    switch feedback {
                    case .pictureLoss: options.feedback = .pictureLoss
                    case .fullIntra: options.feedback = .fullIntra
                    case .info:
                        options.feedback = []
                        options.takesINFO = true
                    case .none:
                        options.feedback = []
                        options.keyframeInterval = 800
                    }
                }
                let ann = try await rig.join("team", "ann", options)
                try await rig.sees(cameras: 1)
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await bob.screen.sees(.red)
                try await bob.audio.passes(1200)
                let eve = try await rig.join("team", "eve", .camera(.blue))
                try await eve.screen.sees(.red, within: .seconds(1))
                let sights = try ann.screen.sights
                switch feedback {
                case .pictureLoss: #expect(sights.pictureLosses > 0 && sights.fullIntras == 0)
                case .fullIntra: #expect(sights.fullIntras > 0 && sights.pictureLosses == 0)
                case .info: #expect(sights.fastUpdates > 0 && sights.pictureLosses + sights.fullIntras == 0)
                case .none: #expect(sights.pictureLosses + sights.fullIntras + sights.fastUpdates == 0)
                }
            }
        }

        @Test func aReceiversRequestsReachTheCameraThatItSees() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await bob.screen.sees(.red)
                try await ann.screen.sees(.green)
                for way in [VideoFeedback.pictureLoss, .fullIntra] {
                    // The focus asks a camera once a second at most.
                    try await bob.audio.passes(1100)
                    let before = try ann.screen.sights.keyframesSent
                    try bob.screen.ask(by: way)
                    try await Condition.await("a key frame by \(way)", within: .seconds(1)) {
                        try ann.screen.sights.keyframesSent > before
                    }
                }
                try await bob.audio.passes(1100)
                let before = try ann.screen.sights.keyframesSent
                let response = try await bob.request(
                    .info, headers: ["Content-Type": MediaControl.contentType],
                    body: MediaControl.pictureFastUpdate.body)
                #expect(response.status == 200)
                try await Condition.await("a key frame by INFO", within: .seconds(1)) {
                    try ann.screen.sights.keyframesSent > before
                }
            }
        }

        @Test func lostPacketsAreAskedForAndSentAgain() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await bob.screen.sees(.red)
                // What the receiver asks for, it gets, under the same number.
                try bob.screen.askAgain()
                try await Condition.await("the packet once more", within: .seconds(1)) {
                    try bob.screen.sights.repeated == 1
                }
                // What the focus misses, it asks for; a camera that does not send it again is asked for a key frame.
                let keyframes = try ann.screen.sights.keyframesSent
                try ann.screen.lose(every: 10)
                try await Condition.await("a request for packets", within: .seconds(3)) {
                    try ann.screen.sights.lost > 0
                }
                try await Condition.await("a request for a key frame", within: .seconds(3)) {
                    try ann.screen.sights.keyframesSent > keyframes
                }
                try ann.screen.lose(every: 0)
                try await bob.screen.sees(.red)
            }
        }

        // MARK: Sources that go

        @Test func theNextCameraIsShownWhenOneLeavesHoldsOrIsSwitchedOff() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                try await rig.sees(cameras: 1)
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await rig.sees(cameras: 2)
                let eve = try await rig.join("team", "eve", .camera(.blue))
                try await rig.sees(cameras: 3)
                let joe = try await rig.join("team", "joe", .camera(.yellow))
                try await eve.screen.sees(.red)
                try await ann.hold()
                try await eve.screen.sees(.green, within: .seconds(1))
                // The held one's own screen stays dark.
                try await ann.screen.seesNothing()
                try await ann.resume()
                try await ann.screen.sees(.green, within: .seconds(2))
                try await bob.showsCamera(false)
                try await eve.screen.sees(.red, within: .seconds(1))
                // Without a camera of its own it still sees.
                try await bob.screen.sees(.red, within: .seconds(1))
                try await ann.hangUp()
                try await eve.screen.sees(.yellow, within: .seconds(1))
                try joe.screen.freeze(true)
                try await bob.screen.sees(.blue, within: .seconds(2))
                try await eve.screen.seesNothing()
                try joe.screen.freeze(false)
                try await eve.screen.sees(.yellow, within: .seconds(2))
                let metric = await rig.focus.metrics().first { $0.name == "confab_video_withdrawn_total" }
                guard case .counter(let samples) = metric?.values else {
                    throw ConditionNotMet(what: "counts", patience: .zero)
                }
                let counts = samples.map { "\($0.labels[0].value) \(Int($0.value))" }
                #expect(counts.contains("off 1") && counts.contains("held 1"), "\(counts)")
            }
        }

        @Test func videoComesAndGoesByReInviteWithoutTouchingTheAudio() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 440))
                let bob = try await rig.member("bob", .camera(.green))
                try await bob.dial(rig.uri("team")) { $0.media.removeLast() }
                try await bob.audio.hears(440)
                let mark = bob.audio.mark
                try await bob.offersVideo(true)
                try await bob.screen.sees(.red)
                try await ann.screen.sees(.green)
                try await bob.offersVideo(false)
                try await ann.screen.seesNothing()
                try await bob.screen.seesNothing()
                #expect(try #require(await bob.remoteDescription).media[1].port == 0)
                try await bob.offersVideo(true)
                try await bob.screen.sees(.red)
                #expect(bob.audio.heard(since: mark).longestBreak(in: 440) <= 20)
            }
        }

        @Test func aCodecChangesByReInvite() async throws {
            try await withFocus {
                $0.video.mode = .forward
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red) { $0.codecs = [.vp8, .h264] })
                let bob = try await rig.join("team", "bob", .camera(.green, Self.h264(.h264)))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                try await ann.screen.sees(.blue)
                try await eve.screen.sees(.red)
                try await ann.reoffer(Self.withoutVP8)
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                try await eve.screen.seesNothing()
            }
        }

        @Test func aLateOfferHasVideo() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.member("bob", .camera(.green))
                try await bob.dial(rig.uri("team"), late: true)
                let offer = try #require(await bob.remoteDescription)
                #expect(offer.media.map(\.kind) == [.audio, .video])
                try await bob.screen.sees(.red)
                try await ann.screen.sees(.green)
                let sound = try await rig.member("sound")
                try await sound.dial(rig.uri("team"), late: true)
                #expect(await sound.state == .established)
            }
        }

        // MARK: Apart
    }
}
