// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import Testing

@testable import Video

@Suite struct SourceHealthTests {
    private func live() -> SourceHealth {
        var health = SourceHealth()
        health.received(startsKeyframe: true, now: at(0))
        return health
    }

    @Test func aSourceIsLiveFromItsKeyFrame() {
        var health = SourceHealth()
        #expect(health.state == .absent(.starting) && health.needsKeyframe && health.nextDeadline == nil)
        let early = health.received(startsKeyframe: false, now: at(0))
        let changed = health.received(startsKeyframe: true, now: at(5))
        #expect(!early && changed && health.isLive && !health.needsKeyframe)
        let again = health.received(startsKeyframe: true, now: at(6))
        #expect(!again)
    }

    @Test func aStallIsSaidWithinASecond() {
        var health = live()
        for time in stride(from: 33, through: 495, by: 33) { health.received(startsKeyframe: false, now: at(time)) }
        #expect(health.nextDeadline == at(1395))
        let early = health.timePassed(now: at(1394))
        let late = health.timePassed(now: at(1395))
        #expect(!early && late && health.state == .absent(.stalled) && health.nextDeadline == nil)
        let inter = health.received(startsKeyframe: false, now: at(1600))
        #expect(!inter && health.needsKeyframe)
        let back = health.received(startsKeyframe: true, now: at(1700))
        #expect(back && health.isLive)
    }

    /// Linphone without a camera sends a still picture once a second, in two packets or three.
    @Test func aSlowSourceIsGivenSomeOfItsOwnPauses() {
        var health = live()
        for second in 1...20 {
            let stalls = health.timePassed(now: at(second * 1000 - 1))
            #expect(!stalls, "second \(second)")
            health.received(startsKeyframe: false, now: at(second * 1000))
            health.received(startsKeyframe: false, now: at(second * 1000 + 2))
        }
        #expect(health.nextDeadline == at(20_002 + 2495))
        // Faster again, and sooner gone.
        for time in stride(from: 20_100, through: 24_000, by: 100) {
            health.received(startsKeyframe: false, now: at(time))
        }
        #expect(health.nextDeadline == at(24_900))
    }

    private func screen() -> SourceHealth {
        var health = SourceHealth(SourcePatience(screen: 5000))
        health.received(startsKeyframe: true, now: at(0))
        return health
    }

    /// Pictures of a screen every so many milliseconds, from just after `start` to `end`; says whether it stalled meanwhile.
    private func show(_ health: inout SourceHealth, from start: Int, to end: Int, every pause: Int) -> Bool {
        var hasStalled = false
        for time in stride(from: start + pause, through: end, by: pause) {
            hasStalled = health.timePassed(now: at(time)) || hasStalled
            health.received(startsKeyframe: false, now: at(time))
        }
        return hasStalled
    }

    @Test func aScreenOfUnknownRhythmHasItsOwnPatience() {
        var health = screen()
        let stalled = show(&health, from: 0, to: 2000, every: 50)
        #expect(!stalled && health.nextDeadline == at(7000))
        let doubted = health.takesDoubt(now: at(6999))
        #expect(!doubted)
        var fixed = SourceHealth(SourcePatience(milliseconds: 5000))
        fixed.received(startsKeyframe: true, now: at(0))
        let still = show(&fixed, from: 0, to: 20_000, every: 50)
        #expect(!still && fixed.nextDeadline == at(25_000))
    }

    /// `kill -9` of who presents: ours sends 15 pictures a second of a screen, and three of a still image.
    @Test(arguments: [66, 320]) func aScreenThatKeptItsRhythmIsGoneWithinASecond(pause: Int) {
        var health = screen()
        let end = 10_000 / pause * pause
        let stalled = show(&health, from: 0, to: end, every: pause)
        #expect(!stalled && health.nextDeadline == at(end + 900))
        // It is asked first, once.
        let early = health.takesDoubt(now: at(end + 449))
        let doubted = health.takesDoubt(now: at(end + 480))
        let again = health.takesDoubt(now: at(end + 500))
        #expect(!early && doubted && !again)
        let gone = health.timePassed(now: at(end + 900))
        #expect(gone && health.state == .absent(.stalled))
    }

