// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// Whether a leg's sound flows, packet after packet, so that its end says something of the sender: phones may send none
/// while nobody talks. A pure machine; times come in as arguments.
struct SoundFlow: Hashable, Sendable {
    private var began = MediaInstant.zero
    private var last: MediaInstant?

    /// Milliseconds.
    private enum Rule {
        /// Opus sends something each 400 ms where nobody talks (DTX).
        static let pause = 500
        static let shortest = 500
    }

    /// A packet has come.
    mutating func came(now: MediaInstant) {
        if last.map({ now.milliseconds(since: $0) <= Rule.pause }) != true { began = now }
        last = now
    }

    /// When the newest packet of what flowed came; nil where too little has come in a row.
    var end: MediaInstant? {
        guard let last, last.milliseconds(since: began) >= Rule.shortest else { return nil }
        return last
    }
}
