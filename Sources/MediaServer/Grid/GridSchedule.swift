// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// When a thread draws its canvases, and how long it may decode before that. A pure machine: times come in as arguments.
///
/// Canvases are drawn on an even beat. What takes longer than a beat leaves beats out, and `GridGovernor` makes them longer; a part of each
/// is for decoding all the same, or a thread that is too slow would draw one and the same picture for ever.
struct GridSchedule {
    /// A time of drawing that has come.
    struct Tick {
        /// Of the pictures, on the beat.
        let time: MediaInstant
        /// Beats left out before it.
        let missed: Int64
        /// It began late, or frames are still to be decoded.
        let isLate: Bool
        let began: MediaInstant
    }

    private(set) var governor: GridGovernor
    private(set) var nextTick = MediaInstant.zero
    /// The next tick decodes until then, however late it is.
    private var leastDecoding = MediaInstant.zero
    /// Work since the last tick, ns.
    private var busy: Int64 = 0
    /// Some frames were still to be decoded when the tick was due.
    private var isBehind = false

    init(wanted rate: Int) { governor = GridGovernor(wanted: rate) }

    /// Canvases a second.
    var rate: Int { governor.rate }

    private var period: Int64 { 1_000_000_000 / Int64(governor.rate) }

    /// There is a canvas, and was none before.
    mutating func begin(now: MediaInstant) {
        (nextTick, leastDecoding) = (now, now)
        (busy, isBehind) = (0, false)
        governor.restart(now: now)
    }

    /// Nanoseconds of the processor that each of so many cameras may have between two ticks.
    func share(of cameras: Int) -> Int64 {
        // Half of the time is the encoders'. A key frame of a large picture must fit in.
        max(10_000_000, period / 2 / Int64(max(1, cameras)))
    }

    /// When decoding has to end. What came just before a tick is on its canvas all the same.
    var decodingEnd: MediaInstant { max(nextTick.advanced(byNanoseconds: period / 8), leastDecoding) }

    mutating func leftFramesUndecoded() { isBehind = true }

    mutating func worked(_ nanoseconds: Int64) { busy += nanoseconds }

    func isDue(now: MediaInstant) -> Bool { now >= nextTick }

    /// The tick that begins now.
    mutating func tick(now: MediaInstant) -> Tick {
        let lateness = now.nanoseconds(since: nextTick)
        let missed = lateness / period
        return Tick(
            time: nextTick.advanced(byNanoseconds: missed * period), missed: missed,
            isLate: isBehind || lateness > period / 2, began: now)
    }

    /// Its canvases are drawn and encoded.
    mutating func ended(_ tick: Tick, now: MediaInstant) {
        busy += now.nanoseconds(since: tick.began)
        nextTick = tick.time.advanced(byNanoseconds: period)
        governor.ticked(isLate: tick.isLate, busy: busy, now: now)
        leastDecoding = now.advanced(byNanoseconds: period / 4)
        (busy, isBehind) = (0, false)
    }
}
