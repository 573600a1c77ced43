// SPDX-License-Identifier: GPL-3.0-or-later

/// The lost packets to ask for in one NACK, at most 16 entries. Stored inline: making one allocates nothing.
package struct RetransmissionRequest: Sendable {
    package static let maximumEntries = 16

    package private(set) var count = 0
    private var entries = InlineArray<16, LostPackets>(repeating: LostPackets(first: 0))

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// The entry at `index`, which must be below `count`.
    package subscript(index: Int) -> LostPackets { entries[index] }

    /// Adds a packet, in the last entry where it fits. False, and nothing done, where all entries are taken.
    @discardableResult
    package mutating func insert(_ sequenceNumber: UInt16) -> Bool {
        if count > 0, entries[count - 1].insert(sequenceNumber) { return true }
        guard count < Self.maximumEntries else { return false }
        entries[count] = LostPackets(first: sequenceNumber)
        count += 1
        return true
    }

    /// Every packet, in the order of the entries.
    package func forEach(_ body: (UInt16) -> Void) {
        for index in 0..<count { entries[index].forEach(body) }
    }
}
