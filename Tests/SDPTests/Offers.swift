// SPDX-License-Identifier: GPL-3.0-or-later

import SDP

/// Offers as the endpoints write them, and the least code around them.
enum Offers {
    static func make(
        _ audio: String, session: String = "c=IN IP4 192.0.2.10", before: String = "", after: String = ""
    ) -> String {
        """
        v=0
        o=- 3900000000 3900000000 IN IP4 192.0.2.10
        s=-
        \(session)
        t=0 0
        \(before)
        \(audio)
        \(after)
        """
    }

    static let pcmu = make("m=audio 4000 RTP/AVP 0\na=rtpmap:0 PCMU/8000")

    static let linphone = """
        v=0
        o=alice 3472 2389 IN IP4 192.0.2.20
        s=Talk
        c=IN IP4 192.0.2.20
        t=0 0
        a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics
        a=record:off
        m=audio 7078 RTP/AVPF 96 97 98 0 8 9 99 18 100 101
        a=rtpmap:96 opus/48000/2
        a=fmtp:96 useinbandfec=1
        a=rtpmap:97 speex/16000
        a=fmtp:97 vbr=on
        a=rtpmap:98 speex/8000
        a=fmtp:98 vbr=on
        a=rtpmap:99 BV16/8000
        a=fmtp:18 annexb=yes
        a=rtpmap:100 telephone-event/48000
        a=rtpmap:101 telephone-event/8000
        a=rtcp:7079
        a=rtcp-fb:* trr-int 1000
        a=rtcp-fb:* ccm tmmbr
        m=video 9078 RTP/AVPF 96 97
        a=rtpmap:96 VP8/90000
        a=rtpmap:97 H264/90000
        a=fmtp:97 profile-level-id=42801F
        a=rtcp-fb:* trr-int 1000
        a=rtcp-fb:96 nack pli
        a=rtcp-fb:96 ccm fir
        """

    static let baresip = """
        v=0
        o=- 2890844526 1087651234 IN IP4 192.0.2.30
        s=-
        c=IN IP4 192.0.2.30
        t=0 0
        a=tool:baresip 4.1.0
        m=audio 23642 RTP/AVP 96 9 0 8 101 97
        b=AS:125
        a=rtpmap:96 opus/48000/2
        a=fmtp:96 stereo=1;sprop-stereo=1;maxaveragebitrate=28000
        a=rtpmap:9 G722/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-15
        a=rtpmap:97 telephone-event/48000
        a=fmtp:97 0-15
        a=extmap:1/sendrecv urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=rtcp:23643
        a=sendrecv
        a=label:1
        a=rtcp-rsize
        a=rtcp-mux
        a=ssrc:3012843211 cname:sip:alice@192.0.2.30
        a=ptime:20
        m=video 0 RTP/AVP 99
        a=inactive
        """

    static let pjsip = """
        v=0
        o=- 3901234567 3901234567 IN IP4 192.0.2.40
        s=pjmedia
        b=AS:117
        t=0 0
        a=X-nat:0
        m=audio 4002 RTP/AVP 98 97 99 104 3 0 8 9 96 120
        c=IN IP4 192.0.2.40
        b=TIAS:96000
        a=rtcp:4003 IN IP4 192.0.2.40
        a=sendrecv
        a=rtpmap:98 speex/16000
        a=rtpmap:97 speex/8000
        a=rtpmap:99 speex/32000
        a=rtpmap:104 iLBC/8000
        a=fmtp:104 mode=30
        a=rtpmap:3 GSM/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:9 G722/8000
        a=rtpmap:96 telephone-event/8000
        a=fmtp:96 0-16
        a=rtpmap:120 opus/48000/2
        a=fmtp:120 useinbandfec=1
        a=ssrc:1735640821 cname:7c1f3a6b0d5e4f2a
        """

