// SPDX-License-Identifier: GPL-3.0-or-later

/// A `b=` line (RFC 8866 §5.8): AS and CT count kilobits a second, TIAS, RS and RR bits a second.
package struct Bandwidth: Hashable, Sendable {
    package var type: String
    package var value: Int

    package init(type: String, value: Int) {
        self.type = type
        self.value = value
    }

    init?(parsing text: String) {
        let (type, value) = text.cut(at: UInt8(ascii: ":"))
        guard !type.isEmpty, let number = value?.trimmed.decimal else { return nil }
        self.init(type: String(type), value: number)
    }
}

/// A `t=` line with the `r=` and `z=` lines that follow it (RFC 8866 §5.9 to §5.11).
package struct TimeDescription: Hashable, Sendable {
    /// Seconds since 1900; 0 is unbounded.
    package var start: Int
    package var stop: Int
    /// Repeats and zone adjustments as they stood.
    package var lines: [SDPLine]

    package init(start: Int = 0, stop: Int = 0, lines: [SDPLine] = []) {
        self.start = start
        self.stop = stop
        self.lines = lines
    }

    init?(parsing value: String) {
        let fields = value.fields
        guard fields.count >= 2, let start = fields[0].decimal, let stop = fields[1].decimal else { return nil }
        self.init(start: start, stop: stop)
    }
}

/// A line kept as it came: a type we do not know, a second one of a kind that may stand once, or an optional line we cannot read.
package struct SDPLine: Hashable, Sendable {
    package var letter: Character
    package var value: String

    package init(_ letter: Character, _ value: String) {
        self.letter = letter
        self.value = value
    }
}
