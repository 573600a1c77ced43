// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// Keeps one receiver from being sent the same packet more than once a round trip, however often it asks: what was sent
/// again is on its way that long. And it is sent 500 packets a second again at the most, 256 of them at once: NACKs cost
/// a hundredth of what they ask for. Memory is taken once.
package struct ResendLimit: Sendable {
    /// Milliseconds between repeats where the round trip is not known, or is taken for less.
    package static let shortest = 10
    /// Milliseconds that a packet takes of a receiver's share, and what it may save up.
    private static let price = 2
    private static let savings = 512

    private var sequences: [UInt16]
    private var times: [MediaInstant]
    private let mask: Int
    /// Up to when the share is used up.
    private var spent = MediaInstant(nanoseconds: .min / 2)

    /// - Parameter capacity: packets remembered; a power of two is taken, at least that.
    package init(capacity: Int = 512) {
        precondition((1...65536).contains(capacity), "a limit remembers between 1 and 65536 packets")
        var rounded = 1
        while rounded < capacity { rounded *= 2 }
        mask = rounded - 1
        sequences = Array(repeating: 0, count: rounded)
        times = Array(repeating: MediaInstant(nanoseconds: .min / 2), count: rounded)
    }

    /// Whether `sequence`, in the receiver's numbers, may be sent again; notes that it is.
    /// - Parameter roundTrip: milliseconds to the receiver and back; nil where unknown.
    package mutating func allows(_ sequence: UInt16, roundTrip: Int?, now: MediaInstant) -> Bool {
        let index = Int(sequence) & mask
        let wait = max(Self.shortest, roundTrip ?? Self.shortest)
        guard sequences[index] != sequence || now >= times[index].advanced(byMilliseconds: wait) else { return false }
        let paid = max(spent, now.advanced(byMilliseconds: -Self.savings)).advanced(byMilliseconds: Self.price)
        guard paid <= now else { return false }
        spent = paid
        sequences[index] = sequence
        times[index] = now
        return true
    }
}