    static let cisco = """
        v=0
        o=Cisco-SIPUA 26529 0 IN IP4 192.0.2.50
        s=SIP Call
        b=AS:4064
        t=0 0
        m=audio 19326 RTP/AVP 114 9 124 0 8 116 18 101
        c=IN IP4 192.0.2.50
        b=TIAS:64000
        a=rtpmap:114 opus/48000/2
        a=fmtp:114 maxplaybackrate=16000;sprop-maxcapturerate=16000;maxaveragebitrate=64000;stereo=0;sprop-stereo=0;usedtx=0
        a=rtpmap:9 G722/8000
        a=rtpmap:124 ISAC/16000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:116 iLBC/8000
        a=fmtp:116 mode=20
        a=rtpmap:18 G729/8000
        a=fmtp:18 annexb=yes
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-15
        a=sendrecv
        m=video 25466 RTP/AVP 100 126 97
        c=IN IP4 192.0.2.50
        b=TIAS:4000000
        a=rtpmap:100 H264/90000
        a=fmtp:100 profile-level-id=640C16;packetization-mode=1;level-asymmetry-allowed=1
        a=imageattr:* recv [x=800,y=480,q=0.60]
        a=rtpmap:126 H264/90000
        a=fmtp:126 profile-level-id=42801E;packetization-mode=1
        a=rtpmap:97 H264/90000
        a=fmtp:97 profile-level-id=42801E
        a=rtcp-fb:* nack pli
        a=rtcp-fb:* ccm tmmbr
        a=rtcp-fb:* ccm fir
        a=recvonly
        m=application 5070 UDP/BFCP *
        a=floorctrl:c-only
        """

    static let polycom = """
        v=0
        o=PolycomVVX 1466169340 1466169340 IN IP4 192.0.2.60
        s=Polycom IP Phone
        c=IN IP4 192.0.2.60
        t=0 0
        a=sendrecv
        m=audio 2228 RTP/AVP 9 102 0 8 18 127
        a=rtpmap:9 G722/8000
        a=rtpmap:102 G7221/16000
        a=fmtp:102 bitrate=32000
        a=rtpmap:18 G729/8000
        a=fmtp:18 annexb=no
        a=rtpmap:127 telephone-event/8000
        a=rtcp-fb:* nack
        a=ptime:30
        m=video 2230 RTP/AVP 109 34
        a=rtpmap:109 H264/90000
        a=fmtp:109 profile-level-id=42800d; max-mbps=40500
        a=rtcp-fb:* ccm fir tmmbr
        """

    /// Browsers insist on DTLS, so that this is refused until it is there.
    static let browser = """
        v=0
        o=- 4611731400430051336 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        a=extmap-allow-mixed
        a=msid-semantic: WMS stream
        m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:F7gI
        a=ice-pwd:x9cml/YzichV2+XlhiMu8g
        a=fingerprint:sha-256 D2:B9:31:8F:DF:24:D8:0E:ED:D2:EF:25:9E:AF:6F:B8:34:AE:53:9C:E6:F3:8F:F2:64:15:FA:E8:7F:53:2D:38
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=sendrecv
        a=rtcp-mux
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:9 G722/8000
        a=rtpmap:110 telephone-event/48000
        a=rtpmap:126 telephone-event/8000
        m=video 9 UDP/TLS/RTP/SAVPF 96
        c=IN IP4 0.0.0.0
        a=mid:1
        a=rtpmap:96 VP8/90000
        """

    /// The same behind a gateway that ends DTLS and ICE but leaves the rest.
    static let browserThroughGateway =
        browser
        .split(separator: "\n").filter {
            !$0.hasPrefix("a=ice") && !$0.hasPrefix("a=finger") && !$0.hasPrefix("a=setup")
        }
        .joined(separator: "\n")
        .replacing("UDP/TLS/RTP/SAVPF", with: "RTP/AVPF").replacing("0.0.0.0", with: "192.0.2.70")
        .replacing("m=audio 9 ", with: "m=audio 30000 ").replacing("a=rtcp:9 ", with: "a=rtcp:30000 ")

    static let all = [pcmu, linphone, baresip, pjsip, cisco, polycom, browser, browserThroughGateway]
}

extension OfferAnswer {
    static func focus(
        _ capabilities: AudioCapabilities = .focus, address: String = "198.51.100.1", alternative: String? = nil
    ) -> OfferAnswer {
        OfferAnswer(
            policy: MediaPolicy(audio: capabilities),
            local: LocalMedia(address: address, alternativeAddress: alternative, rtpPort: 20_000), sessionID: 77)
    }

    mutating func receive(offer text: String) -> OfferOutcome { receive(offer: Array(text.utf8)) }
    mutating func receive(answer text: String) -> AnswerOutcome { receive(answer: Array(text.utf8)) }
}

extension OfferOutcome {
    var description: SessionDescription? {
        if case .answer(let description, _) = self { description } else { nil }
    }
    var media: [NegotiatedMedia] {
        if case .answer(_, let media) = self { media } else { [] }
    }
    var rejection: OfferRejection? {
        if case .rejected(let rejection) = self { rejection } else { nil }
    }
    /// The audio line of the answer.
    var line: MediaDescription? { description?.media.first { $0.kind == .audio && $0.port != 0 } }
}