    /// A screen share that sends only what moves, and answers for a key frame.
    @Test func aScreenThatRestsIsNotTakenForGone() {
        var health = screen()
        _ = show(&health, from: 0, to: 6000, every: 50)
        #expect(health.nextDeadline == at(6900))
        let doubted = health.takesDoubt(now: at(6450))
        health.received(startsKeyframe: true, now: at(6600))
        #expect(doubted && health.nextDeadline == at(11_600))
        let stalled = health.timePassed(now: at(11_000))
        // As long again does not make it known: it rests.
        let moving = show(&health, from: 11_000, to: 17_000, every: 50)
        #expect(!stalled && !moving && health.nextDeadline == at(22_000))
        let later = show(&health, from: 17_000, to: 25_000, every: 50)
        #expect(!later && health.nextDeadline == at(25_900))
    }

    /// `kill -9` of who has only just begun to present: all that came of it stopped at once.
    @Test func aScreenThatStopsWithAllTheRestIsGoneWithinASecond() {
        var health = screen()
        _ = show(&health, from: 0, to: 500, every: 50)
        let early = health.senderSilent(since: at(490), now: at(949))
        let doubt = health.senderSilent(since: at(490), now: at(950))
        let again = health.senderSilent(since: at(490), now: at(1399))
        #expect(early == .nothing && doubt == .ask && again == .nothing && health.isLive)
        let gone = health.senderSilent(since: at(490), now: at(1400))
        let twice = health.senderSilent(since: at(490), now: at(1420))
        #expect(gone == .gone && twice == .nothing && health.state == .absent(.stalled))
        let back = health.received(startsKeyframe: true, now: at(2000))
        #expect(back)
    }

    /// Who stops talking and sends nothing then, with a screen that rests: one question, and an answer.
    @Test func aScreenThatAnswersGoesOnWithoutTheRest() {
        var health = screen()
        let talking = health.senderSilent(since: at(4000), now: at(4020))
        let doubt = health.senderSilent(since: at(4000), now: at(4450))
        health.received(startsKeyframe: true, now: at(4470))
        #expect(talking == .nothing && doubt == .ask)
        for time in stride(from: 4480, through: 9000, by: 20) {
            let verdict = health.senderSilent(since: at(4000), now: at(time))
            #expect(verdict == .nothing)
        }
        #expect(health.isLive && health.nextDeadline == at(9470))
    }

    /// A slide, once in two seconds; a page in which somebody types, now fast, now slowly.
    @Test func aSlowOrUnevenScreenStays() {
        var slide = screen()
        let stalled = show(&slide, from: 0, to: 60_000, every: 2000)
        #expect(!stalled && slide.nextDeadline == at(65_000))
        var typing = screen()
        var (time, hasStalled) = (0, false)
        for turn in 0..<400 {
            time += [120, 90, 700, 200, 1500, 80, 350, 2800][turn % 8]
            hasStalled = typing.timePassed(now: at(time)) || hasStalled
            typing.received(startsKeyframe: false, now: at(time))
        }
        #expect(!hasStalled)
    }

    /// Packets get lost: a rhythm is kept by most of the pictures.
    @Test func lostPicturesDoNotEndAScreen() {
        var health = screen()
        var hasStalled = false
        for turn in 1...2000 where turn % 50 >= 3 {
            hasStalled = health.timePassed(now: at(turn * 66)) || hasStalled
            health.received(startsKeyframe: false, now: at(turn * 66))
        }
        #expect(!hasStalled && health.nextDeadline == at(1999 * 66 + 900))
    }

    @Test func aSourceThatLeavesIsGoneAtOnce() {
        var health = live()
        let left = health.left()
        let again = health.left()
        #expect(left && !again && health.state == .absent(.stalled))
        let back = health.received(startsKeyframe: true, now: at(5))
        #expect(back && health.isLive)
    }

    @Test func aDecoderErrorLastsUntilTheNextKeyFrame() {
        var health = live()
        let failed = health.decoderFailed()
        let twice = health.decoderFailed()
        #expect(failed && !twice && health.state == .absent(.decoderError) && health.needsKeyframe)
        health.received(startsKeyframe: true, now: at(10))
        #expect(health.isLive)
    }

    @Test func signallingStandsAboveWhatComes() {
        var health = live()
        health.setCamera(off: true)
        #expect(health.state == .absent(.cameraOff) && !health.needsKeyframe)
        let packet = health.received(startsKeyframe: true, now: at(10))
        #expect(!packet && health.state == .absent(.cameraOff))
        health.setHold(true)
        #expect(health.state == .absent(.held))
        health.setHold(false)
        #expect(health.state == .absent(.cameraOff))
        health.setCamera(off: false)
        // What was shown before is no longer true.
        #expect(health.state == .absent(.starting) && health.needsKeyframe)
        let same = health.setCamera(off: false)
        #expect(!same)
        health.received(startsKeyframe: true, now: at(20))
        #expect(health.isLive)
    }
}
