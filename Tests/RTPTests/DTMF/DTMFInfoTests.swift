// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct DTMFInfoTests {
    @Test(
        arguments: [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", 5, 160),
            ("Application/DTMF-Relay ; charset=utf-8", "signal = *\nDURATION : 250", 10, 250),
            ("application/dtmf-relay", "Signal= #", 11, nil),
            ("application/dtmf-relay", "Signal=11\r\nDuration=0\r\n", 11, nil),
            ("application/dtmf-relay", "Duration=100\r\nSignal=d\r\n", 15, 100),
            ("application/dtmf-relay", "Signal=16\r\n", 16, nil),
            ("application/dtmf", "7", 7, nil), ("application/dtmf", " 10\r\n", 10, nil),
            ("application/dtmf", "!", 16, nil),
        ] as [(String, String, UInt8, Int?)])
    func reads(_ type: String, _ body: String, _ code: UInt8, _ milliseconds: Int?) throws {
        let info = try #require(DTMFInfo(contentType: type, body: Array(body.utf8)))
        #expect(info.code == code)
        #expect(info.milliseconds == milliseconds)
    }

    @Test(arguments: [
        ("application/dtmf-relay", ""), ("application/dtmf-relay", "Duration=5"), ("application/dtmf", "x"),
        ("application/dtmf", ""), ("application/dtmf", "17"), ("text/plain", "5"),
        ("application/dtmf-relay", "Signal="),
    ])
    func refuses(_ type: String, _ body: String) {
        #expect(DTMFInfo(contentType: type, body: Array(body.utf8)) == nil)
    }

    @Test func writesWhatItReads() throws {
        for character in "0123456789*#ABCD" {
            let info = DTMFInfo(digit: try #require(DTMFDigit(character)), milliseconds: 120)
            #expect(DTMFInfo(contentType: DTMFInfo.relayContentType, body: info.relayBody) == info)
            let plain = Array(String(character).utf8)
            #expect(DTMFInfo(contentType: DTMFInfo.plainContentType, body: plain)?.digit == info.digit)
        }
    }
}
