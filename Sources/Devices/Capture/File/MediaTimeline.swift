// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// The one clock of a file's picture and sound: when it began, and where each time through it begins.
///
/// A time through ends when both have ended, the longer one deciding; so they begin the next together, however often.
final class MediaTimeline: Sendable {
    private struct State {
        /// Streams that have ended in this time through, or for good.
        var finished: Set<Int> = []
        var left: Set<Int> = []
        var turn = 0
        /// Where this time through begins, ns from the start.
        var base: Int64 = 0
        var longest: Int64 = 0
    }

    /// Nanoseconds of `CLOCK_MONOTONIC` when it began.
    let origin: Int64
    private let streams: Int
    private let state = Mutex(State())

    /// - Parameter streams: how many take part: 1, or 2 with sound.
    init(origin: Int64, streams: Int) {
        self.origin = origin
        self.streams = streams
    }

    /// Where turn number `turn` begins, ns from the origin; nil while the turn before goes on.
    func base(of turn: Int) -> Int64? {
        state.withLock { $0.turn == turn ? $0.base : nil }
    }

    /// Stream `stream` has ended at `end`, ns from the beginning of the turn.
    func finish(_ stream: Int, at end: Int64) {
        state.withLock { state in
            state.finished.insert(stream)
            state.longest = max(state.longest, end)
            advance(&state)
        }
    }

    /// Stream `stream` takes no part any more.
    func leave(_ stream: Int) {
        state.withLock { state in
            state.left.insert(stream)
            advance(&state)
        }
    }

    private func advance(_ state: inout State) {
        guard state.finished.union(state.left).count >= streams, !state.finished.isEmpty else { return }
        state.base += max(state.longest, 1_000_000)
        state.turn += 1
        state.longest = 0
        state.finished = []
    }
}
