// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// What one run under steady load showed.
struct LoadFigures: Codable {
    /// What was measured: `floor`, `confabd`, `janus`.
    var subject: String
    var members: Int
    /// s.
    var seconds: Double
    /// Processor seconds a second.
    var cores: Double
    /// Processor time for each member and tick of 20 ms, µs.
    var perMemberTick: Double
    /// Of the processor time, how much the busiest thread used, 0...1.
    var busiestThread = 0.0
    /// Resident memory that came with the members, KiB each.
    var memoryPerMember: Double?
    /// Packets that came back, for each member and second.
    var packetsBack: Double
    var gaps: Int
    var jumps: Int
    /// Ticks that began over 5 ms late, and ticks that were left out.
    var lateTicks: Int?
    var missedTicks: Int?
    /// 99 of 100 ticks began within this, ms.
    var latenessP99: Double?
    /// Encodes, decodes and scout decodes a tick.
    var encodes: Double?
    var decodes: Double?
    var scouts: Double?
    /// Audio that the focus made up for packets that came late or not at all, s.
    var concealed: Double?
    var listening: Listening?
    /// How far the generator itself was behind, ms at worst, and packets that it sent over 2 ms late.
    var generatorWorst: Double
    var generatorLate: Int
}

/// A table of text, in Markdown that reads well as it stands.
struct Table {
    private var rows: [[String]]

    init(_ head: [String]) {
        rows = [head]
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    var text: String {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            "| " + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
                + " |"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
        return ([line(rows[0]), rule] + rows.dropFirst().map(line)).joined(separator: "\n")
    }
}

extension Double {
    /// With so many digits behind the point.
    func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}

extension Array where Element == Double {
    /// The value that `fraction` of them do not exceed; 0 of nothing.
    func quantile(_ fraction: Double) -> Double {
        let sorted = self.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[Swift.min(sorted.count - 1, Int(fraction * Double(sorted.count)))]
    }
}

/// Where results go besides the terminal.
enum Output {
    /// Writes `value` as JSON to `file`, or to the terminal for `-`.
    static func write(_ value: some Encodable, to file: String?) throws {
        guard let file else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let data = try encoder.encode(value)
        if file == "-" {
            print(String(decoding: data, as: UTF8.self))
        } else {
            try data.write(to: URL(fileURLWithPath: file))
        }
    }

    /// Says on standard error what is being done.
    static func progress(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
