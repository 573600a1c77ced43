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

    @Test func aScreenHasItsOwnPatience() {
        var health = SourceHealth(SourcePatience(milliseconds: 5000))
        for time in stride(from: 0, through: 2000, by: 50) { health.received(startsKeyframe: true, now: at(time)) }
        #expect(health.nextDeadline == at(7000))
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
