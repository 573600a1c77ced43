// SPDX-License-Identifier: GPL-3.0-or-later

import CORTP

/// What a received RTCP datagram said.
package struct RTCPArrival: Hashable, Sendable {
    /// The kinds of message in it.
    package var contents: RTCPContents = []
    /// The SSRC that the first packet begins with.
    package var senderSSRC: UInt32?
    /// The source that we hear has left (RFC 3550 §6.6). Its reason: `RTCPPacket.goodbyeReason`.
    package var saysGoodbye = false
    /// The peer's report about our packets.
    package var report: ReportBlock?
}

/// What became of a received RTCP datagram.
package enum RTCPVerdict: Hashable, Sendable {
    case control(RTCPArrival)
    case drop(RTCPParseError)
}

extension RTPSession {
    /// Takes one RTCP datagram that the latch has accepted. Feedback messages come out as kinds only.
    ///
    /// oRTP is given the sender and receiver reports, each with the one block that is about us: it would take the
    /// first block whatever source it is on, and does not check the length of feedback messages.
    /// - Parameters:
    ///   - now: when it arrived.
    ///   - waited: nanoseconds since then: oRTP takes what it is given as just arrived.
    package func receiveControl(_ datagram: Span<UInt8>, now: MediaInstant, waited: Int64 = 0) -> RTCPVerdict {
        self.now = now.advanced(byNanoseconds: waited)
        var arrival = RTCPArrival()
        var reader = RTCPCompoundReader()
        do throws(RTCPParseError) {
            while let packet = try reader.next(in: datagram) {
                if arrival.contents.isEmpty { arrival.senderSSRC = packet.senderSSRC(in: datagram) }
                arrival.contents.insert(RTCPContents(of: packet))
            }
        } catch {
            return .drop(error)
        }
        counters.controlReceived += 1
        controlHistory.note(datagram, isSent: false, at: now)
        reader = RTCPCompoundReader()
        while let packet = try? reader.next(in: datagram) {
            switch packet.type {
            case .senderReport, .receiverReport:
                arrival.report = take(report: packet, datagram, waited: waited) ?? arrival.report
            case .bye:
                if let remoteSSRC, packet.saysGoodbye(remoteSSRC, in: datagram) { arrival.saysGoodbye = true }
            default: break
            }
        }
        return .control(arrival)
    }

    private func take(report packet: RTCPPacket, _ datagram: Span<UInt8>, waited: Int64) -> ReportBlock? {
        let found = packet.reportBlock(on: ssrc, in: datagram)
        let start = packet.body.lowerBound - 4
        var headSize = 8
        if let report = SenderReport(packet, in: datagram) {
            // Of a source that we do not hear: oRTP would forget the report of the one we do.
            guard report.ssrc == remoteSSRC else { return nil }
            counters.lastSenderReport = report
            counters.lastSenderReportArrival = now.advanced(byNanoseconds: -waited)
            headSize = 28
        } else if found == nil {
            return nil
        }
        guard let message = unsafe allocb(headSize + ReportBlock.size, 0) else { return nil }
        unsafe append(datagram, start..<(start + headSize), to: message)
        if let found { unsafe append(datagram, found.offset..<(found.offset + ReportBlock.size), to: message) }
        let size = headSize + (found == nil ? 0 : ReportBlock.size)
        unsafe message.pointee.b_rptr[0] = found == nil ? 0x80 : 0x81
        unsafe message.pointee.b_rptr[2] = 0
        unsafe message.pointee.b_rptr[3] = UInt8(size / 4 - 1)
        unsafe message.pointee.timestamp.tv_sec = Int(now.nanoseconds / 1_000_000_000) + 1
        unsafe _ = meta_rtp_transport_modifier_inject_packet_to_recv(controlTransport, nil, message, 0)
        if headSize == 28 { receivedSenderReport(waited: waited) }
        guard let block = found?.block else { return nil }
        counters.remoteReport = block
        if block.lastSenderReport != 0 {
            let measured = unsafe Double(rtp_session_get_round_trip_propagation(session)) * 1000
            counters.roundTripMilliseconds = max(0, measured - Double(waited) * 1e-6)
        }
        return block
    }

