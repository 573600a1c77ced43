// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// How long nothing may come of a source before its picture is stale: less than a second, but for one whose own pictures are
/// slower than that. (Linphone without a camera sends a still picture once a second.) A pure machine.
package struct SourcePatience: Hashable, Sendable {
    /// Milliseconds.
    package private(set) var milliseconds: Int

    /// Milliseconds between two pictures, smoothed; nil before the second.
    private var usualPause: Double?
    private var pauses = 0
    private var last: MediaInstant?
    private let isFixed: Bool

    private enum Rule {
        static let shortest = 900
        /// Until its usual pauses are known.
        static let atFirst = 1500
        static let longest = 2500
        /// As many of its usual pauses.
        static let usual = 2.5
        static let known = 3
        /// Milliseconds: packets of one picture come closer together.
        static let least = 25
    }

    /// That of a camera, which learns from what comes.
    package init() {
        milliseconds = Rule.atFirst
        isFixed = false
    }

    /// That of a shared screen, which may say nothing while nothing moves on it: always the same.
    package init(milliseconds: Int) {
        precondition(milliseconds > 0, "a stall takes time")
        self.milliseconds = milliseconds
        isFixed = true
    }

    /// A packet, or a picture, has come.
    package mutating func received(now: MediaInstant) {
        defer { last = now }
        guard !isFixed, let last else { return }
        let pause = now.milliseconds(since: last)
        guard pause >= Rule.least else { return }
        // A long silence says little of what is usual.
        let counted = min(Double(pause), Double(Rule.longest))
        usualPause = usualPause.map { $0 * 0.8 + counted * 0.2 } ?? counted
        pauses = min(pauses + 1, Rule.known)
        guard pauses == Rule.known, let usualPause else { return }
        milliseconds = min(max(Rule.shortest, Int(usualPause * Rule.usual)), Rule.longest)
    }
}
