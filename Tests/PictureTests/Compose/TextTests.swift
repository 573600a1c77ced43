// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import Picture

@Suite struct TextTests {
    @Test func aNameLeavesInk() {
        let line = TextRenderer().line("Ada", height: 24, maximumWidth: 400)
        #expect(line.height == 32 && (20...90).contains(line.width))
        #expect(line.alpha.count == line.width * line.height)
        #expect(line.alpha.contains { $0 > 200 })
    }

    @Test func whatIsTooWideEndsInAnEllipsis() {
        let text = TextRenderer()
        let line = text.line("A name that is far too long for its tile", height: 20, maximumWidth: 100)
        #expect((60...100).contains(line.width))
        #expect(text.line("A name", height: 20, maximumWidth: 3).width <= 3)
        #expect(text.line("", height: 20, maximumWidth: 100).width == 0)
        #expect(text.line("A", height: 0, maximumWidth: 100).width == 0)
    }

    @Test(arguments: ["Zoë", "Łukasz", "Ирина", "Νίκος"])
    func namesOfEuropeAreDrawn(name: String) {
        let text = TextRenderer()
        #expect(text.canDraw(name))
        #expect(text.line(name, height: 24, maximumWidth: 400).alpha.contains { $0 > 200 })
    }

    @Test(.enabled(if: TextRenderer().canDraw("王小明")))
    func chineseNamesAreDrawnWhereAFontIsThere() {
        let text = TextRenderer()
        let line = text.line("王小明", height: 24, maximumWidth: 400)
        #expect((60...90).contains(line.width))
        #expect(line.alpha != text.line("李大华", height: 24, maximumWidth: 400).alpha)
    }

    @Test func whatIsNotPrintableIsLeftOut() {
        func shown(_ text: String) -> String {
            String(String.UnicodeScalarView(PrintableText.scalars(of: text)))
        }
        #expect(shown("  a\u{0}b\r\n\tc\u{202e}d\u{200b} ") == "ab cd")
        #expect(shown("\u{202e}\u{7}") == "")
        #expect(shown(String(repeating: "x", count: 1_000_000)).count == PrintableText.longest)
    }
}
