// SPDX-License-Identifier: GPL-3.0-or-later

import SDP

/// Video lines as the endpoints write them, and the least code around them.
enum VideoOffers {
    /// An audio line and what follows.
    static func make(_ video: String, session: String = "", audio: String = "") -> String {
        Offers.make("m=audio 4000 RTP/AVP 0\n\(audio)", before: session, after: video)
    }

    static let vp8 = "m=video 6000 RTP/AVP 96\na=rtpmap:96 VP8/90000"

    static let baresip = make(
        """
        m=video 23644 RTP/AVP 97 98 99
        a=rtpmap:97 H264/90000
        a=fmtp:97 packetization-mode=0;profile-level-id=42001f
        a=rtpmap:98 VP8/90000
        a=fmtp:98 max-fs=3600
        a=rtpmap:99 AV1/90000
        a=framerate:30.00
        a=rtcp-fb:* nack
        a=rtcp-fb:* nack pli
        a=rtcp:23645
        a=sendrecv
        a=label:2
        a=rtcp-rsize
        a=ssrc:1122334455 cname:sip:alice@192.0.2.30
        a=content:main
        """)

    /// The user agent of this project: camera, screen, three slots.
    static let slots = make(
        """
        m=video 6000 RTP/AVP 96
        a=rtpmap:96 VP8/90000
        m=video 6002 RTP/AVP 96
        a=rtpmap:96 VP8/90000
        a=content:slides
        m=video 6004 RTP/AVP 96
        a=rtpmap:96 VP8/90000
        a=recvonly
        m=video 6006 RTP/AVP 97
        a=rtpmap:97 VP8/90000
        a=recvonly
        m=video 6008 RTP/AVP 96
        a=rtpmap:96 VP8/90000
        a=recvonly
        """)

    /// A browser behind a gateway that ends DTLS and ICE but leaves the bundle.
    static let browser = """
        v=0
        o=- 4611731400430051336 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1 2 3
        a=extmap-allow-mixed
        a=msid-semantic: WMS stream
        m=audio 30000 RTP/AVPF 111 110
        c=IN IP4 192.0.2.70
        a=rtcp:30000 IN IP4 192.0.2.70
        a=mid:0
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendrecv
        a=rtcp-mux
        a=rtpmap:111 opus/48000/2
        a=rtpmap:110 telephone-event/48000
        m=video 30000 RTP/AVPF 96 97 103 104 107 108 45 98
        c=IN IP4 192.0.2.70
        a=rtcp:9 IN IP4 0.0.0.0
        a=mid:1
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:13 urn:3gpp:video-orientation
        a=sendrecv
        a=msid:stream track
        a=rtcp-mux
        a=rtcp-rsize
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:103 H264/90000
        a=rtcp-fb:103 nack pli
        a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
        a=rtpmap:104 rtx/90000
        a=fmtp:104 apt=103
        a=rtpmap:107 H264/90000
        a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
        a=rtpmap:108 rtx/90000
        a=fmtp:108 apt=107
        a=rtpmap:45 AV1/90000
        a=rtpmap:98 VP9/90000
        a=fmtp:98 profile-id=0
        a=ssrc-group:FID 3735928559 3405691582
        a=ssrc:3735928559 cname:x
        a=ssrc:3405691582 cname:x
        m=video 0 RTP/AVPF 96 97
        c=IN IP4 192.0.2.70
        a=bundle-only
        a=mid:2
        a=recvonly
        a=rtcp-mux
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        m=application 30000 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 192.0.2.70
        a=mid:3
        """

    static let all = [baresip, slots, browser, Offers.linphone, Offers.cisco, Offers.polycom]
}

extension OfferAnswer {
    /// A session with sockets for the roles given, main at 22000, slides at 22010, slots from 22020 on.
    static func video(
        _ capabilities: VideoCapabilities = .focus, _ roles: [VideoRole] = [.main], audio: AudioCapabilities = .focus
    ) -> OfferAnswer {
        var session = OfferAnswer(
            policy: MediaPolicy(audio: audio, video: .accept(capabilities)),
            local: LocalMedia(address: "198.51.100.1", rtpPort: 20_000), sessionID: 77)
        for role in roles { session.localVideo[role] = .at(role) }
        return session
    }

    static let everyRole: [VideoRole] = [.main, .slides, .slot(0), .slot(1), .slot(2)]
}

extension LocalVideo {
    static func at(_ role: VideoRole) -> LocalVideo {
        let port =
            switch role {
            case .main: 22_000
            case .slides: 22_010
            case .slot(let number): 22_020 + 2 * number
            }
        return LocalVideo(
            LocalMedia(
                address: "198.51.100.1", rtpPort: port, ssrc: UInt32(port), cname: "focus", label: "v\(port)",
                retransmissionSSRC: UInt32(port) + 1))
    }
}

extension OfferOutcome {
    /// The video lines of the answer.
    var videoLines: [MediaDescription] { description?.media.filter { $0.kind == .video } ?? [] }
    var video: NegotiatedVideo? { videos.first }
}

extension SessionDescription {
    var videoLines: [MediaDescription] { media.filter { $0.kind == .video } }
}
