// SPDX-License-Identifier: GPL-3.0-or-later

/// How an `RTPSession` begins.
package struct RTPSessionConfiguration: Sendable {
    /// CNAME of our SDES, at most 255 bytes: one for all sessions of an endpoint (RFC 7022).
    package var canonicalName: String
    /// Our SSRC; nil chooses one at random.
    package var ssrc: UInt32?
    /// The RTP clock of what we send, Hz.
    package var sendClockRate: Int
    /// What may be received.
    package var receiving: PayloadClocks
    /// Mean time between RTCP reports, milliseconds; RFC 3550 §6.2 asks for 5000, randomised and halved at the start.
    package var reportInterval: Int
    /// Extension identifier (1–14) of the mixer-to-client level (RFC 6465) in what we send; nil: not negotiated.
    package var mixerToClientLevel: UInt8?
    /// Extension identifier (1–14) of the client-to-mixer level (RFC 6464) in what we send; nil: not negotiated.
    package var clientToMixerLevel: UInt8?

    package init(
        canonicalName: String, ssrc: UInt32? = nil, sendClockRate: Int, receiving: PayloadClocks,
        reportInterval: Int = 5000, mixerToClientLevel: UInt8? = nil, clientToMixerLevel: UInt8? = nil
    ) {
        self.canonicalName = canonicalName
        self.ssrc = ssrc
        self.sendClockRate = sendClockRate
        self.receiving = receiving
        self.reportInterval = reportInterval
        self.mixerToClientLevel = mixerToClientLevel
        self.clientToMixerLevel = clientToMixerLevel
    }
}