    /// Our next report says how long ago the peer's came (DLSR, RFC 3550 §6.4.1): from its arrival on.
    private func receivedSenderReport(waited: Int64) {
        var time = unsafe session.pointee.rtp.last_rcv_SR_time
        guard waited > 0, time.tv_sec > 0 else { return }
        let microseconds = time.tv_usec - Int(waited / 1000)
        let borrowed = microseconds < 0 ? (-microseconds + 999_999) / 1_000_000 : 0
        time.tv_sec -= borrowed
        time.tv_usec = microseconds + borrowed * 1_000_000
        unsafe session.pointee.rtp.last_rcv_SR_time = time
    }

    private func append(_ datagram: Span<UInt8>, _ range: Range<Int>, to message: UnsafeMutablePointer<mblk_t>) {
        for index in range {
            unsafe message.pointee.b_wptr.pointee = datagram[index]
            unsafe message.pointee.b_wptr += 1
        }
    }

    /// Takes from oRTP what it sends: a media packet that stands in its slot already, or an RTCP compound.
    /// - Returns: the bytes "sent"; oRTP logs and counts anything else as a network error.
    func emit(_ message: UnsafeMutablePointer<mblk_t>) -> Int32 {
        if let pending = unsafe pending,
            unsafe UnsafeMutableRawPointer(message.pointee.b_rptr) == pending.slot
        {
            let length = unsafe pending.length
            outgoing.commit(length: length, channel: .media, route: mediaRoute)
            return Int32(length)
        }
        let size = unsafe msgdsize(message)
        guard size <= OutgoingDatagrams.slotSize, let slot = unsafe outgoing.reserve() else { return Int32(size) }
        let datagram = unsafe UnsafeMutableRawBufferPointer(start: slot, count: size)
        var offset = 0
        var part: UnsafeMutablePointer<mblk_t>? = unsafe message
        while let block = unsafe part {
            let length = unsafe block.pointee.b_wptr - block.pointee.b_rptr
            unsafe (slot + offset).copyMemory(from: block.pointee.b_rptr, byteCount: length)
            offset += length
            unsafe part = block.pointee.b_cont
        }
        unsafe correct(report: datagram)
        counters.controlSent += 1
        unsafe controlHistory.note(Span(_unsafeBytes: UnsafeRawBufferPointer(datagram)), isSent: true, at: now)
        outgoing.commit(length: size, channel: .control, route: controlRoute)
        return Int32(size)
    }

    /// Puts our figures into the report that a compound of oRTP's begins with: see `ReceptionStatistics`. The RTP time
    /// of a sender report is moved on to its NTP time; oRTP gives the last packet's, which silence may have left far
    /// behind.
    private func correct(report datagram: UnsafeMutableRawBufferPointer) {
        guard datagram.count >= 8 else { return }
        let blockOffset: Int
        switch unsafe RTCPPacketType(rawValue: datagram[1]) {
        case .senderReport:
            guard datagram.count >= 28 else { return }
            if let lastSent {
                unsafe store(lastSent.timestamp &+ ticks(since: lastSent.instant), in: datagram, at: 16)
            }
            unsafe store(packetsOfSource, in: datagram, at: 20)
            unsafe store(octetsOfSource, in: datagram, at: 24)
            blockOffset = 28
        case .receiverReport: blockOffset = 8
        default: return
        }
        guard unsafe datagram[0] & 0x1F > 0, blockOffset + ReportBlock.size <= datagram.count else { return }
        let lost = UInt32(truncatingIfNeeded: max(-0x80_0000, min(0x7F_FFFF, reception.cumulativeLost)))
        let fraction = UInt32(reception.takeFractionLost())
        unsafe store(fraction << 24 | lost & 0xFF_FFFF, in: datagram, at: blockOffset + 4)
        unsafe store(reception.extendedHighestSequence, in: datagram, at: blockOffset + 8)
        unsafe store(reception.jitter, in: datagram, at: blockOffset + 12)
    }

    private func store(_ value: UInt32, in datagram: UnsafeMutableRawBufferPointer, at offset: Int) {
        unsafe datagram.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }
}
