// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// Asks one source for key frames on behalf of all who want one. A pure machine; times come in as arguments.
///
/// ```
///   content ── request ──▶ wanting(asked at once)            or as soon as the last ask is a second old
///   wanting ── 500 ms ───▶ wanting(repeated once)
///   wanting ── 1 s ──────▶ wanting(asked again)              each second; after five asks every five seconds
///   wanting ── key frame ▶ content
/// ```
///
/// So after an answer it is asked at 0, 0.5, 1, 2 s and on, until a key frame comes. Asks go by what the source
/// understands: PLI, else FIR, else INFO. A request while one is open adds nothing but its count. Not copyable, as a
/// `VideoForwarder` is not.
package struct KeyframeBroker: ~Copyable, Sendable {
    /// Milliseconds.
    private enum Interval {
        static let repetition = 500
        static let ask = 1000
        static let resignation = 5000
    }

    private static let asksBeforeResignation = 5

    private struct Want {
        /// Asks so far, the repetition not counted.
        var asks = 0
        var mayRepeat = true
        /// Not before.
        var due: MediaInstant
    }

    /// How the source can be asked; may change with a new description, or when an INFO is refused.
    package var ways: KeyframeWays
    package private(set) var counters = KeyframeCounters()

    private var want: Want?
    /// When the source was last asked, repetitions not counted.
    private var lastAsk: MediaInstant?
    /// Of the last FIR sent.
    private var command: UInt8
    /// FIR senders, their last numbers and when these last counted, the newest at the end; eight at most.
    private var commands: [(sender: UInt32, sequence: UInt8, taken: MediaInstant)] = []

    /// - Parameter firstCommand: sequence number of the first FIR; arbitrary (RFC 5104 §4.3.1.1).
    package init(ways: KeyframeWays, firstCommand: UInt8 = 0) {
        self.ways = ways
        command = firstCommand &- 1
        commands.reserveCapacity(8)
    }

    /// A key frame is wanted and has not come.
    package var isWanting: Bool { want != nil }

    /// When `timePassed` is to be called; nil where nothing is to be done before the next request.
    package var nextDeadline: MediaInstant? { ways.isEmpty ? nil : want?.due }

    // MARK: - Requests

    /// Somebody wants a key frame.
    /// - Returns: what to send now, if anything; the rest comes at `nextDeadline`.
    package mutating func request(_ request: KeyframeRequest, now: MediaInstant) -> KeyframeAsk? {
        counters.count(request)
        if ways.isEmpty { counters.unaskable += 1 }
        let earliest = lastAsk.map { $0.advanced(byMilliseconds: Interval.ask) } ?? now
        if var open = want {
            counters.coalesced += 1
            // A source that was nearly given up is asked again for a new reason.
            open.due = min(open.due, max(earliest, now))
            want = open
        } else {
            if now < earliest { counters.coalesced += 1 }
            want = Want(due: max(earliest, now))
        }
        return timePassed(now: now)
    }

    /// A FIR came in from `sender`. Its repetitions, told by the number, ask for nothing new while a key frame may be on
    /// its way, which is taken to be a second. Where it was lost, the receiver goes on with the old number (RFC 5104
    /// §3.5.1.1).
    package mutating func fullIntraRequest(from sender: UInt32, sequence: UInt8, now: MediaInstant) -> KeyframeAsk? {
        if let index = commands.firstIndex(where: { $0.sender == sender }) {
            guard commands[index].sequence != sequence || !isShort(of: commands[index].taken, now) else {
                counters.duplicates += 1
                return nil
            }
            commands.remove(at: index)
        }
        if commands.count == 8 { commands.removeFirst() }
        commands.append((sender, sequence, now))
        return request(.fullIntra, now: now)
    }

    // MARK: - The source

    /// A packet that starts a key frame has come: everybody has what they wanted.
    package mutating func keyframeArrived() {
        counters.keyframes += 1
        want = nil
    }

    /// The INFO that was sent has been refused.
    /// - Parameter forGood: it does not understand such (405, 415, 501 …); else it is to be tried again (491, 500).
    package mutating func fastUpdateRefused(forGood: Bool, now: MediaInstant) {
        if forGood {
            ways.remove(.fastUpdate)
        } else if var open = want {
            open.due = min(open.due, now.advanced(byMilliseconds: Interval.repetition))
            want = open
        }
    }

    /// To be called at `nextDeadline`.
    /// - Returns: what to send now, if anything.
    package mutating func timePassed(now: MediaInstant) -> KeyframeAsk? {
        guard var open = want, now >= open.due, !ways.isEmpty else { return nil }
        let isRepetition = open.asks == 1 && open.mayRepeat && lastAsk.map { isShort(of: $0, now) } == true
        if isRepetition {
            open.mayRepeat = false
        } else {
            open.asks += 1
            lastAsk = now
        }
        let last = lastAsk ?? now
        if open.asks == 1, open.mayRepeat {
            open.due = now.advanced(byMilliseconds: Interval.repetition)
        } else if open.asks < Self.asksBeforeResignation {
            open.due = last.advanced(byMilliseconds: Interval.ask)
        } else {
            open.due = last.advanced(byMilliseconds: Interval.resignation)
        }
        want = open
        return ask(isRepetition: isRepetition)
    }

    /// Less than a full interval since `last`: what is sent now can only be its repetition.
    private func isShort(of last: MediaInstant, _ now: MediaInstant) -> Bool {
        now < last.advanced(byMilliseconds: Interval.ask)
    }

    private mutating func ask(isRepetition: Bool) -> KeyframeAsk? {
        let ask: KeyframeAsk
        if ways.contains(.pictureLoss) {
            ask = .pictureLoss
        } else if ways.contains(.fullIntra) {
            if !isRepetition { command &+= 1 }
            ask = .fullIntra(sequence: command)
        } else {
            ask = .fastUpdate
        }
        counters.count(ask)
        return ask
    }
}
