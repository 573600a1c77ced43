// SPDX-License-Identifier: GPL-3.0-or-later

import CORTP

/// One leg's RTP and RTCP, by an oRTP session: sequence numbers, SSRC, SR, RR, SDES, BYE and their timing are oRTP's;
/// sockets, clock and threads are the owner's.
///
/// Datagrams go in by `receive` and `receiveControl`, and at most one packet comes out of each, at once: oRTP's jitter
/// buffer is off. What is sent, and the RTCP that falls due on any call, lands in the `OutgoingDatagrams` given.
/// Confined to one thread, with that store. oRTP reads its own clock for the RTCP interval and the round trip.
@safe
package final class RTPSession {
    /// Our SSRC. Changes on a collision (`statistics.collisions`): whoever publishes it compares.
    package internal(set) var ssrc: UInt32
    /// The SSRC of the latest packet received; nil before the first.
    package internal(set) var remoteSSRC: UInt32?
    /// Where media leaves; nil while the peer is not known.
    package var mediaRoute: DatagramRoute?
    /// Where RTCP leaves: the peer's RTCP port, or the same as media where the two are multiplexed.
    package var controlRoute: DatagramRoute?
    /// What may be received; replaced on re-negotiation.
    package var receiving: PayloadClocks
    /// As in the configuration; replaced on re-negotiation.
    package var mixerToClientLevel: UInt8?
    /// As in the configuration; replaced on re-negotiation.
    package var clientToMixerLevel: UInt8?

    let session: UnsafeMutablePointer<RtpSession>
    let outgoing: OutgoingDatagrams
    var reception = ReceptionStatistics()
    var counters = RTPStatistics()
    /// RTCP of the latest, both ways.
    package internal(set) var controlHistory = ControlHistory()
    /// Of the present SSRC, for sender reports.
    var packetsOfSource: UInt32 = 0
    var octetsOfSource: UInt32 = 0
    /// Of the call that is under way.
    var now = MediaInstant.zero
    var sendClockRate: Int
    var timestampOffset: UInt32
    /// The newest timestamp that left, as on the wire, and when.
    var lastSent: (timestamp: UInt32, instant: MediaInstant)?
    var clockHasChanged = false
    /// The slot that oRTP is writing a media packet's header into.
    var pending: (slot: UnsafeMutableRawPointer, length: Int)?
    /// Where our own SSRC last came from, and when (RFC 3550 §8.2).
    var conflict: (source: SocketAddress, last: MediaInstant)?

    private let endpoints: UnsafeMutablePointer<RtpTransport>
    let mediaTransport: UnsafeMutablePointer<RtpTransport>?
    let controlTransport: UnsafeMutablePointer<RtpTransport>?
    /// The message block that received packets pass through oRTP in, used again for each.
    private var message: UnsafeMutablePointer<mblk_t>?

    /// - Parameter outgoing: of the same thread; held as long as the session lives.
    package init(_ configuration: RTPSessionConfiguration, outgoing: OutgoingDatagrams) {
        self.outgoing = outgoing
        receiving = configuration.receiving
        sendClockRate = configuration.sendClockRate
        mixerToClientLevel = configuration.mixerToClientLevel
        clientToMixerLevel = configuration.clientToMixerLevel
        // oRTP would take them from random(), seeded with the time: guessable (RFC 3550 §8.1, §5.1).
        ssrc = configuration.ssrc ?? .random(in: 1 ... .max)
        timestampOffset = .random(in: 0 ... .max)
        let profile = unsafe ORTPLibrary.profile
        guard let session = unsafe rtp_session_new(Int32(RTP_SESSION_SENDRECV.rawValue)) else {
            preconditionFailure("rtp_session_new gave nothing: out of memory")
        }
        unsafe self.session = session
        var media: UnsafeMutablePointer<RtpTransport>?
        var control: UnsafeMutablePointer<RtpTransport>?
        unsafe rtp_session_get_transports(session, &media, &control)
        unsafe mediaTransport = media
        unsafe controlTransport = control
        unsafe endpoints = .allocate(capacity: 2)
        let endpoint = unsafe ORTPEndpoint.make(for: self)
        unsafe endpoints.initialize(repeating: endpoint, count: 2)
        unsafe meta_rtp_transport_set_endpoint(media, endpoints)
        unsafe meta_rtp_transport_set_endpoint(control, endpoints + 1)

        unsafe rtp_session_set_scheduling_mode(session, 0)
        unsafe rtp_session_set_blocking_mode(session, 0)
        unsafe rtp_session_set_profile(session, profile)
        unsafe rtp_session_set_ssrc(session, ssrc)
        unsafe rtp_session_set_seq_number(session, .random(in: 0 ... .max))
        unsafe rtp_session_set_source_description(
            session, configuration.canonicalName, nil, nil, nil, nil, nil, nil)
        unsafe rtp_session_set_rtcp_report_interval(session, Int32(clamping: configuration.reportInterval))
        unsafe rtp_session_set_symmetric_rtp(session, 0)
        unsafe rtp_session_set_ssrc_changed_threshold(session, 0)
        unsafe rtp_session_set_time_jump_limit(session, 0)
        // oRTP reads its transports once, on the first call, into blocks that it then keeps: small ones.
        unsafe rtp_session_set_recv_buf_size(session, 16)
        disableJitterBuffer()
    }

    deinit {
        if let message = unsafe message { unsafe freemsg(message) }
        unsafe rtp_session_destroy(session)
        unsafe endpoints.deallocate()
    }

    /// Adaptation is off too: it would rewrite the timestamps of the packets that it lets through.
    private func disableJitterBuffer() {
        var parameters = JBParameters()
        unsafe rtp_session_get_jitter_buffer_params(session, &parameters)
        parameters.adaptive = 0
        parameters.enabled = 0
        parameters.min_size = 0
        parameters.nom_size = 0
        parameters.buffer_algorithm = OrtpJitterBufferBasic
        unsafe rtp_session_set_jitter_buffer_params(session, &parameters)
        unsafe rtp_session_enable_jitter_buffer(session, 0)
    }

    /// The figures so far.
    package var statistics: RTPStatistics {
        var figures = counters
        figures.packetsLost = reception.totalLost
        figures.fractionLost = Double(reception.lastFractionLost) / 256
        figures.duplicates = reception.duplicates
        figures.late = reception.late
        figures.jitterMilliseconds = reception.jitterMilliseconds
        return figures
    }

    /// Lets RTCP fall due on a leg that neither sends nor receives. Worth a call a second; `send` and `receive` do it
    /// by themselves.
    package func poll(now: MediaInstant) {
        self.now = now
        if let stray = unsafe rtp_session_recvm_with_ts(session, 0) { unsafe freemsg(stray) }
    }

    /// Makes a last compound report with a BYE (RFC 3550 §6.6). Nothing is to be sent by this session afterwards.
    package func sayGoodbye(reason: String? = nil, now: MediaInstant) {
        self.now = now
        if let reason {
            unsafe _ = rtp_session_bye(session, reason)
        } else {
            unsafe _ = rtp_session_bye(session, nil)
        }
    }

    /// Passes a valid packet through oRTP.
    /// - Returns: whether oRTP gave it back.
    func carry(_ datagram: Span<UInt8>, _ header: RTPHeader) -> Bool {
        let scratch = unsafe outgoing.scratch
        unsafe datagram.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe scratch.copyMemory(from: start, byteCount: bytes.count)
        }
        let start = unsafe scratch.assumingMemoryBound(to: UInt8.self)
        let block = unsafe message ?? esballoc(start, OutgoingDatagrams.slotSize, 0, nil)
        guard let block = unsafe block else { return false }
        unsafe message = nil
        unsafe block.pointee.b_rptr = start
        unsafe block.pointee.b_wptr = start + datagram.count
        // Only differences matter to its bandwidth estimator, but 0 s means "no packet yet" to it.
        unsafe block.pointee.timestamp.tv_sec = Int(now.nanoseconds / 1_000_000_000) + 1
        unsafe block.pointee.timestamp.tv_usec = Int(now.nanoseconds % 1_000_000_000 / 1000)
        // oRTP drops what is older than the packet it gave out last, by sequence number or timestamp. Reordering is
        // the jitter buffer's affair, so each packet is made to look the newest.
        unsafe session.pointee.rtp.rcv_last_ts = header.timestamp
        unsafe session.pointee.rtp.rcv_last_seq = header.sequenceNumber
        unsafe _ = meta_rtp_transport_modifier_inject_packet_to_recv(mediaTransport, nil, block, 0)
        // With the same time on every call oRTP leaves its transports alone and takes from its queue.
        unsafe message = rtp_session_recvm_with_ts(session, 0)
        return unsafe message != nil
    }
}
