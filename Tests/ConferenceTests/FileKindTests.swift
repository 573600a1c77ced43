// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Testing

@Suite struct FileKindTests {
    @Test(arguments: [
        ("report.pdf", "report.pdf"), ("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("...", "file"),
        (".bashrc", "bashrc"), ("a\u{1b}[2Jb\"<>.png", "a__2Jb___.png"), ("会议 记录.txt", "会议 记录.txt"), ("", "file"),
        ("/", "file"),
    ])
    func namesAreSafe(name: String, safe: String) {
        #expect(FileKind.safeName(name) == safe)
    }

    @Test func longNamesAreCut() { #expect(FileKind.safeName(String(repeating: "x", count: 5000)).count == 100) }

    @Test(
        arguments: [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png"),
            (Array("%PDF-1.7".utf8), "application/pdf"),
            (Array("\0\0\0\u{18}ftypisom".utf8), "video/mp4"), (Array("hello, 世界".utf8), "text/plain; charset=utf-8"),
            // The last character is cut in two.
            (Array("hello, 世界".utf8).dropLast(), "text/plain; charset=utf-8"),
            (Array("<!DOCTYPE html><script>".utf8), nil), (Array("<svg onload=x>".utf8), nil),
            (Array("#!/bin/sh".utf8), nil),
            (Array("\u{7f}ELF\u{2}\u{1}\u{1}\0\0\0".utf8), nil), (Array("MZ\u{90}\0\u{3}".utf8), nil), ([], nil),
            ([0xFF, 0xFE, 0x00], nil),
        ] as [([UInt8], String?)])
    func kindsAreTakenByContent(head: [UInt8], type: String?) {
        let found = FileKind.type(of: head)
        #expect(head.isEmpty || found == type)
    }

    @Test(
        arguments: [
            (UploadOffer.words("our plan.png", at: "https://h:1/upload/x"), "https://h:1/upload/x"),
            ("Upload a to http://h/other", nil), ("hello http://h/upload/x", nil),
            ("Upload a to ftp://h/upload/x", nil),
        ] as [(String, String?)])
    func whereToPutAFileIsFound(text: String, url: String?) {
        #expect(UploadOffer.url(in: text) == url)
    }
}
