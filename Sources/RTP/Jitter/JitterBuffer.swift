// SPDX-License-Identifier: GPL-3.0-or-later

/// What a jitter buffer may do.
package struct JitterBufferConfiguration: Hashable, Sendable {
    /// Milliseconds between calls of the player.
    package var tickMilliseconds = 20
    /// Milliseconds of delay above the fastest packet that jitter may ask for: what comes later than that is lost.
    package var maximumDelayMilliseconds = 400
    /// Milliseconds of delay above the target at which packets are thrown away instead of played faster.
    package var discardMilliseconds = 200

    package init() {}
}

/// Reorders one audio stream's packets and says when each is to be played. Sans-I/O: time is an argument.
///
/// The player calls at each tick: `adjustment`, then `pull` until it holds a tick's worth of samples, saying how many RTP
/// ticks it holds decoded and not yet played (`unplayed`). Concealment is settled afterwards: what was concealed while
/// nothing was here (`starve`) is a *credit*; a packet that then comes late is dropped if the delay is right as it is, or
/// played after all if the delay has to grow, so a growing delay loses nothing.
///
/// Holds at most 64 packets of up to 1500 bytes in memory of its own; nothing is allocated after `init`. Confined to one
/// thread. RFC 3550 §5.1 and A.1, RFC 3551 §4.1.
package struct JitterBuffer: ~Copyable {
    /// Packets already played that are kept, to warm a decoder with.
    package static let historyLength = 4

    private var slots = PacketSlots()
    private var timeline: JitterBufferTimeline?
    private var candidate: (ssrc: UInt32, next: UInt16, run: Int)?
    private var goal: PlayoutTarget
    private var scale: RTPTickScale
    private let tick: Int64
    private let discardAbove: Int64

    /// Counters since `init`.
    package private(set) var statistics = JitterBufferStatistics()

    /// - Parameter clockRate: RTP ticks a second.
    package init(clockRate: Int, configuration: JitterBufferConfiguration = JitterBufferConfiguration()) {
        scale = RTPTickScale(clockRate: clockRate)
        tick = Int64(configuration.tickMilliseconds) * 1_000_000
        discardAbove = Int64(configuration.discardMilliseconds) * 1_000_000
        goal = PlayoutTarget(tick: tick, largest: Int64(configuration.maximumDelayMilliseconds) * 1_000_000)
    }

    /// RTP ticks a second.
    package var clockRate: Int { scale.clockRate }

    /// Forgets the stream; the next packet begins anew, at `clockRate`. Counters stay.
    package mutating func reset(clockRate: Int) {
        scale = RTPTickScale(clockRate: clockRate)
        slots.removeAll()
        timeline = nil
        candidate = nil
        goal.forgetSender()
    }

    // MARK: - In

    /// Takes a packet.
    /// - Parameters:
    ///   - duration: RTP ticks of media in the payload; 0 says that it cannot be played.
    ///   - level: what the packet says of its level (RFC 6464), if anything.
    package mutating func insert(
        _ header: RTPHeader, payload: UnsafeRawBufferPointer, duration: Int, level: AudioLevel?, arrival: MediaInstant
    ) -> JitterBufferVerdict {
        let verdict = unsafe place(header, payload: payload, duration: duration, level: level, arrival: arrival)
        statistics.count(verdict)
        return verdict
    }

    private mutating func place(
        _ header: RTPHeader, payload: UnsafeRawBufferPointer, duration: Int, level: AudioLevel?, arrival: MediaInstant
    ) -> JitterBufferVerdict {
        // RFC 6716 §3.2.5 has no packet over 120 ms, and no other codec here has reason to.
        guard duration > 0, duration <= clockRate * 120 / 1000 else { return .malformed }
        guard payload.count <= PacketSlots.payloadCapacity else { return .overflow }
        var entry = PacketSlots.Entry()
        entry.duration = Int32(duration)
        entry.payloadType = header.payloadType
        entry.marker = header.marker
        entry.level = level

        guard let known = timeline else {
            return unsafe restart(header, entry: entry, payload: payload, arrival: arrival)
        }
        let position = known.position(of: header.sequenceNumber)
        let quiet = arrival.nanoseconds(since: known.newestArrival)
        if header.ssrc != known.ssrc {
            guard quiet > 3 * tick || isConfirmed(header, after: 2) else { return .probation }
            return unsafe restart(header, entry: entry, payload: payload, arrival: arrival)
        }
        switch position {
        case .ahead(let sequence):
            candidate = nil
            entry.sequence = sequence
            return unsafe takeAhead(entry, header: header, payload: payload, arrival: arrival)
        case .behind(let sequence):
            entry.sequence = sequence
            let verdict = unsafe takeBehind(entry, header: header, payload: payload, arrival: arrival)
            // A sender that started over a little way back looks late for as long as it takes to catch up.
            guard verdict == .late, isConfirmed(header, after: 6) else { return verdict }
            return unsafe restart(header, entry: entry, payload: payload, arrival: arrival)
        case .repeated:
            guard quiet > 3 * tick, isConfirmed(header, after: 6) else { return .duplicate }
            return unsafe restart(header, entry: entry, payload: payload, arrival: arrival)
        case .foreign:
            guard quiet > 1_000_000_000 || isConfirmed(header, after: 2) else { return .probation }
            return unsafe restart(header, entry: entry, payload: payload, arrival: arrival)
        }
    }

    private mutating func isConfirmed(_ header: RTPHeader, after needed: Int) -> Bool {
        var run = 1
        if let candidate, candidate.ssrc == header.ssrc, candidate.next == header.sequenceNumber {
            run = candidate.run + 1
        }
        candidate = (header.ssrc, header.sequenceNumber &+ 1, run)
        return run >= needed
    }

    private mutating func restart(
        _ header: RTPHeader, entry: PacketSlots.Entry, payload: UnsafeRawBufferPointer, arrival: MediaInstant
    ) -> JitterBufferVerdict {
        slots.removeAll()
        candidate = nil
        goal.forgetSender()
        let fresh = JitterBufferTimeline(first: header, duration: Int(entry.duration), arrival: arrival)
        timeline = fresh
        var entry = entry
        entry.sequence = fresh.nextSequence
        entry.timestamp = fresh.nextTimestamp
        goal.arrived(delay: 0, at: arrival)
        return unsafe slots.store(entry, payload: payload) ? .reset : .overflow
    }

    private mutating func takeAhead(
        _ entry: PacketSlots.Entry, header: RTPHeader, payload: UnsafeRawBufferPointer, arrival: MediaInstant
    ) -> JitterBufferVerdict {
        guard var line = timeline else { return .malformed }
        let wasEmpty = line.newestSequence < line.nextSequence
        let taken = line.takeNewest(
            entry.sequence, timestamp: header.timestamp, duration: Int(entry.duration), arrival: arrival, scale: scale)
        if taken.jumped { statistics.timestampJumps += 1 }
        var entry = entry
        entry.timestamp = taken.timestamp

        let oldestKept = entry.sequence - Int64(PacketSlots.count - Self.historyLength - 1)
        while line.nextSequence < oldestKept {
            if slots.entry(line.nextSequence) != nil { statistics.discarded += 1 } else { statistics.lost += 1 }
            slots.remove(line.nextSequence - Int64(Self.historyLength))
            slots.remove(line.nextSequence)
            line.nextSequence += 1
        }
        let delay = line.delay(at: arrival, of: entry.timestamp, scale: scale)
        timeline = line
        // After a pause the world may have changed: a sender that stopped its clock, a new path.
        if wasEmpty, goal.isBreak(delay: delay) { goal.reset() }
        goal.arrived(delay: delay, at: arrival)
        return unsafe slots.store(entry, payload: payload) ? .accepted : .overflow
    }

    private mutating func takeBehind(
        _ entry: PacketSlots.Entry, header: RTPHeader, payload: UnsafeRawBufferPointer, arrival: MediaInstant
    ) -> JitterBufferVerdict {
        guard var line = timeline else { return .malformed }
        let timestamp = line.takeOlder(entry.sequence, timestamp: header.timestamp)
        // Before the first packet was played an older one may still become the first.
        if !line.hasStarted, entry.sequence < line.nextSequence,
            line.nextSequence - entry.sequence < Int64(PacketSlots.count / 2)
        {
            line.nextSequence = entry.sequence
        }
        timeline = line
        guard let timestamp else { return .malformed }
        goal.arrived(delay: line.delay(at: arrival, of: timestamp, scale: scale), at: arrival)
        guard entry.sequence >= line.nextSequence,
            !line.hasStarted || timestamp + Int64(entry.duration) > line.nextTimestamp
        else { return .late }
        var entry = entry
        entry.timestamp = timestamp
        return unsafe slots.store(entry, payload: payload) ? .accepted : .overflow
    }

    // MARK: - Out

    /// Takes out what is to be played next.
    /// - Parameters:
    ///   - now: the tick's time (its deadline rather than when it ran, so that a late tick does not look like delay).
    ///   - unplayed: RTP ticks that the player holds decoded and has not played.
    package mutating func pull(now: MediaInstant, unplayed: Int) -> JitterBufferOutput {
        guard var line = timeline else { return .empty }
        defer { timeline = line }
        while let entry = firstEntry(from: line) {
            if !line.hasStarted {
                // A packet that came at the last moment would have every later one come too late.
                let slack = now.nanoseconds(since: line.newestArrival)
                if line.newestSequence == entry.sequence, slack < PlayoutTarget.margin { return .empty }
                begin(&line, at: entry, now: now)
                continue
            }
            guard let settled = settle(&line, entry: entry, now: now, unplayed: unplayed) else { continue }
            let gap = entry.timestamp - line.nextTimestamp
            if gap > 0 {
                guard entry.sequence > line.nextSequence else { return .silence(ticks: Int(gap)) }
                return .missing(ticks: Int(gap), next: packet(entry, skip: 0))
            }
            statistics.played += 1
            goal.played(phase: line.delay(at: now, of: entry.timestamp, scale: scale))
            pass(entry, &line)
            return .packet(packet(entry, skip: settled))
        }
        return .empty
    }

    /// Says that `ticks` of a gap given out were filled.
    package mutating func advance(ticks: Int) {
        timeline?.nextTimestamp += Int64(ticks)
    }

    /// Says that `ticks` were concealed while nothing was here.
    package mutating func starve(ticks: Int) {
        guard let line = timeline, line.hasStarted else { return }
        timeline?.credit += Int64(ticks)
    }

    /// The packet given out `back` packets ago (0: the last), if it is still kept; at most `historyLength` back.
    package func recent(_ back: Int) -> BufferedPacket? {
        guard let line = timeline, let entry = slots.entry(line.nextSequence - 1 - Int64(back)) else { return nil }
        return packet(entry, skip: 0)
    }

    private func packet(_ entry: PacketSlots.Entry, skip: Int) -> BufferedPacket {
        unsafe BufferedPacket(
            sequence: entry.sequence, payloadType: entry.payloadType, marker: entry.marker,
            level: entry.level, duration: Int(entry.duration), skip: skip,
            payload: slots.payload(entry.sequence))
    }

    private func firstEntry(from line: borrowing JitterBufferTimeline) -> PacketSlots.Entry? {
        var sequence = line.nextSequence
        while sequence <= line.newestSequence {
            if let entry = slots.entry(sequence) { return entry }
            sequence += 1
        }
        return nil
    }

    private mutating func pass(_ entry: PacketSlots.Entry, _ line: inout JitterBufferTimeline) {
        statistics.lost += max(0, Int(entry.sequence - line.nextSequence))
        while line.nextSequence <= entry.sequence {
            slots.remove(line.nextSequence - Int64(Self.historyLength))
            line.nextSequence += 1
        }
        line.nextTimestamp = entry.end
    }

    private mutating func discard(_ entry: PacketSlots.Entry, _ line: inout JitterBufferTimeline) {
        statistics.discarded += 1
        pass(entry, &line)
    }

    /// The first tick: whatever queued up before anybody listened is stale, except for the last frame.
    private mutating func begin(_ line: inout JitterBufferTimeline, at entry: PacketSlots.Entry, now: MediaInstant) {
        line.hasStarted = true
        line.nextTimestamp = entry.timestamp
        guard let newest = slots.entry(line.newestSequence),
            scale.nanoseconds(ticks: newest.timestamp - entry.timestamp) > 3 * tick
        else { return }
        while line.nextSequence < line.newestSequence {
            if slots.entry(line.nextSequence) != nil { statistics.discarded += 1 }
            slots.remove(line.nextSequence)
            line.nextSequence += 1
        }
        line.nextTimestamp = newest.timestamp
        goal.reset()
        goal.arrived(delay: line.delay(at: line.newestArrival, of: newest.timestamp, scale: scale), at: now)
    }

    /// Settles concealment played on credit and delay far above the target with the packet that is here now.
    /// - Returns: ticks of the packet that are past; nil when the state changed and `pull` must look again.
    private mutating func settle(
        _ line: inout JitterBufferTimeline, entry: PacketSlots.Entry, now: MediaInstant, unplayed: Int
    ) -> Int? {
        var gap = entry.timestamp - line.nextTimestamp
        let charge = min(max(gap, 0), line.credit)
        line.nextTimestamp += charge
        line.credit -= charge
        gap -= charge

        let delay = line.delay(at: now, of: line.nextTimestamp - Int64(unplayed), scale: scale)
        let target = goal.target(at: delay) ?? delay
        var skip = max(0, -gap)
        if line.credit > 0 {
            if delay <= target + tick / 2 {
                line.credit = 0
            } else {
                skip += line.credit
            }
            guard skip < Int64(entry.duration) else {
                line.credit = max(0, line.credit - Int64(entry.duration))
                discard(entry, &line)
                return nil
            }
            line.credit = 0
        }
        let excess = delay - target - scale.nanoseconds(ticks: skip)
        if excess > discardAbove {
            if gap > 0 {
                line.nextTimestamp += min(gap, scale.ticks(nanoseconds: excess))
            } else {
                discard(entry, &line)
            }
            return nil
        }
        guard skip < Int64(entry.duration) else {
            discard(entry, &line)
            return nil
        }
        return Int(skip)
    }

    // MARK: - Control

    /// How far the playout is from where it should be, for the player to bend its rate; asked before a tick's pulls.
    package func adjustment(now: MediaInstant, unplayed: Int) -> PlayoutAdjustment {
        guard let delay = playoutDelay(now: now, unplayed: unplayed), let target = goal.target(at: delay) else {
            return .none
        }
        return PlayoutAdjustment(error: delay - target, drift: goal.driftPartsPerMillion)
    }

    /// Nanoseconds that the playout runs behind the fastest recent packet, and that it should; nil before it began.
    package func delay(now: MediaInstant, unplayed: Int) -> (now: Int64, target: Int64)? {
        guard let fastest = goal.fastest, let delay = playoutDelay(now: now, unplayed: unplayed),
            let target = goal.target(at: delay)
        else { return nil }
        return (delay - fastest, target - fastest)
    }

    /// The fitted clock drift of the sender, parts per million, faster positive; significant or not.
    package var driftEstimate: Double { goal.driftEstimate }

    /// The RTP time of what the player plays next.
    /// - Parameter unplayed: ticks given out and not played.
    package func playhead(unplayed: Int) -> UInt32? {
        guard let line = timeline, line.hasStarted else { return nil }
        return UInt32(truncatingIfNeeded: line.nextTimestamp + line.credit - Int64(unplayed))
    }

    private func playoutDelay(now: MediaInstant, unplayed: Int) -> Int64? {
        guard let line = timeline, line.hasStarted else { return nil }
        return line.delay(at: now, of: line.nextTimestamp + line.credit - Int64(unplayed), scale: scale)
    }
}
