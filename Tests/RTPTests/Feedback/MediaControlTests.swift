// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct MediaControlTests {
    private static let example = """
        <?xml version="1.0" encoding="utf-8" ?>

        <media_control>

           <vc_primitive>
            <to_encoder>
              <picture_fast_update/>
            </to_encoder>
          </vc_primitive>

        </media_control>
        """

    @Test(
        "whatever the peer's way of writing it",
        arguments: [
            example,
            "<?xml version=\"1.0\" ?><media_control><vc_primitive><to_encoder><picture_fast_update></picture_fast_update>"
                + "</to_encoder><stream_id>7</stream_id></vc_primitive></media_control>",
            "\u{FEFF}<mc:media_control xmlns:mc='urn:x'><mc:picture_fast_update\n/></mc:media_control>",
            "<!-- <general_error> --><media_control><![CDATA[<general_error>]]><picture_fast_update />",
        ])
    func reads(body: String) {
        #expect(
            MediaControl(contentType: "Application/Media_Control+XML; charset=utf-8", body: Array(body.utf8))
                == .pictureFastUpdate)
    }

    @Test("the error of RFC 5168 §7.2")
    func generalError() {
        let error = "\nParsing error: &lt;picture_fast_update"
        let body = "<media_control><general_error>\(error)</general_error></media_control>"
        #expect(MediaControl(contentType: MediaControl.contentType, body: Array(body.utf8)) == .generalError)
    }

    @Test(arguments: [
        ("text/xml", example), ("application/media_control+xml", ""),
        ("application/media_control+xml", "<picture_fast_update/>"),
        ("application/media_control+xml", "<media_control/>"),
        ("application/media_control+xml", "<media_control><!-- <picture_fast_update/> --></media_control>"),
        ("application/media_control+xml", "<media_control><picture_fast_updates/></media_control>"),
        ("application/media_control+xml", "<media_control></picture_fast_update></media_control>"),
        ("application/media_control+xml", "<media_control><!-- "), ("application/media_control+xml", "<<<"),
        ("application/media_control+xml", "<media_control>" + String(repeating: " ", count: 9000) + example),
    ])
    func refuses(type: String, body: String) {
        #expect(MediaControl(contentType: type, body: Array(body.utf8)) == nil)
    }

    @Test func writesWhatItReads() {
        for control in [MediaControl.pictureFastUpdate, .generalError] {
            #expect(MediaControl(contentType: MediaControl.contentType, body: control.body) == control)
        }
    }

    @Test("random bytes never trap")
    func noise() {
        var random = SeededRandom(state: 5)
        for _ in 0..<5_000 {
            var body = Array(Self.example.utf8.prefix(Int.random(in: 0...220, using: &random)))
            for _ in 0..<4 where !body.isEmpty {
                body[Int.random(in: 0..<body.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = MediaControl(contentType: MediaControl.contentType, body: body)
        }
    }
}
