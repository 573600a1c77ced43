// SPDX-License-Identifier: GPL-3.0-or-later

/// A table for people: columns aligned, two spaces between, nothing at the ends of lines.
package struct TextTable: Sendable {
    package enum Alignment: Sendable {
        case left
        case right
    }

    /// How a cell stands out on a terminal that can.
    package enum Tone: Sendable {
        case plain
        case heading
        case good
        case warning
        case bad
        case faint
    }

    package struct Cell: Sendable, ExpressibleByStringLiteral {
        package let text: String
        package let tone: Tone

        package init(_ text: String, _ tone: Tone = .plain) {
            self.text = text
            self.tone = tone
        }

        package init(stringLiteral text: String) { self.init(text) }
    }

    private var columns: [(title: String, alignment: Alignment)]
    private var rows: [[Cell]] = []

    package init(_ columns: (title: String, alignment: Alignment)...) { self.columns = columns }

    /// A last column, to be added before any row.
    package mutating func addColumn(_ title: String, _ alignment: Alignment) { columns.append((title, alignment)) }

    /// Adds a row; cells that are missing stay empty.
    package mutating func add(_ cells: [Cell]) { rows.append(cells) }

    /// - Parameter colours: Whether to write escape sequences for tones.
    /// - Returns: The lines, the titles first, each with its line end.
    package func render(colours: Bool) -> String {
        let titles = columns.map { Cell($0.title, .heading) }
        let all = ([titles] + rows).map { row in
            columns.indices.map { index in
                index < row.count ? Cell(TerminalText.safe(row[index].text), row[index].tone) : ""
            }
        }
        let widths = columns.indices.map { column in
            all.map { TerminalText.width($0[column].text) }.max() ?? 0
        }
        return all.map { line($0, widths, colours: colours) + "\n" }.joined()
    }

    private func line(_ row: [Cell], _ widths: [Int], colours: Bool) -> String {
        var line = ""
        var pending = 0
        for (index, cell) in row.enumerated() {
            let padding = widths[index] - TerminalText.width(cell.text)
            if columns[index].alignment == .right { pending += padding }
            if !cell.text.isEmpty {
                line += String(repeating: " ", count: pending)
                line += colours ? TerminalText.coloured(cell.text, cell.tone) : cell.text
                pending = 0
            }
            if columns[index].alignment == .left { pending += padding }
            pending += 2
        }
        return line
    }
}
