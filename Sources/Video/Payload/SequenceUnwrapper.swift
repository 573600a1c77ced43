// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// Turns sequence numbers that wrap into ones that do not, each taken as the nearest to the highest so far.
struct SequenceUnwrapper: Hashable, Sendable {
    /// The highest so far; nil before the first.
    private(set) var highest: Int64?

    /// The number of a packet, which becomes the highest if it is.
    mutating func take(_ sequence: UInt16) -> Int64 {
        let unwrapped = peek(sequence)
        highest = max(highest ?? unwrapped, unwrapped)
        return unwrapped
    }

    /// The same without taking it. The first number begins one cycle up, so that what came before it is not negative.
    func peek(_ sequence: UInt16) -> Int64 {
        guard let highest else { return 65536 + Int64(sequence) }
        return highest + Int64(UInt16(truncatingIfNeeded: highest).sequenceDistance(to: sequence))
    }
}
