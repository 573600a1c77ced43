// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

@testable import Video

@Suite struct SpeakerSwitchTests {
    private func room(_ members: [String], video: Set<String>? = nil) -> SpeakerSwitch<String> {
        var room = SpeakerSwitch<String>()
        for member in members { room.join(member, hasVideo: video?.contains(member) ?? true, now: at(0)) }
        return room
    }

    @Test func aTalkerMustHoldWhileAnotherTalks() {
        var room = room(["a", "b", "c"])
        #expect(room.speaker == "a")
        room.talking("a", true, now: at(1000))
        room.talking("b", true, now: at(2000))
        #expect(room.speaker == "a" && room.nextDeadline == at(3000))
        let early = room.timePassed(now: at(2999))
        #expect(!early)
        let changed = room.timePassed(now: at(3000))
        #expect(changed && room.speaker == "b")
        // Both talk on: nobody flaps.
        #expect(room.nextDeadline == nil)
        room.timePassed(now: at(60_000))
        #expect(room.speaker == "b")
        // A cough does not do.
        room.talking("c", true, now: at(61_000))
        room.talking("c", false, now: at(61_500))
        #expect(room.nextDeadline == nil && room.speaker == "b")
    }

    @Test func silenceGivesWayAtOnceButOnlyToATalker() {
        var room = room(["a", "b"])
        room.talking("a", true, now: at(1000))
        room.talking("a", false, now: at(2000))
        room.timePassed(now: at(50_000))
        #expect(room.speaker == "a")
        let changed = room.talking("b", true, now: at(50_001))
        #expect(changed && room.speaker == "b")
        room.talking("b", false, now: at(51_000))
        room.talking("a", true, now: at(51_100))
        // b may only draw breath.
        #expect(room.speaker == "b" && room.nextDeadline == at(51_500))
        room.timePassed(now: at(51_500))
        #expect(room.speaker == "a")
    }

    @Test func whoIsGoneIsFollowedByTheTalkerElseByWhoWasBefore() {
        var room = room(["a", "b", "c", "d"])
        room.talking("b", true, now: at(1000))
        room.talking("b", false, now: at(2000))
        room.talking("c", true, now: at(3000))
        #expect(room.speaker == "c")
        room.leave("c", now: at(4000))
        #expect(room.speaker == "b")
        room.talking("d", true, now: at(4100))
        room.talking("a", true, now: at(4050))
        room.leave("b", now: at(4200))
        #expect(room.speaker == "d")
        room.leave("d", now: at(4300))
        room.leave("a", now: at(4300))
        #expect(room.speaker == nil && room.picture(for: nil) == nil)
        let unknown = room.leave("z", now: at(1))
        #expect(!unknown)
    }

    @Test func nobodyWithoutVideoIsShownWhileThereIsVideo() {
        var room = room(["phone", "camera"], video: ["camera"])
        #expect(room.speaker == "camera")
        room.talking("phone", true, now: at(1000))
        room.timePassed(now: at(5000))
        #expect(room.speaker == "camera")
        // The camera's own picture: nobody else has any, so a name.
        #expect(room.picture(for: "camera") == "phone")
        room.setVideo("camera", false, now: at(6000))
        room.timePassed(now: at(7000))
        #expect(room.speaker == "phone")
        room.setVideo("camera", true, now: at(8000))
        #expect(room.speaker == "camera")
    }

    @Test func nobodySeesItself() {
        var room = room(["a", "b", "c"])
        room.talking("b", true, now: at(1000))
        #expect(room.speaker == "b")
        #expect(room.picture(for: "a") == "b" && room.picture(for: "b") == "a")
        room.talking("b", false, now: at(2000))
        room.talking("c", true, now: at(3000))
        #expect(room.picture(for: "c") == "b" && room.picture(for: nil) == "c")
        room.leave("b", now: at(4000))
        #expect(room.picture(for: "c") == "a")
        room.leave("a", now: at(4000))
        #expect(room.picture(for: "c") == nil)
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func theRulesHoldWhateverHappens(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var room = SpeakerSwitch<Int>()
        var videos: [Int: Bool] = [:]
        var talkers: Set<Int> = []
        var lastSwitch = -10_000
        for now in stride(from: 0, to: 60_000, by: 20) {
            let member = Int.random(in: 0..<6, using: &random)
            let before = room.speaker
            var isForced = false
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                let hasVideo = random.chance(0.7)
                room.join(member, hasVideo: hasVideo, now: at(now))
                videos[member] = hasVideo
                isForced = true
            case 1:
                room.leave(member, now: at(now))
                videos[member] = nil
                talkers.remove(member)
                isForced = true
            case 2 where videos[member] != nil:
                let hasVideo = random.chance(0.7)
                room.setVideo(member, hasVideo, now: at(now))
                videos[member] = hasVideo
                isForced = true
            case 3...8 where videos[member] != nil:
                let talks = random.chance(0.5)
                room.talking(member, talks, now: at(now))
                if talks { talkers.insert(member) } else { talkers.remove(member) }
            default: break
            }
            if let deadline = room.nextDeadline, deadline <= at(now) { room.timePassed(now: at(now)) }
            if room.speaker != before {
                // Unforced, only a talker takes over.
                if !isForced { #expect(room.speaker.map { talkers.contains($0) } == true) }
                lastSwitch = now
            }
            #expect((room.speaker == nil) == videos.isEmpty)
            for receiver in videos.keys {
                let seen = room.picture(for: receiver)
                #expect(seen != receiver)
                #expect((seen == nil) == (videos.count == 1))
                let othersHaveVideo = videos.contains { $0.key != receiver && $0.value }
                if othersHaveVideo { #expect(seen.flatMap { videos[$0] } == true) }
            }
            if videos.values.contains(true) { #expect(room.speaker.flatMap { videos[$0] } == true) }
        }
        #expect(lastSwitch > 0)
    }
}
