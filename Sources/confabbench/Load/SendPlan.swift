// SPDX-License-Identifier: GPL-3.0-or-later
import TestSupport

/// When who sends which packet: a pattern that is repeated.
struct SendPlan {
    struct Entry {
        /// ns from the pattern's beginning.
        var due: Int64
        var member: Int
        /// Number of the packet in the member's stream, counted from the pattern's beginning.
        var packet: Int
    }

    static let tick: Int64 = 20_000_000

    private(set) var entries: [Entry]
    /// Length of the pattern in ticks, and so packets of each member.
    let ticks: Int

    var duration: Int64 { Int64(ticks) * Self.tick }

    /// Every member once a tick, evenly spread over it: the steadiest load that there is.
    init(members: Int) {
        ticks = 1
        entries = (0..<members).map { Entry(due: Self.phase($0, of: members), member: $0, packet: 0) }
    }

    /// The same with a network in between: each packet is lost or delayed by chance.
    ///
    /// - Parameters:
    ///   - jitter: ms; delays are spread evenly from 0 to this.
    ///   - loss: percent.
    ///   - ticks: length of the pattern; it is to be played once.
    init(members: Int, jitter: Int, loss: Int, ticks: Int, seed: UInt64 = 5) {
        var random = SeededGenerator(seed: seed)
        self.ticks = ticks
        entries = []
        entries.reserveCapacity(members * ticks)
        for packet in 0..<ticks {
            for member in 0..<members {
                let delay = Int64(random.unit() * Double(jitter) * 1e6)
                guard !random.chance(Double(loss) / 100) else { continue }
                let due = Int64(packet) * Self.tick + Self.phase(member, of: members) + delay
                entries.append(Entry(due: due, member: member, packet: packet))
            }
        }
        entries.sort { $0.due < $1.due }
    }

    /// When in a tick a member sends, ns.
    static func phase(_ member: Int, of members: Int) -> Int64 {
        tick * Int64(member) / Int64(max(1, members))
    }
}
