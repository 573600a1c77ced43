// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Foundation
import Testing

@Suite struct CPIMMessageTests {
    @Test func theExampleOfTheStandardIsRead() throws {
        // RFC 3862 §5.1, with a text in place of its XML.
        let text = """
            From: MR SANDERS <im:piglet@100akerwood.com>\r
            To: Depressed Donkey <im:eeyore@100akerwood.com>\r
            DateTime: 2000-12-13T13:40:00-08:00\r
            Subject: the weather will be fine today\r
            NS: MyFeatures <mid:MessageFeatures@id.foo.com>\r
            Require: MyFeatures.VitalMessageOption\r
            \r
            Content-type: text/plain; charset=utf-8\r
            Content-ID: <1234567890@foo.com>\r
            \r
            Here is the text of my message.
            """
        let message = try #require(CPIMMessage(Array(text.utf8)))
        #expect(message.from == CPIMMessage.Party(name: "MR SANDERS", uri: "im:piglet@100akerwood.com"))
        #expect(message.to == [CPIMMessage.Party(name: "Depressed Donkey", uri: "im:eeyore@100akerwood.com")])
        #expect(message.sent == Date(timeIntervalSince1970: 976_743_600))
        #expect(message.contentType == "text/plain")
        #expect(String(decoding: message.content, as: UTF8.self) == "Here is the text of my message.")
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let message = CPIMMessage(
            from: .init(name: "A \"quoted\\\" 名字", uri: "sip:ann@example.com"),
            to: [.init(uri: "sip:team@example.com")],
            sent: Date(timeIntervalSince1970: 1_700_000_000), text: "two\r\n\r\nlines: and a colon")
        #expect(CPIMMessage(message.bytes) == message)
    }

    @Test(arguments: [
        "", "\r\n", "From: x", "From no colon\r\n\r\n\r\ntext", "From: <>\r\n\r\nno content headers",
        String(repeating: "A: b\r\n", count: 100) + "\r\n\r\n",
    ])
    func rubbishIsNoMessage(text: String) {
        #expect(CPIMMessage(Array(text.utf8)) == nil)
    }

    @Test func textIsRidOfWhatPlaysTricks() {
        #expect(ChatText.clean(Array("  hi\u{1B}[2J\u{7} there\r\n\u{202E}x ".utf8)) == "hi[2J there\nx")
        #expect(ChatText.clean([0xFF, 0x41]) == "\u{FFFD}A")
        #expect(ChatText.clean(Array(" \r\n\t".utf8)) == nil)
        #expect(ChatText.clean(Array("👩‍👩‍👧 и 中文".utf8)) == "👩‍👩‍👧 и 中文")
    }
}
