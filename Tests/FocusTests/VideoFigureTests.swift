// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Picture
import RTP
import SDP
import SIP
import TestSupport
import Testing

extension FocusRig {
    /// What a counter has of each label; labels that it has nothing of are left out.
    private func counts(_ name: String) async -> [String: Double] {
        guard case .counter(let samples)? = await focus.metrics().first(where: { $0.name == name })?.values else {
            return [:]
        }
        let counts = samples.compactMap { sample in sample.labels.first.map { ($0.value, sample.value) } }
        return Dictionary(uniqueKeysWithValues: counts).filter { $0.value != 0 }
    }

    fileprivate func figure(_ name: String, _ label: String) async -> Double { await counts(name)[label] ?? 0 }

    /// Pictures that were withdrawn, by why.
    fileprivate var withdrawn: [String: Double] {
        get async { await counts("confab_video_withdrawn_total") }
    }

    /// Not one packet of video reaches those members any more, in half a second of what another one hears.
    fileprivate nonisolated func sendsNoVideo(to members: [TestMember], while clock: TestMember) async throws {
        for member in members { await settles(member) }
        let before = try members.map { try $0.screen.sights.packets }
        try await clock.audio.passes(500)
        for member in members { await settles(member) }
        for (member, count) in zip(members, before) {
            let more = try member.screen.sights.packets - count
            #expect(more == 0, "\(member.name) was sent \(more) packets")
        }
    }
}

