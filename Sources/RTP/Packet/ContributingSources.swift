// SPDX-License-Identifier: GPL-3.0-or-later

/// The talkers in one mixed packet, at most 15 (RFC 3550 §5.1), each with its level (RFC 6465). Stored inline: made
/// once a tick, borrowed for every packet, never on the heap.
package struct ContributingSources: Sendable {
    /// Nobody.
    package static let none = ContributingSources()

    /// How many there are, 0–15.
    package private(set) var count = 0
    private var sources = InlineArray<15, UInt32>(repeating: 0)
    private var levels = InlineArray<15, UInt8>(repeating: 127)

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// Adds a talker, the loudest first by custom. False, and nothing done, where 15 are there already.
    @discardableResult
    package mutating func append(_ ssrc: UInt32, level: AudioLevel) -> Bool {
        guard count < RTPHeader.maximumContributingSources else { return false }
        sources[count] = ssrc
        levels[count] = level.decibelsBelowOverload
        count += 1
        return true
    }

    /// Forgets all.
    package mutating func removeAll() {
        count = 0
    }

    /// SSRC of the talker at `index`, which must be below `count`.
    package func ssrc(_ index: Int) -> UInt32 { sources[index] }

    /// Level of the talker at `index`, which must be below `count`.
    package func level(_ index: Int) -> AudioLevel { AudioLevel(decibelsBelowOverload: levels[index]) }

    /// The same talkers without `ssrc`: what a talker's own mix names.
    package func without(_ ssrc: UInt32) -> ContributingSources {
        var others = ContributingSources()
        for index in 0..<count where sources[index] != ssrc {
            others.append(sources[index], level: level(index))
        }
        return others
    }
}
