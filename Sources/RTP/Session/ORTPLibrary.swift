// SPDX-License-Identifier: GPL-3.0-or-later

import CORTP

/// The parts of oRTP that are one for the process.
enum ORTPLibrary {
    /// The profile of every session, made on first use and kept for good: a table in which each payload type is plain
    /// audio. With the library's own profile oRTP would swallow telephone events into a queue of its own, warn of
    /// each packet of a dynamic payload type, and turn AVPF on by payload type. Payload types are checked before oRTP.
    /// An address, since a pointer is not `Sendable`; the table is written here only.
    private static let profileAddress: UInt = {
        ortp_init()
        cortp_silence()
        let payload = UnsafeMutablePointer<PayloadType>.allocate(capacity: 1)
        unsafe payload.initialize(to: PayloadType())
        unsafe payload.pointee.type = PAYLOAD_AUDIO_PACKETIZED
        unsafe payload.pointee.clock_rate = 8000
        unsafe payload.pointee.channels = 1
        unsafe payload.pointee.mime_type = strdup("audio")
        let profile = unsafe rtp_profile_new("confab")
        for payloadType in 0..<RTP_PROFILE_MAX_PAYLOADS {
            unsafe rtp_profile_set_payload(profile, payloadType, payload)
        }
        return UInt(bitPattern: profile)
    }()

    static var profile: UnsafeMutablePointer<RtpProfile>? {
        unsafe UnsafeMutablePointer(bitPattern: profileAddress)
    }
}
