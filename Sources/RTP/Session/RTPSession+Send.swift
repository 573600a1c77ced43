// SPDX-License-Identifier: GPL-3.0-or-later

import CORTP

/// One RTP packet to be sent, without its payload.
package struct OutgoingPacket: Hashable, Sendable {
    package var payloadType: UInt8
    /// For audio the first packet of a talk spurt, for an event its first packet.
    package var marker: Bool
    /// Media time in ticks of the RTP clock, from any start: the session adds a random offset of its own.
    package var timestamp: UInt32
    /// The level of the audio within (RFC 6464); sent where negotiated.
    package var level: AudioLevel?

    package init(payloadType: UInt8, marker: Bool = false, timestamp: UInt32, level: AudioLevel? = nil) {
        self.payloadType = payloadType
        self.marker = marker
        self.timestamp = timestamp
        self.level = level
    }
}

extension RTPSession {
    /// Makes an RTP packet of `payload` in the outgoing store; RTCP that is due follows it. No allocation of ours.
    /// - Parameters:
    ///   - contributing: the talkers in the mix; their levels (RFC 6465) go along where negotiated.
    /// - Returns: false, and nothing made, where payload and header do not fit into 1500 bytes or the store is full.
    @discardableResult
    package func send(
        _ payload: Span<UInt8>, as packet: OutgoingPacket, contributing: borrowing ContributingSources = .none,
        now: MediaInstant
    ) -> Bool {
        self.now = now
        let mixLevel = contributing.isEmpty ? nil : mixerToClientLevel
        let ownLevel = packet.level == nil ? nil : clientToMixerLevel
        var elements = 0
        if mixLevel != nil { elements += 1 + contributing.count }
        if ownLevel != nil { elements += 2 }
        let extensionSize = elements == 0 ? 0 : 4 + (elements + 3) / 4 * 4
        let headerSize = RTPHeader.fixedSize + 4 * contributing.count + extensionSize
        let size = headerSize + payload.count
        guard size <= OutgoingDatagrams.slotSize, let slot = unsafe outgoing.reserve() else { return false }
        guard
            let message = unsafe rtp_session_create_packet_in_place(
                session, slot.assumingMemoryBound(to: UInt8.self), size, nil)
        else { return false }
        // The function leaves the block empty.
        unsafe message.pointee.b_wptr += size

        let hasExtension: UInt8 = extensionSize > 0 ? 0x10 : 0
        unsafe slot.storeBytes(of: 0x80 | hasExtension | UInt8(contributing.count), as: UInt8.self)
        unsafe slot.storeBytes(
            of: packet.payloadType & 0x7F | (packet.marker ? 0x80 : 0), toByteOffset: 1, as: UInt8.self)
        var offset = RTPHeader.fixedSize
        for index in 0..<contributing.count {
            // oRTP turns them to network order.
            unsafe slot.storeBytes(of: contributing.ssrc(index), toByteOffset: offset, as: UInt32.self)
            offset += 4
        }
        if extensionSize > 0 {
            let block = unsafe UnsafeMutableRawBufferPointer(start: slot + offset, count: extensionSize)
            unsafe writeExtension(
                into: block, mixLevel: mixLevel, contributing: contributing, ownLevel: ownLevel, level: packet.level)
        }
        unsafe payload.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe (slot + headerSize).copyMemory(from: start, byteCount: bytes.count)
        }

        unsafe pending = (slot, size)
        packetsOfSource &+= 1
        octetsOfSource &+= UInt32(payload.count)
        counters.packetsSent += 1
        counters.octetsSent += payload.count
        unsafe _ = rtp_session_sendm_with_ts(session, message, wireTimestamp(packet.timestamp))
        unsafe pending = nil
        return true
    }

    /// The codec sent from now on has an RTP clock of `clockRate` Hz. The timestamps on the wire go on from where they
    /// are by the time that passed (RFC 7160 §4.2), whatever the media time of the next packet is.
    package func changeSendClock(to clockRate: Int) {
        guard clockRate != sendClockRate else { return }
        sendClockRate = clockRate
        clockHasChanged = true
    }

    private func wireTimestamp(_ timestamp: UInt32) -> UInt32 {
        if clockHasChanged, let lastSent {
            timestampOffset = lastSent.timestamp &+ ticks(since: lastSent.instant) &- timestamp
        }
        clockHasChanged = false
        let wire = timestamp &+ timestampOffset
        // Packets of one telephone event share a timestamp: it was true at the first of them.
        if lastSent?.timestamp != wire { lastSent = (wire, now) }
        return wire
    }

    /// Ticks of the sending clock from `instant` to now.
    func ticks(since instant: MediaInstant) -> UInt32 {
        UInt32(truncatingIfNeeded: now.nanoseconds(since: instant) / 1000 * Int64(sendClockRate) / 1_000_000)
    }

    /// The one-byte form (RFC 8285 §4.2): 15 levels and one more fit into it.
    private func writeExtension(
        into block: UnsafeMutableRawBufferPointer, mixLevel: UInt8?, contributing: borrowing ContributingSources,
        ownLevel: UInt8?, level: AudioLevel?
    ) {
        unsafe block[0] = UInt8(truncatingIfNeeded: RTPHeaderExtension.oneByteProfile >> 8)
        unsafe block[1] = UInt8(truncatingIfNeeded: RTPHeaderExtension.oneByteProfile)
        unsafe block[2] = 0
        unsafe block[3] = UInt8((block.count - 4) / 4)
        var offset = 4
        if let mixLevel {
            unsafe block[offset] = mixLevel << 4 | UInt8(contributing.count - 1)
            offset += 1
            for index in 0..<contributing.count {
                unsafe block[offset] = contributing.level(index).decibelsBelowOverload
                offset += 1
            }
        }
        if let ownLevel, let level {
            unsafe block[offset] = ownLevel << 4
            unsafe block[offset + 1] = level.clientToMixerByte
            offset += 2
        }
        while offset < block.count {
            unsafe block[offset] = 0
            offset += 1
        }
    }
}
