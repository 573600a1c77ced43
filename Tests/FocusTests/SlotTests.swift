// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Picture
import RTP
import SDP
import SIP
import TestSupport
import Testing

extension MemberVideo.Options {
    /// Lines as `confab` offers them.
    mutating func takesSlots(_ count: Int = 4, bundled: Bool = true) {
        slots = count
        slides = .white
        bundles = bundled
    }
}

extension PictureColor {
    static let white = PictureColor(red: 230, green: 230, blue: 230)
}

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Slots {
        static func takesSlots(_ count: Int = 4, bundled: Bool = true) -> (inout MemberVideo.Options) -> Void {
            { $0.takesSlots(count, bundled: bundled) }
        }

        /// Whose camera or screen has that number in the CSRC lists, as the roster says.
        static func names(_ watcher: TestMember) async throws -> [UInt32: String] {
            let bodies = await watcher.notifications.map(\.request.body).filter { !$0.isEmpty }
            let roster = try bodies.map { try ConferenceInfo(parsing: $0) }
                .reduce(nil) { (known: ConferenceInfo?, news) in
                    guard var known, news.scope == .partial else { return news }
                    known.merge(news)
                    return known
                }
            var names: [UInt32: String] = [:]
            for user in roster?.users ?? [] {
                for stream in user.endpoints.flatMap(\.media) where stream.type == "video" {
                    guard let id = stream.sourceID else { continue }
                    names[id] = [user.displayText, stream.displayText].compactMap(\.self).joined(separator: " ")
                }
            }
            return names
        }

        @Test(arguments: [true, false]) func everyOtherCameraIsInASlotOfItsOwn(bundled: Bool) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots(bundled: bundled)))
                try await rig.sees(cameras: 1)
                let bob = try await rig.join("team", "bob", .camera(.green, Self.takesSlots(bundled: bundled)))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                let joe = try await rig.join("team", "joe", .camera(.yellow))
                let answer = try #require(await ann.remoteDescription)
                let lines = answer.media.filter { $0.kind == .video }
                #expect(lines.map(\.direction) == [.sendrecv, .sendrecv, .sendonly, .sendonly, .sendonly, .sendonly])
                #expect(lines.count == 6 && lines.allSatisfy { $0.port != 0 && $0.sources.count == 1 })
                #expect(Set(lines.map(\.port)).count == (bundled ? 1 : 6))
                #expect(Set(lines.flatMap { $0.sources.map(\.ssrc) }).count == 6)
                #expect(answer.groups.map(\.mids) == (bundled ? [["v1", "v2", "v3", "v4", "v5", "v6"]] : []))
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                let slots = try await ann.screen.sees(inSlots: [.green, .blue, .yellow])
                try await bob.screen.sees(inSlots: [.red, .blue, .yellow])
                // Who has one line sees one, and nobody sees itself.
                #expect(try ann.screen.sights.pictures == 0)
                try await eve.screen.sees(.red)
                try await Condition.await("the roster", within: .seconds(2)) {
                    try await Self.names(watcher).count == 4
                }
                let names = try await Self.names(watcher)
                for (slot, name) in zip(slots, ["bob", "eve", "joe"]) {
                    let sights = try ann.screen.sights(.slot(slot))
                    #expect(sights.contributor.flatMap { names[$0] } == name)
                    #expect(sights.sources.count == 1 && sights.broken == 0)
                }
                #expect(try eve.screen.sights.contributor.flatMap { names[$0] } == "ann")
                _ = joe
            }
        }

        @Test func aSlotIsEmptyWhenItsCameraGoesAndNothingComesAnyMore() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots()))
                let bob = try await rig.join("team", "bob", .camera(.green))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                let slots = try await ann.screen.sees(inSlots: [.green, .blue])
                func isQuiet(_ slot: Int) async throws {
                    await rig.settles(ann)
                    let before = try ann.screen.sights(.slot(slot)).packets
                    try await ann.audio.passes(300)
                    #expect(try ann.screen.sights(.slot(slot)).packets == before)
                }
                try await bob.hold()
                try await isQuiet(slots[0])
                try await bob.resume()
                // The same places: the other never moved.
                #expect(try await ann.screen.sees(inSlots: [.green, .blue]) == slots)
                try await bob.showsCamera(false)
                try await isQuiet(slots[0])
                try await bob.showsCamera(true)
                #expect(try await ann.screen.sees(inSlots: [.green, .blue]) == slots)
                try await eve.hangUp()
                try await isQuiet(slots[1])
                try await ann.screen.sees(inSlots: [.green])
                let joe = try await rig.join("team", "joe", .camera(.yellow))
                try await ann.screen.sees(inSlots: [.green, .yellow])
                try joe.screen.freeze(true)
                try await ann.screen.sees(inSlots: [.green])
                // Its own slots: nothing while it holds, all after.
                try await ann.hold()
                await rig.settles(ann)
                let before = (0..<4).map { ann.video?.sights(.slot($0)).packets }
                try await bob.audio.passes(300)
                #expect((0..<4).map { ann.video?.sights(.slot($0)).packets } == before)
                try await ann.resume()
                try await ann.screen.sees(inSlots: [.green])
            }
        }

        @Test func whoTalksTakesTheSlotOfWhoDoesNot() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots(2)))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await rig.sees(cameras: 2)
                _ = try await rig.join("team", "eve", .camera(.blue))
                let slots = try await ann.screen.sees(inSlots: [.green, .blue])
                let joe = try await rig.join("team", "joe", .camera(.yellow))
                try await rig.sees(cameras: 4)
                try await Condition.await("the operator's view", within: .seconds(4)) {
                    try await rig.focus.room("team").members.first?.video?.phrase
                        == "VP8 176x144, sees 2 in 2 slots: it has too few slots for 1 more"
                }
                bob.audio.play(440)
                try await bob.audio.passes(700)
                bob.audio.play(nil)
                joe.audio.play(440)
                let now = try await ann.screen.sees(inSlots: [.green, .yellow])
                #expect(now == slots)
            }
        }

        @Test func requestsOnASlotReachItsCameraAndLostPacketsComeAgain() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots()))
                let bob = try await rig.join("team", "bob", .camera(.green))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                let slots = try await ann.screen.sees(inSlots: [.green, .blue])
                try await ann.audio.passes(1100)
                for (camera, other, slot) in [(bob, eve, slots[0]), (eve, bob, slots[1])] {
                    for way in [VideoFeedback.pictureLoss, .fullIntra] {
                        try await ann.audio.passes(1100)
                        let before = try (camera.screen.sights.keyframesSent, other.screen.sights.keyframesSent)
                        try ann.screen.ask(by: way, .slot(slot))
                        try await Condition.await("a key frame by \(way)", within: .seconds(1)) {
                            try camera.screen.sights.keyframesSent > before.0
                        }
                        #expect(try other.screen.sights.keyframesSent == before.1)
                    }
                    try ann.screen.askAgain(.slot(slot))
                    try await Condition.await("the packet once more", within: .seconds(1)) {
                        try ann.screen.sights(.slot(slot)).repeated == 1
                    }
                }
            }
        }

        /// Lines that share ports name themselves in their first packets and in those after a switch, where that was offered (RFC 9143 §15).
        @Test func packetsNameTheirLine() async throws {
            try await withFocus { rig in
                let options = TestMember.Options.camera(.red) { options in
                    options.takesSlots(2)
                    options.readsNames = true
                }
                let ann = try await rig.join("team", "ann", options)
                let bob = try await rig.join("team", "bob", .camera(.green, Self.takesSlots(2)))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                let answer = try #require(await ann.remoteDescription)
                let maps = answer.media.filter { $0.kind == .video }.map { $0.values("extmap").count }
                #expect(maps == [1, 1, 1, 1])
                let slots = try await ann.screen.sees(inSlots: [.green, .blue])
                for slot in slots {
                    try await Condition.await("packets after those with a name") {
                        try ann.screen.sights(.slot(slot)).packets > 12
                    }
                    let sights = try ann.screen.sights(.slot(slot))
                    #expect(sights.names == ["v\(3 + slot)": 8] && sights.broken == 0)
                }
                try await bob.hangUp()
                _ = try await rig.join("team", "joe", .camera(.yellow))
                let place = try #require(try await ann.screen.sees(inSlots: [.yellow, .blue]).first)
                let before = try ann.screen.sights(.slot(place)).packets
                try await Condition.await("packets after those with a name") {
                    try ann.screen.sights(.slot(place)).packets > before + 12
                }
                #expect(try ann.screen.sights(.slot(place)).names == ["v\(3 + place)": 16])
                // Who did not offer it, and a line that is alone on its ports.
                #expect(try bob.screen.sights(.slot(0)).names.isEmpty && eve.screen.sights.names.isEmpty)
            }
        }

        /// Both ways, on one line and on many: a picture with losses stays whole without a key frame.
        @Test(arguments: [0, 4]) func lostPacketsComeAgainInAStreamOfTheirOwn(slots: Int) async throws {
            try await withFocus { rig in
                let options = TestMember.Options.camera(.red) { options in
                    if slots > 0 { options.takesSlots(slots) }
                    options.retransmits = true
                }
                let ann = try await rig.join("team", "ann", options)
                let bob = try await rig.join("team", "bob", .camera(.green) { $0.retransmits = true })
                let role = slots > 0 ? VideoRole.slot(0) : .main
                try await ann.screen.sees(.green, role)
                try await bob.screen.sees(.red)
                try ann.screen.askAgain(role)
                try await Condition.await("the packet once more", within: .seconds(1)) {
                    try ann.screen.sights(role).repeated == 1
                }
                #expect(try ann.screen.sights(role).retransmitted == 1)
                let keyframes = try bob.screen.sights.keyframesSent
                try bob.screen.lose(every: 10)
                try await bob.audio.passes(2000)
                try await Condition.await("a loss that is asked for") { try bob.screen.sights.lost > 0 }
                #expect(try bob.screen.sights.keyframesSent == keyframes)
                try await ann.screen.sees(.green, role)
                #expect(try ann.screen.sights(role).broken == 0)
            }
        }

        @Test func theOperatorSaysHowCamerasAreShown() async throws {
            try await withFocus {
                $0.video.mode = .switch
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots()))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.screen.sees(.green)
                #expect(try ann.screen.slots().isEmpty)
                #expect(try await rig.focus.room("team").summary.video == .switch)
                let summary = try await rig.focus.command(.showVideo(.forward), in: "team", by: "tester")
                #expect(summary.room?.video == .forward)
                try await ann.screen.sees(inSlots: [.green])
                try await ann.screen.seesNothing()
                // The grid is for those with one line.
                _ = try await rig.focus.command(.showVideo(.grid), in: "team", by: "tester")
                try await ann.screen.sees(inSlots: [.green])
                try await bob.seesGrid([.red, .green])
                _ = try await rig.focus.command(.showVideo(.switch), in: "team", by: "tester")
                try await ann.screen.sees(.green)
                // What came before may be looked at late.
                try await Condition.await("empty slots") { try ann.screen.slots(within: 200).isEmpty }
            }
        }

        /// From the member's very ports: nothing that it sends there harms its own video or that of others.
        @Test func nonsenseAmongTheLinesOfABundleChangesNothing() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots()))
                let bob = try await rig.join("team", "bob", .camera(.green, Self.takesSlots()))
                try await bob.screen.sees(inSlots: [.red])
                try await ann.screen.sees(inSlots: [.green])
                let lines = try #require(await ann.remoteDescription).media.filter { $0.kind == .video }
                let ours = lines.flatMap { $0.sources.map(\.ssrc) }
                var random = SeededGenerator(seed: 7)
                for number in 0..<3000 {
                    // Strange streams, streams named as the focus's own, header extensions that name no line, or are cut off.
                    let ssrc =
                        number % 5 == 0 ? ours[number % ours.count] : UInt32.random(in: 0 ... .max, using: &random)
                    let payload = (0..<(number % 60)).map { _ in UInt8.random(in: 0...255, using: &random) }
                    var bytes = RTPBytes(
                        payloadType: [96, 97, 102, 5][number % 4], sequence: UInt16(number), timestamp: UInt32(number),
                        ssrc: ssrc, payload: payload
                    ).bytes
                    if number % 3 == 0 { bytes[0] |= 0x10 }
                    if number % 7 == 0 {
                        bytes.replaceSubrange(0..<2, with: [0x81, [200, 201, 203, 205, 206][number % 5]])
                    }
                    try ann.screen.send(bytes)
                    if number % 100 == 0 { try await ann.audio.passes(20) }
                }
                try await bob.screen.sees(inSlots: [.red])
                try await ann.screen.sees(inSlots: [.green])
                #expect(try bob.screen.sights(.slot(0)).sources.count == 1)
                #expect(try bob.screen.sights(.slides).packets == 0)
            }
        }

        @Test func portsOfSlotsAreFreed() async throws {
            // Two pairs for each of two members.
            let port = try FreePort.allocate(count: 8)
            try await withFocus {
                $0.media.rtpPorts = PortRange(lower: port, upper: port + 7)
            } _: { rig in
                for _ in 0..<3 {
                    let ann = try await rig.join("team", "ann", .camera(.red, Self.takesSlots()))
                    let bob = try await rig.join("team", "bob", .camera(.green, Self.takesSlots()))
                    try await ann.screen.sees(inSlots: [.green])
                    try await bob.screen.sees(inSlots: [.red])
                    try await ann.hangUp()
                    try await bob.hangUp()
                    // The media threads let go of them, not who answers the BYE.
                    try await Condition.await("free ports") { (port..<port + 8).allSatisfy(FreePort.isFree) }
                }
            }
        }

        @Test func slotsOfOneRoomShowNothingOfAnother() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("one", "ann", .camera(.red, tone: 440, Self.takesSlots()))
                let bob = try await rig.join("one", "bob", .camera(.green, Self.takesSlots()))
                let eve = try await rig.join("two", "eve", .camera(.blue, tone: 1000, Self.takesSlots()))
                let joe = try await rig.join("two", "joe", .camera(.yellow, Self.takesSlots()))
                for _ in 0..<2 {
                    try await ann.screen.sees(inSlots: [.green])
                    try await bob.screen.sees(inSlots: [.red])
                    try await eve.screen.sees(inSlots: [.yellow])
                    try await joe.screen.sees(inSlots: [.blue])
                    try await ann.audio.passes(800)
                }
                try await bob.hangUp()
                await rig.settles(ann)
                let packets = (0..<4).map { ann.video?.sights(.slot($0)).packets }
                try await eve.screen.sees(inSlots: [.yellow])
                #expect((0..<4).map { ann.video?.sights(.slot($0)).packets } == packets)
            }
        }

        @Test func slotsComeByReInviteAndGoAgain() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .camera(.green, tone: 440))
                let ann = try await rig.member("ann", .camera(.red, Self.takesSlots()))
                // As `confab` does: one line first, the rest when the focus has shown itself.
                try await ann.dial(rig.uri("team")) { offer in
                    offer.media.removeLast(offer.media.count - 2)
                    offer.attributes.removeAll { $0.name == "group" }
                }
                try await ann.screen.sees(.green)
                let port = try #require(await ann.remoteDescription).media[1].port
                let mark = ann.audio.mark
                try await ann.offersVideo(true)
                try await ann.screen.sees(inSlots: [.green])
                #expect(try #require(await ann.remoteDescription).media[1].port == port)
                try await bob.screen.sees(.red)
                #expect(ann.audio.heard(since: mark).longestBreak(in: 440) <= 20)
                try await ann.offersVideo(false)
                try await bob.screen.seesNothing()
                try await ann.screen.seesNothing(.slot(0))
            }
        }
    }
}
