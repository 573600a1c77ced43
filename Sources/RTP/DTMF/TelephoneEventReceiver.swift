// SPDX-License-Identifier: GPL-3.0-or-later

/// A key pressed by the peer.
package struct TelephoneKeyPress: Hashable, Sendable {
    /// Event code: 0–15 the keys, 16 flash.
    package var code: UInt8
    /// How long it lasted, or has lasted, milliseconds.
    package var milliseconds: Int

    /// The key; nil for events that are none.
    package var digit: DTMFDigit? { DTMFDigit(rawValue: code) }
}

/// What a packet, or time, told about keys.
package enum TelephoneEventChange: Hashable, Sendable {
    /// Said once for each press, with the first of its packets that came.
    case pressed(TelephoneKeyPress)
    /// Said once for each press, with its end, the packet after it, or a deadline if all its last packets were lost.
    case released(TelephoneKeyPress)
}

/// Makes key presses out of RFC 4733 packets: each press once, however often its packets are repeated, whichever of
/// them are lost, and however long it lasts. A pure machine.
///
/// The timestamp names an event (§2.3.5): repeated ends bear the same one. An event longer than 0xFFFF ticks goes on
/// in segments (§2.5.1.3), each with the timestamp at which the one before was full.
package struct TelephoneEventReceiver: Sendable {
    /// Without a packet for this long an event is over: three intervals of the 50 ms recommended (§2.5.1.2).
    private static let lostEnd = 150
    /// Events that are read of one packet: it holds 20 ms, and honest senders pack two or three.
    private static let mostEvents = 8
    /// After this long an old timestamp is no late packet but a sender that counts anew.
    private static let restart = 1000

    private struct Press {
        var code: UInt8
        var clockRate: Int
        /// Timestamp of the present segment.
        var timestamp: UInt32
        /// Ticks of the segments before.
        var before: Int
        /// Ticks of the present segment, as far as known.
        var duration: UInt16
        var heard: MediaInstant

        var keyPress: TelephoneKeyPress {
            TelephoneKeyPress(code: code, milliseconds: (before + Int(duration)) * 1000 / clockRate)
        }
    }

    private enum State {
        case idle
        case down(Press)
        /// Kept to recognise repeated and late packets.
        case up(Press)
    }

    private var state = State.idle

    package init() {}

    /// When `fire` is next due; nil while no key is down.
    package var nextDeadline: MediaInstant? {
        guard case .down(let press) = state else { return nil }
        return press.heard.advanced(byMilliseconds: Self.lostEnd)
    }

    /// Takes the payload of one telephone-event packet; several events packed into one (§2.5.1.5) are taken in turn.
    /// - Parameter clockRate: the RTP clock of its payload type, Hz: 8000, 48000 and others.
    /// - Returns: what is new; mostly nothing. Allocates only where something is.
    package mutating func receive(
        _ payload: Span<UInt8>, timestamp: UInt32, marker: Bool, clockRate: Int, now: MediaInstant
    ) -> [TelephoneEventChange] {
        precondition(clockRate > 0, "an RTP clock ticks")
        var changes: [TelephoneEventChange] = []
        var timestamp = timestamp
        var offset = 0
        while offset < Self.mostEvents * TelephoneEvent.size, let event = TelephoneEvent(at: offset, in: payload) {
            take(event, timestamp, marker, clockRate, now, &changes)
            timestamp &+= UInt32(event.duration)
            offset += TelephoneEvent.size
        }
        return changes
    }

    /// Ends an event whose end was lost, when its deadline has passed.
    package mutating func fire(now: MediaInstant) -> [TelephoneEventChange] {
        guard case .down(let press) = state, let deadline = nextDeadline, now >= deadline else { return [] }
        state = .up(press)
        return [.released(press.keyPress)]
    }

    private mutating func take(
        _ event: TelephoneEvent, _ timestamp: UInt32, _ marker: Bool, _ clockRate: Int, _ now: MediaInstant,
        _ changes: inout [TelephoneEventChange]
    ) {
        switch state {
        case .idle:
            press(event, timestamp, clockRate, now, &changes)
        case .up(let last):
            // Also what comes late of an event before the last.
            let age = last.timestamp.timestampDistance(to: timestamp)
            if age <= 0, now.milliseconds(since: last.heard) < Self.restart { return }
            press(event, timestamp, clockRate, now, &changes)
        case .down(var current):
            let age = current.timestamp.timestampDistance(to: timestamp)
            if age < 0, now.milliseconds(since: current.heard) < Self.restart { return }
            let isNextSegment =
                age == Int(TelephoneEvent.maximumDuration) && event.code == current.code && !marker
            guard age == 0 || isNextSegment else {
                changes.append(.released(current.keyPress))
                press(event, timestamp, clockRate, now, &changes)
                return
            }
            if isNextSegment {
                current.before += Int(TelephoneEvent.maximumDuration)
                current.timestamp = timestamp
                current.duration = 0
            }
            // Reordered updates do not shorten it.
            current.duration = max(current.duration, event.duration)
            current.heard = now
            state = event.isEnd ? .up(current) : .down(current)
            if event.isEnd { changes.append(.released(current.keyPress)) }
        }
    }

    private mutating func press(
        _ event: TelephoneEvent, _ timestamp: UInt32, _ clockRate: Int, _ now: MediaInstant,
        _ changes: inout [TelephoneEventChange]
    ) {
        let press = Press(
            code: event.code, clockRate: clockRate, timestamp: timestamp, before: 0, duration: event.duration,
            heard: now)
        changes.append(.pressed(press.keyPress))
        state = event.isEnd ? .up(press) : .down(press)
        if event.isEnd { changes.append(.released(press.keyPress)) }
    }
}
