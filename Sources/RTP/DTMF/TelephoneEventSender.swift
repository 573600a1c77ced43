// SPDX-License-Identifier: GPL-3.0-or-later

/// One telephone-event packet to be sent in place of audio.
package struct TelephoneEventPacket: Hashable, Sendable {
    package var event: TelephoneEvent
    /// The event's beginning, in the media time that `next` was called with.
    package var timestamp: UInt32
    package var marker: Bool
}

/// Turns keys into RFC 4733 packets, one for each packet interval: updates while a key is down, its end three times
/// (§2.5.1.4), a pause, the next key. A pure machine over media time.
package struct TelephoneEventSender: Sendable {
    /// How often the last packet of an event leaves.
    private static let endPackets = 3
    /// Media time without an event between two keys, milliseconds, the repeated ends included.
    private static let pause = 60

    private enum State {
        case idle
        /// `segment`: timestamp of the present segment; `until`: where the key is let go; `isFirst`: nothing sent yet.
        case down(code: UInt8, segment: UInt32, until: UInt32, isFirst: Bool)
        case ending(TelephoneEvent, segment: UInt32, left: Int, end: UInt32)
        case pausing(until: UInt32)
    }

    private let clockRate: Int
    private let interval: UInt32
    private var state = State.idle
    private var waiting: [(code: UInt8, milliseconds: Int)] = []

    /// - Parameters:
    ///   - clockRate: RTP clock of the telephone-event payload type, Hz.
    ///   - packetTime: between calls of `next`, milliseconds.
    package init(clockRate: Int, packetTime: Int = 20) {
        precondition(clockRate > 0 && packetTime > 0, "events need a clock and an interval")
        self.clockRate = clockRate
        interval = UInt32(clockRate * packetTime / 1000)
    }

    /// Nothing is being sent, and nothing waits.
    package var isIdle: Bool {
        if case .idle = state { return waiting.isEmpty }
        return false
    }

    /// Presses a key once those before it are done.
    /// - Parameter milliseconds: how long, 40–60,000; taken into that range.
    package mutating func press(_ digit: DTMFDigit, milliseconds: Int = 100) {
        press(code: digit.rawValue, milliseconds: milliseconds)
    }

    /// The same for any event, for example 16, flash.
    package mutating func press(code: UInt8, milliseconds: Int = 100) {
        waiting.append((code, min(max(milliseconds, 40), 60_000)))
    }

    /// The packet for the interval that begins at `timestamp`, or nil to send audio. Called once an interval.
    package mutating func next(at timestamp: UInt32) -> TelephoneEventPacket? {
        if case .pausing(let until) = state, timestamp.timestampDistance(to: until) <= 0 { state = .idle }
        if case .idle = state, let key = waiting.first {
            waiting.removeFirst()
            let length = UInt32(key.milliseconds * clockRate / 1000)
            state = .down(code: key.code, segment: timestamp, until: timestamp &+ length, isFirst: true)
        }
        switch state {
        case .idle, .pausing:
            return nil
        case .down(let code, let segment, let until, let isFirst):
            return update(code, segment, until, isFirst, at: timestamp)
        case .ending(let event, let segment, let left, let end):
            state = left > 1 ? .ending(event, segment: segment, left: left - 1, end: end) : .pausing(until: end)
            return TelephoneEventPacket(event: event, timestamp: segment, marker: false)
        }
    }

    /// The state of a key that is down, at the end of the interval that begins at `timestamp`.
    private mutating func update(
        _ code: UInt8, _ segment: UInt32, _ until: UInt32, _ isFirst: Bool, at timestamp: UInt32
    ) -> TelephoneEventPacket {
        let reached = timestamp &+ interval
        let isOver = until.timestampDistance(to: reached) >= 0
        let duration = segment.timestampDistance(to: isOver ? until : reached)
        let maximum = Int(TelephoneEvent.maximumDuration)
        if duration > maximum {
            // The segment is full: said once, without the end; the next begins where it ended (§2.5.1.3).
            state = .down(code: code, segment: segment &+ UInt32(maximum), until: until, isFirst: false)
            let full = TelephoneEvent(code: code, isEnd: false, duration: TelephoneEvent.maximumDuration)
            return TelephoneEventPacket(event: full, timestamp: segment, marker: isFirst)
        }
        let event = TelephoneEvent(code: code, isEnd: isOver, duration: UInt16(clamping: duration))
        if isOver {
            let end = until &+ UInt32(Self.pause * clockRate / 1000)
            state = .ending(event, segment: segment, left: Self.endPackets - 1, end: end)
        } else {
            state = .down(code: code, segment: segment, until: until, isFirst: false)
        }
        return TelephoneEventPacket(event: event, timestamp: segment, marker: isFirst)
    }
}
