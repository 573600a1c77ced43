// SPDX-License-Identifier: GPL-3.0-or-later

extension OfferAnswer {
    /// What we can do, for the 200 to OPTIONS: port 0, so that nobody takes it for an offer (RFC 3264 §9).
    ///
    /// - Parameter address: numeric, of any of our interfaces; the ports of `local` are not shown.
    package static func capabilities(policy: MediaPolicy, address: String, sessionID: UInt64) -> SessionDescription {
        let local = LocalMedia(address: address, rtpPort: 0, rtcpPort: 1)
        var session = OfferAnswer(policy: policy, local: local, sessionID: sessionID)
        session.localVideo[.main] = LocalVideo(local)
        return session.makeOffer(.full)
    }
}
