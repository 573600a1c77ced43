// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Conference
import Focus
import TestSupport
import Testing

@testable import Focus

@Suite("Which of our addresses a caller gets for its media")
struct MediaHostTests {
    @Test(
        "the caller's media address is read from where it counts",
        arguments: [
            ("c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", "192.0.2.1"),
            ("c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 fd00::2\r\n", "fd00::2"),
            (
                "t=0 0\r\nm=video 0 RTP/AVP 99\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 fd00::2\r\n",
                "fd00::2"
            ),
            ("c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n", nil),
        ] as [(String, String?)])
    func peer(text: String, host: String?) {
        let offer = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\n" + text
        #expect(Focus.mediaHost(offeredIn: Array(offer.utf8)) == host)
    }

    @Test(
        "an address is named on which we listen",
        arguments: [
            ("192.0.2.1", nil, nil, "192.0.2.1"),
            ("192.0.2.1", "fd00::2", nil, "fd00::2"),
            ("192.0.2.1", "fd00::2", "0.0.0.0", "192.0.2.1"),
            ("127.0.0.1", "fd00::2", "127.0.0.1", "127.0.0.1"),
            ("::1", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("::1", nil, "192.0.2.1", "192.0.2.1"),
        ] as [(String, String?, String?, String)])
    func bound(local: String, fitting: String?, bound: String?, host: String) {
        #expect(Focus.mediaHost(local: local, fitting: fitting, bound: bound) == host)
    }
}
