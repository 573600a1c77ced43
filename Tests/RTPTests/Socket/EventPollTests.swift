// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct EventPollTests {
    @Test func wakesForSocketsByToken() throws {
        var poll = try EventPoll()
        let left = try MediaSocket(binding: .loopback())
        let right = try MediaSocket(binding: .loopback())
        try poll.add(left.descriptor, token: 7)
        try poll.add(right.descriptor, token: UInt64.max)
        #expect(try poll.wait(milliseconds: 0) == 0)
        try left.send([1].span, to: right.localAddress)
        #expect(try poll.wait(milliseconds: 5000) == 1)
        #expect(poll.event(0) == PollEvent(token: .max, readiness: .readable))
        // Level-triggered: it stands until it is read.
        #expect(try poll.wait(milliseconds: 0) == 1)
        _ = try DatagramBatch(capacity: 1).receive(from: right.descriptor)
        #expect(try poll.wait(milliseconds: 0) == 0)
        try poll.change(left.descriptor, token: 8, for: [.readable, .writable])
        #expect(try poll.wait(milliseconds: 5000) == 1)
        #expect(poll.event(0) == PollEvent(token: 8, readiness: .writable))
        try poll.remove(left.descriptor)
        #expect(try poll.wait(milliseconds: 0) == 0)
        #expect(throws: SystemError.self) { try poll.remove(left.descriptor) }
    }

    @Test func bellRingsFromAnotherTask() async throws {
        let bell = try WakeSignal()
        var poll = try EventPoll()
        try poll.add(bell.descriptor, token: 1)
        bell.raise()
        bell.raise()
        #expect(try poll.wait(milliseconds: 5000) == 1)
        bell.clear()
        #expect(try poll.wait(milliseconds: 0) == 0)
    }

    @Test func ticksStandOnAbsoluteTimes() throws {
        // Not so soon that a machine with other work is late for the first look.
        let start = MediaInstant.now().advanced(byMilliseconds: 500)
        var timer = try TickTimer(start: start, milliseconds: 20)
        var poll = try EventPoll()
        try poll.add(timer.descriptor, token: 3)
        #expect(try timer.take() == 0)
        var ticks = 0
        while ticks < 3 {
            #expect(try poll.wait(milliseconds: 5000) == 1)
            ticks += try timer.take()
            #expect(timer.nextTick == start.advanced(byMilliseconds: 20 * ticks))
            #expect(MediaInstant.now() >= start.advanced(byMilliseconds: 20 * (ticks - 1)))
        }
    }

    @Test func startInThePastCatchesUp() throws {
        var timer = try TickTimer(start: MediaInstant.now().advanced(byMilliseconds: -90), milliseconds: 20)
        let missed = try timer.take()
        // -90, -70, -50, -30, -10, and on a slow machine more.
        #expect(missed >= 5)
    }
}