extension LiveFocusTests {
    /// What is counted, and what is sent no more, as numbers.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct VideoFigures {
        @Test func aCameraThatFallsSilentIsCountedAsStalled() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                try bob.screen.freeze(true)
                try await Condition.await("one that stalled", within: .seconds(5)) {
                    await rig.withdrawn["stalled"] ?? 0 >= 1
                }
                // From the operator's figures, which are a second old at most.
                try await Condition.await("the operator's view", within: .seconds(4)) {
                    try await rig.focus.room("team").members.map { $0.video?.camera } == ["live", "stalled"]
                }
                try bob.screen.freeze(false)
                try await ann.screen.sees(.green)
                #expect(await Array(rig.withdrawn.keys) == ["stalled"])
            }
        }

        /// Who sends what cannot be decoded is a name card, and everything else goes on.
        @Test func aCameraThatDoesNotDecodeIsCountedAndHarmsNobodyElse() async throws {
            try await withFocus {
                $0.video.mode = .grid
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 440))
                let bob = try await rig.join("team", "bob", .camera(.green))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                try await ann.seesGrid([.red, .green, .blue])
                #expect(await rig.figure("confab_canvas_decode_errors_total") == 0)
                try bob.screen.damage(true)
                try await ann.seesGrid([.red, nil, .blue])
                try await Condition.await("one that does not decode", within: .seconds(5)) {
                    await rig.withdrawn["decoder"] ?? 0 >= 1
                }
                #expect(await rig.figure("confab_canvas_decode_errors_total") > 0)
                #expect(await rig.figure("confab_video_keyframe_requests_total", "decoder") > 0)
                try await Condition.await("the operator's view", within: .seconds(4)) {
                    let cameras = try await rig.focus.room("team").members.map { $0.video?.camera }
                    return cameras == ["live", "broken", "live"]
                }
                // Of a stretch of time; not of one in which the machine was held up.
                try await Condition.await("a second of sound without a break", within: .seconds(8)) {
                    try await eve.audio.listen(1000).longestBreak(in: 440) <= 20
                }
                try await eve.seesGrid([.red, nil, .blue])
                try bob.screen.damage(false)
                try await ann.seesGrid([.red, .green, .blue])
                #expect(Set(await rig.withdrawn.keys).subtracting(["stalled"]) == ["decoder"])
                try await Condition.await("all live", within: .seconds(4)) {
                    try await rig.focus.room("team").members.allSatisfy { $0.video?.camera == "live" }
                }
            }
        }

        /// What one receiver asks for again and again costs the camera a key frame, and each reason has its count.
        @Test func reasonsForKeyFramesAreCountedByWhatTheyAre() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                try await rig.sees(cameras: 1)
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await bob.screen.sees(.red)
                try await ann.screen.sees(.green)
                func requests(_ reason: String) async -> Double {
                    await rig.figure("confab_video_keyframe_requests_total", reason)
                }
                func unasked(_ why: String) async -> Double {
                    await rig.figure("confab_video_keyframe_requests_unasked_total", why)
                }
                func asked() async -> Double { await rig.figure("confab_video_keyframes_asked_total", "pli") }
                #expect(await requests("join") >= 1)
                #expect(await rig.figure("confab_video_switches_total") >= 2)

                // A camera is asked once a second at most.
                try await bob.audio.passes(1100)
                let (wanted, before, coalesced) = (await requests("pli"), await asked(), await unasked("coalesced"))
                let keyframes = await rig.figure("confab_video_keyframes_total")
                for _ in 0..<5 { try bob.screen.ask(by: .pictureLoss) }
                try await Condition.await("five that ask, and a key frame", within: .seconds(2)) {
                    let (all, came) = (await requests("pli"), await rig.figure("confab_video_keyframes_total"))
                    return all >= wanted + 5 && came > keyframes
                }
                #expect(await unasked("coalesced") >= coalesced + 4)
                let more = await asked() - before
                #expect((1...3).contains(more), "five who ask at once cost \(more) requests")

                let commands = await requests("fir")
                try bob.screen.ask(by: .fullIntra)
                try await Condition.await("a full intra request", within: .seconds(2)) {
                    await requests("fir") > commands
                }
                let updates = await requests("info")
                let response = try await bob.request(
                    .info, headers: ["Content-Type": MediaControl.contentType],
                    body: MediaControl.pictureFastUpdate.body)
                #expect(response.status == 200)
                try await Condition.await("an INFO", within: .seconds(2)) { await requests("info") > updates }
            }
        }

        /// It understands neither RTCP nor INFO: what others want of it can only be counted.
        @Test func aCameraThatCannotBeAskedIsCounted() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join(
                    "team", "bob",
                    .camera(.green) {
                        $0.feedback = []
                        $0.keyframeInterval = 800
                    })
                try await ann.screen.sees(.green)
                // From its refusal of an INFO on.
                try await Condition.await("no way to ask", within: .seconds(8), every: .milliseconds(200)) {
                    try ann.screen.ask(by: .pictureLoss)
                    return await rig.figure("confab_video_keyframe_requests_unasked_total", "no-way") > 0
                }
                let sights = try bob.screen.sights
                #expect(sights.pictureLosses + sights.fullIntras + sights.fastUpdates == 0)
                try await ann.screen.sees(.green)
            }
        }

        // MARK: Not a packet more

        enum End: CaseIterable {
            case cameraOff, hold, leave
        }

        @Test(arguments: End.allCases) func theOneLineCarriesNotAPacketMore(of end: End) async throws {
            try await withFocus { rig in
                let clock = try await rig.join("team", "clock", .tone(440))
                _ = try await rig.join("team", "talk", .tone(1000))
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                switch end {
                case .cameraOff: try await bob.showsCamera(false)
                case .hold: try await bob.hold()
                case .leave:
                    try await bob.hangUp()
                    // The answer to BYE may overtake what the media threads have in hand.
                    try await clock.audio.passes(40)
                }
                // Who took its camera away goes on to see, who holds or left does not.
                try await rig.sendsNoVideo(to: end == .cameraOff ? [ann] : [ann, bob], while: clock)
                switch end {
                case .cameraOff:
                    try await bob.screen.sees(.red)
                    try await bob.showsCamera(true)
                case .hold: try await bob.resume()
                case .leave: return
                }
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
            }
        }

        @Test func theGridCarriesNotAPacketMoreToWhoHoldsOrLeaves() async throws {
            try await withFocus {
                $0.video.mode = .grid
            } _: { rig in
                let clock = try await rig.join("team", "clock", .tone(440))
                _ = try await rig.join("team", "talk", .tone(1000))
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.seesGrid([nil, nil, .red, .green])
                try await bob.seesGrid([nil, nil, .red, .green])
                try await bob.hold()
                let seen = try ann.screen.sights.packets
                try await rig.sendsNoVideo(to: [bob], while: clock)
                // The others' canvas goes on.
                try await ann.seesGrid([nil, nil, .red, nil])
                #expect(try ann.screen.sights.packets > seen)
                try await bob.resume()
                try await bob.seesGrid([nil, nil, .red, .green])
                try await bob.hangUp()
                try await clock.audio.passes(40)
                try await rig.sendsNoVideo(to: [bob], while: clock)
                // Nor is one made for nobody.
                try await ann.offersVideo(false)
                try await rig.sendsNoVideo(to: [ann], while: clock)
                try await Condition.await("no canvas", within: .seconds(4)) {
                    await rig.figure("confab_canvas_rooms") == 0
                }
            }
        }

        /// Who holds may go on to send: nobody sees a packet of it, on one line or on a canvas.
        @Test(arguments: [VideoMode.switch, .grid])
        func aHeldCameraThatGoesOnToSendIsNotSeen(mode: VideoMode) async throws {
            try await withFocus {
                $0.video.mode = mode
            } _: { rig in
                let clock = try await rig.join("team", "clock", .tone(440))
                _ = try await rig.join("team", "talk", .tone(1000))
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                if mode == .grid {
                    try await ann.seesGrid([nil, nil, .red, .green])
                } else {
                    try await ann.screen.sees(.green)
                }
                // Music on hold: RFC 3264 §8.4 lets it send.
                try await bob.hold()
                let before = try bob.screen.sights.sent
                if mode == .grid {
                    try await ann.seesGrid([nil, nil, .red, nil])
                    try await clock.audio.passes(500)
                    try await ann.seesGrid([nil, nil, .red, nil])
                } else {
                    try await rig.sendsNoVideo(to: [ann], while: clock)
                }
                #expect(try bob.screen.sights.sent > before, "it sends nothing")
            }
        }
    }
}
