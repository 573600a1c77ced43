// SPDX-License-Identifier: GPL-3.0-or-later

/// What a receiver knows of one source: RFC 3550 §A.1 (sequence numbers), A.3 (loss) and A.8 (jitter) as a value.
///
/// oRTP's own counts feed its reports with wrong figures in three cases (a reordered packet at the wrap of the sequence
/// numbers adds 65,536 lost ones; a restart of the sender makes the loss negative for up to 65,536 packets; telephone
/// events leave its jitter untouched but change its clock), so the reports leave with these instead.
package struct ReceptionStatistics: Sendable {
    /// Gaps up to this are loss, not a jump. RFC 3550 §A.1.
    private static let maximumDropout: UInt16 = 3000
    /// Packets older than the newest by up to this are late, not a jump.
    private static let maximumMisorder: UInt16 = 100

    private var started = false
    private var baseSequence: UInt32 = 0
    private var newest: UInt16 = 0
    private var cycles: UInt32 = 0
    /// Where the sequence must go on for a jump to be a restart.
    private var expectedAfterJump: UInt16?
    /// Bit n: the packet n before `newest` has come.
    private var window: UInt64 = 0
    private var received = 0
    private var expectedBefore = 0
    private var receivedBefore = 0
    private var lostInFormerSequences = 0
    private var lastTransit: UInt32?
    private var lastTimestamp: UInt32 = 0
    private var clockRate = 0
    /// RFC 3550 §A.8: jitter in ticks, times 16.
    private var scaledJitter = 0

    /// Packets that had come already.
    package private(set) var duplicates = 0
    /// Packets that came after a newer one.
    package private(set) var late = 0
    /// The fraction lost of the last report made, 0–255 of 256.
    package private(set) var lastFractionLost: UInt8 = 0

    package init() {}

    /// The highest sequence number received, its cycles in the upper 16 bits.
    package var extendedHighestSequence: UInt32 { cycles &+ UInt32(newest) }

    /// Interarrival jitter, ticks of the RTP clock.
    package var jitter: UInt32 { UInt32(scaledJitter >> 4) }

    /// Interarrival jitter, milliseconds.
    package var jitterMilliseconds: Double {
        clockRate > 0 ? Double(scaledJitter) / 16 * 1000 / Double(clockRate) : 0
    }

    private var expected: Int {
        started ? Int(extendedHighestSequence &- baseSequence) + 1 : 0
    }

    /// Lost of the present run of sequence numbers, as reports state it: negative with more duplicates than losses.
    package var cumulativeLost: Int { expected - received }

    /// Lost since the beginning, over restarts of the sender; never negative.
    package var totalLost: Int { lostInFormerSequences + max(0, cumulativeLost) }

    /// Takes one packet.
    /// - Parameters:
    ///   - clockRate: of its payload type, Hz.
    ///   - isTimed: its timestamp says when it was sampled; false for telephone events.
    package mutating func receive(
        sequenceNumber: UInt16, timestamp: UInt32, clockRate: Int, isTimed: Bool, now: MediaInstant
    ) -> RTPContinuity {
        let continuity = follow(sequenceNumber)
        switch continuity {
        case .first, .jump, .restart, .newSource: lastTransit = nil
        case .next, .gap, .late, .duplicate: break
        }
        if isTimed, continuity != .duplicate {
            measureJitter(timestamp: timestamp, clockRate: clockRate, now: now)
        }
        return continuity
    }

    /// Forgets the source, for a new SSRC; the losses so far stay in `totalLost`.
    package mutating func beginSource() {
        lostInFormerSequences = totalLost
        started = false
        expectedAfterJump = nil
        lastTransit = nil
        scaledJitter = 0
        received = 0
        lastFractionLost = 0
    }

    /// The fraction lost since the last call, in 256ths (RFC 3550 §A.3): for a report about to leave.
    package mutating func takeFractionLost() -> UInt8 {
        let expectedNow = expected
        let interval = expectedNow - expectedBefore
        let lost = interval - (received - receivedBefore)
        expectedBefore = expectedNow
        receivedBefore = received
        lastFractionLost = interval > 0 && lost > 0 ? UInt8(min(255, (lost << 8) / interval)) : 0
        return lastFractionLost
    }

    private mutating func follow(_ sequence: UInt16) -> RTPContinuity {
        guard started else {
            begin(sequence)
            return .first
        }
        let ahead = sequence &- newest
        if ahead == 0 {
            received += 1
            duplicates += 1
            return .duplicate
        }
        if ahead < Self.maximumDropout {
            if sequence < newest { cycles &+= 1 << 16 }
            newest = sequence
            window = ahead < 64 ? window << UInt64(ahead) | 1 : 1
            received += 1
            expectedAfterJump = nil
            return ahead == 1 ? .next : .gap(lost: Int(ahead) - 1)
        }
        let behind = newest &- sequence
        guard behind > Self.maximumMisorder else {
            received += 1
            let isDuplicate = behind < 64 && window & (1 << UInt64(behind)) != 0
            if behind < 64 { window |= 1 << UInt64(behind) }
            if isDuplicate { duplicates += 1 } else { late += 1 }
            return isDuplicate ? .duplicate : .late
        }
        guard sequence == expectedAfterJump else {
            expectedAfterJump = sequence &+ 1
            return .jump
        }
        // Two in a row: the sender has restarted. The first of them counts too.
        lostInFormerSequences = totalLost
        begin(sequence &- 1)
        return follow(sequence) == .next ? .restart : .jump
    }

    private mutating func begin(_ sequence: UInt16) {
        started = true
        baseSequence = UInt32(sequence)
        newest = sequence
        cycles = 0
        window = 1
        received = 1
        expectedBefore = 0
        receivedBefore = 0
        expectedAfterJump = nil
    }

    private mutating func measureJitter(timestamp: UInt32, clockRate: Int, now: MediaInstant) {
        let arrival = now.nanoseconds / 1000 &* Int64(clockRate) / 1_000_000
        let transit = UInt32(truncatingIfNeeded: arrival) &- timestamp
        if clockRate != self.clockRate {
            self.clockRate = clockRate
            lastTransit = nil
        }
        if let lastTransit, timestamp != lastTimestamp {
            let difference = abs(Int(Int32(bitPattern: transit &- lastTransit)))
            // A step of over 10 s is a timestamp jump, no jitter.
            if difference < 10 * clockRate { scaledJitter += difference - ((scaledJitter + 8) >> 4) }
        }
        lastTransit = transit
        lastTimestamp = timestamp
    }
}
