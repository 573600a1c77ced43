// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// What a `ResendCache` has for a packet that was asked for again.
package enum ResendVerdict: Int, CaseIterable, Hashable, Sendable {
    /// To be sent again.
    case resend
    /// Sent again to that receiver less than a round trip ago, or the receiver has had its share.
    case tooSoon
    /// Never came, or is too old.
    case missing
}

/// The last packets of one source as they came, for receivers that did not get them (generic NACK, RFC 4585 §6.2.1), in
/// memory taken once: `capacity` datagrams of at most 1500 octets. Confined to one thread.
package final class ResendCache {
    private var ring: PacketRing<Void>
    private var unwrapper = SequenceUnwrapper()
    private var ssrc: UInt32?
    private var verdicts = InlineArray<3, Int>(repeating: 0)

    /// - Parameter capacity: packets; a power of two is taken, at least that.
    package init(capacity: Int = 512) {
        ring = PacketRing(capacity: capacity, empty: ())
    }

    /// Answers of that kind so far.
    package func count(_ verdict: ResendVerdict) -> Int { verdicts[verdict.rawValue] }

    /// Keeps a packet. Another SSRC, or a jump over all that is kept, empties the cache first. A packet over 1500
    /// octets is not kept.
    package func store(_ header: RTPHeader, datagram: Span<UInt8>) {
        let newest = unwrapper.highest.map { UInt16(truncatingIfNeeded: $0) } ?? header.sequenceNumber
        let distance = newest.sequenceDistance(to: header.sequenceNumber)
        if header.ssrc != ssrc || abs(distance) > max(ring.capacity, 3000) {
            removeAll()
            ssrc = header.ssrc
        }
        let sequence = unwrapper.take(header.sequenceNumber)
        // What is older than everything here must not push a newer one out.
        guard ring.occupant(sequence) <= sequence else { return }
        _ = ring.store(sequence, tag: (), payload: datagram)
    }

    package func removeAll() {
        ring.removeAll()
        unwrapper = SequenceUnwrapper()
        ssrc = nil
    }

    /// Whether a packet is here.
    package func contains(_ sequence: UInt16, ssrc: UInt32) -> Bool {
        ssrc == self.ssrc && ring.contains(unwrapper.peek(sequence))
    }

    /// Answers a receiver that asks for a packet again.
    /// - Parameters:
    ///   - origin: what `VideoForwarder.origin` says of the number that was asked for.
    ///   - sequence: that number, in which the receiver's `limit` counts.
    ///   - roundTrip: milliseconds to the receiver and back; nil where unknown.
    package func answer(
        _ origin: ForwardOrigin, askedAs sequence: UInt16, limit: inout ResendLimit, roundTrip: Int?, now: MediaInstant
    ) -> ResendVerdict {
        let verdict: ResendVerdict
        if !contains(origin.sequenceNumber, ssrc: origin.ssrc) {
            verdict = .missing
        } else if !limit.allows(sequence, roundTrip: roundTrip, now: now) {
            verdict = .tooSoon
        } else {
            verdict = .resend
        }
        verdicts[verdict.rawValue] += 1
        return verdict
    }

    /// Shows `body` the datagram as it came; nil where it is not here.
    package func withPacket<Result>(_ sequence: UInt16, ssrc: UInt32, _ body: (Span<UInt8>) -> Result) -> Result? {
        guard ssrc == self.ssrc else { return nil }
        return ring.withPayload(unwrapper.peek(sequence), body)
    }
}
