// SPDX-License-Identifier: GPL-3.0-or-later
import Audio

/// What a member of the load offers: one codec, RTCP on the same port, both level extensions.
struct BenchOffer {
    let codec: AudioCodec
    let payloadType: UInt8
    let port: UInt16
    /// Whether levels of the member's own are offered (RFC 6464).
    let levels: Bool

    static let levelID: UInt8 = 1
    static let mixLevelID: UInt8 = 2

    static func payloadType(of codec: AudioCodec) -> UInt8 {
        switch codec {
        case .opus: 111
        case .g722: 9
        case .pcmu: 0
        case .pcma: 8
        }
    }

    private var format: String {
        switch codec {
        case .opus: "opus/48000/2\r\na=fmtp:\(payloadType) useinbandfec=1"
        case .g722: "G722/8000"
        case .pcmu: "PCMU/8000"
        case .pcma: "PCMA/8000"
        }
    }

    var text: String {
        var lines = [
            "v=0", "o=- \(port) 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
            "m=audio \(port) RTP/AVP \(payloadType)", "a=rtpmap:\(payloadType) \(format)", "a=ptime:20", "a=rtcp-mux",
            "a=extmap:\(Self.mixLevelID) urn:ietf:params:rtp-hdrext:csrc-audio-level",
        ]
        if levels { lines.append("a=extmap:\(Self.levelID) urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on") }
        return lines.joined(separator: "\r\n") + "\r\n"
    }
}
