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
    /// Of a screen, which may rest for longer than anything that was seen of it; nil for what is not asked.
    private var rhythm: ScreenRhythm?

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

    /// Always the same: of a screen that somebody else watches over, and says when it is gone.
    package init(milliseconds: Int) {
        precondition(milliseconds > 0, "a stall takes time")
        self.milliseconds = milliseconds
        isFixed = true
    }

    /// That of a shared screen, which may say nothing while nothing moves on it: shorter once it has kept a rhythm.
    /// - Parameter milliseconds: for as long as it has not.
    package init(screen milliseconds: Int) {
        precondition(milliseconds > 0, "a stall takes time")
        self.milliseconds = milliseconds
        isFixed = false
        rhythm = ScreenRhythm(longest: milliseconds)
    }

    /// Milliseconds of silence after which a source whose rhythm is known is to be asked whether it is still there, so that one
    /// that merely rests is not taken for gone; nil where it is not asked.
    package var doubt: Int? { rhythm?.doubt }

    /// A packet, or a picture, has come.
    package mutating func received(now: MediaInstant) {
        defer { last = now }
        guard !isFixed, let last else { return }
        let pause = now.milliseconds(since: last)
        guard pause >= Rule.least else { return }
        if rhythm != nil {
            rhythm?.paused(pause, now: now)
            milliseconds = rhythm?.patience(atLeast: Rule.shortest, times: Rule.usual) ?? milliseconds
            return
        }
        // A long silence says little of what is usual.
        let counted = min(Double(pause), Double(Rule.longest))
        usualPause = usualPause.map { $0 * 0.8 + counted * 0.2 } ?? counted
        pauses = min(pauses + 1, Rule.known)
        guard pauses == Rule.known, let usualPause else { return }
        milliseconds = min(max(Rule.shortest, Int(usualPause * Rule.usual)), Rule.longest)
    }
}

/// The longest pause that a screen makes between two pictures, once that is known. Whoever sends a still screen again and again keeps
/// it; whoever sends only what moves breaks it when nothing does, and has to keep it four times as long to be believed again.
private struct ScreenRhythm: Hashable, Sendable {
    private let longest: Int
    /// Milliseconds; pauses up to half as long again are within it.
    private var ceiling = Rule.ceiling
    /// Of the pauses since `renewed`.
    private var longestOfLate = 0
    private var since: MediaInstant?
    private var renewed = MediaInstant.zero
    private var kept = 0
    /// Milliseconds for which it has to be kept.
    private var probation = Rule.probation
    private var isKnown = false

    private enum Rule {
        /// Milliseconds; the ceiling is no lower, as a few lost packets are to break nothing.
        static let ceiling = 300
        static let probation = 3000
        static let longestProbation = 120_000
        static let pauses = 6
        /// Milliseconds after which the ceiling comes down to what was seen since.
        static let renewal = 10_000
    }

    init(longest: Int) {
        self.longest = longest
    }

    mutating func paused(_ pause: Int, now: MediaInstant) {
        guard let since, pause <= ceiling * 3 / 2 else {
            if isKnown { probation = min(probation * 4, Rule.longestProbation) }
            (since, renewed) = (now, now)
            (ceiling, longestOfLate, kept, isKnown) = (max(pause, Rule.ceiling), 0, 0, false)
            return
        }
        ceiling = max(ceiling, pause)
        longestOfLate = max(longestOfLate, pause)
        kept = min(kept + 1, Rule.pauses)
        if kept == Rule.pauses, now.milliseconds(since: since) >= probation { isKnown = true }
        guard now.milliseconds(since: renewed) >= Rule.renewal else { return }
        ceiling = max(longestOfLate, Rule.ceiling)
        longestOfLate = 0
        renewed = now
    }

    func patience(atLeast shortest: Int, times: Double) -> Int {
        isKnown ? min(max(shortest, Int(Double(ceiling) * times)), longest) : longest
    }

    /// Beyond what keeps the rhythm, and early enough for an answer.
    var doubt: Int? { isKnown ? ceiling * 3 / 2 : nil }
}
