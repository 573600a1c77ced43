// SPDX-License-Identifier: GPL-3.0-or-later

import CORTP

extension RTPSession {
    /// How long after its last sign a looping source is still remembered: ten RTCP intervals (RFC 3550 §8.2).
    private static let conflictMemory: Int64 = 50_000_000_000

    /// Takes one RTP datagram that the latch has accepted.
    ///
    /// A packet of another SSRC than before begins a new source at once; sequence and timestamp jumps are let through.
    /// Duplicates and late packets come out as they came in. RTCP that is due is made on the way. No allocation of
    /// ours.
    /// - Parameters:
    ///   - now: when it arrived.
    ///   - waited: nanoseconds since then.
    /// - Returns: the packet, its header's ranges being places in `datagram`, or why there is none.
    package func receive(
        _ datagram: Span<UInt8>, from source: SocketAddress, now: MediaInstant, waited: Int64 = 0
    ) -> RTPVerdict {
        // Reports that fall due on the way tell the present time, not that of the packet.
        self.now = now.advanced(byNanoseconds: waited)
        guard datagram.count <= OutgoingDatagrams.slotSize else { return .drop(.oversized) }
        let header: RTPHeader
        do throws(RTPParseError) {
            header = try RTPHeader(parsing: datagram)
        } catch {
            return .drop(.malformed(error))
        }
        guard let clockRate = receiving.clockRate(of: header.payloadType) else { return .drop(.payloadType) }
        if header.ssrc == ssrc { return .drop(resolveConflict(with: source)) }

        var continuity = RTPContinuity.next
        let isNewSource = remoteSSRC != nil && remoteSSRC != header.ssrc
        if isNewSource { beginSource() }
        remoteSSRC = header.ssrc
        continuity = reception.receive(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, clockRate: clockRate,
            isTimed: !receiving.telephoneEvents.contains(header.payloadType), now: now)
        if isNewSource { continuity = .newSource }
        if isNewSource || continuity == .restart { counters.restarts += 1 }
        counters.packetsReceived += 1
        counters.octetsReceived += datagram.count
        guard !header.payload.isEmpty else { return .drop(.empty) }
        guard carry(datagram, header) else { return .drop(.refused) }
        return .packet(header, continuity)
    }

    /// Another SSRC speaks: what oRTP and we know of the old one does not hold for it.
    private func beginSource() {
        reception.beginSource()
        unsafe rtp_session_resync(session)
        // The next report must not answer the old source's sender report to the new one.
        unsafe session.pointee.rtp.last_rcv_SR_ts = 0
        unsafe session.pointee.rtp.last_rcv_SR_time = timeval()
        counters.lastSenderReport = nil
        counters.lastSenderReportArrival = nil
    }

    /// RFC 3550 §8.2: on a collision leave with the old SSRC and go on with another; where the same source does it
    /// again, it sends our own packets back and changing would not help.
    private func resolveConflict(with source: SocketAddress) -> RTPDrop {
        if let conflict, conflict.source == source,
            now.nanoseconds(since: conflict.last) < Self.conflictMemory
        {
            self.conflict?.last = now
            return .loop
        }
        conflict = (source, now)
        counters.collisions += 1
        unsafe _ = rtp_session_bye(session, "SSRC collision")
        var fresh = ssrc
        while fresh == ssrc || fresh == remoteSSRC { fresh = .random(in: 1 ... .max) }
        ssrc = fresh
        packetsOfSource = 0
        octetsOfSource = 0
        unsafe rtp_session_set_ssrc(session, fresh)
        return .collision
    }
}
