// SPDX-License-Identifier: GPL-3.0-or-later

/// Where and as whom one of our ends receives a stream.
package struct LocalMedia: Hashable, Sendable {
    /// Numeric, as the peer shall see it, no brackets.
    package var address: String
    /// Of the other family, where the socket serves both on the same ports.
    package var alternativeAddress: String?
    package var rtpPort: Int
    /// Written as `a=rtcp` when it is not the port after `rtpPort`.
    package var rtcpPort: Int
    package var ssrc: UInt32?
    /// Of video: the SSRC of retransmissions, written where they are agreed (RFC 4588 §8.8).
    package var retransmissionSSRC: UInt32?
    /// RTCP canonical name, written with the SSRC (RFC 5576).
    package var cname: String?
    /// RFC 8830, written as it is.
    package var msid: String?
    /// RFC 4574: the roster names the stream by it.
    package var label: String?

    package init(
        address: String, alternativeAddress: String? = nil, rtpPort: Int, rtcpPort: Int? = nil, ssrc: UInt32? = nil,
        cname: String? = nil, msid: String? = nil, label: String? = nil, retransmissionSSRC: UInt32? = nil
    ) {
        self.address = address
        self.alternativeAddress = alternativeAddress
        self.rtpPort = rtpPort
        self.rtcpPort = rtcpPort ?? rtpPort + 1
        self.ssrc = ssrc
        self.cname = cname
        self.msid = msid
        self.label = label
        self.retransmissionSSRC = retransmissionSSRC
    }

    package func address(for family: AddressFamily) -> String? {
        if AddressFamily(of: address) == family { return address }
        return alternativeAddress.flatMap { AddressFamily(of: $0) == family ? $0 : nil }
    }

    /// Adds the lines that say who we are on the stream and where RTCP is heard.
    func describe(in media: inout MediaDescription, rtcpMux: Bool) {
        if rtcpMux {
            media.append("rtcp-mux")
        } else if rtcpPort != rtpPort + 1 {
            media.append("rtcp", RTCPAttribute(port: rtcpPort).value)
        }
        if let label { media.append("label", label) }
        if let msid { media.append("msid", msid) }
        if let ssrc, let cname {
            media.append("ssrc", SourceAttribute(ssrc: ssrc, name: "cname", value: cname).value)
        }
    }
}
