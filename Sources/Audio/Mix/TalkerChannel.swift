// SPDX-License-Identifier: GPL-3.0-or-later

/// One talker on its way into the mix: its frame of the tick at its codec's rate, with gain and with edges rounded.
final class TalkerChannel {
    private enum State {
        case free
        /// Heard; the next frame rises from zero when `fresh`.
        case open(fresh: Bool)
        /// Not selected any more: one more frame, falling to zero.
        case leaving
        /// Muted or gone: none of its audio any more, only the way from its last sample to zero.
        case cut
    }

    private var state = State.free
    private(set) var slot = -1
    /// dBov as in RFC 6464.
    private(set) var level: UInt8 = 127
    private var gain: Float = 1
    private var hasFrame = false
    /// Samples a second of the member's frames.
    private(set) var sampleRate = 8000
    private var last: Int16 = 0
    /// What goes into the mix this tick, at ``sampleRate``; between ticks what went in last.
    let frame = SampleFrame(capacity: 960)

    var isFree: Bool {
        if case .free = state { return true }
        return false
    }

    /// Whether the member's own audio, and not only its decay, is in this tick.
    var isHeard: Bool {
        switch state {
        case .open, .leaving: true
        case .free, .cut: false
        }
    }

    func open(slot: Int, rate: Int, gain: Float) {
        switch state {
        case .free:
            self.slot = slot
            sampleRate = rate
            self.gain = gain
            last = 0
            frame.silence(count: rate / 50)
            state = .open(fresh: true)
        case .leaving, .cut: state = .open(fresh: true)
        case .open: break
        }
    }

    func leave() { if case .open = state { state = .leaving } }

    func cut() {
        switch state {
        case .open, .leaving: state = .cut
        case .free, .cut: break
        }
    }

    /// Begins a tick, before any ``supply(_:level:gain:)``.
    func begin() { hasFrame = false }

    /// Takes the member's frame of this tick: 20 ms at its rate. Others are ignored.
    func supply(_ source: UnsafeBufferPointer<Int16>, gain target: Float) {
        guard source.count == sampleRate / 50, isHeard, !hasFrame else { return }
        hasFrame = true
        unsafe frame.load(source, gain: gain, to: target)
        gain = target
        switch state {
        case .open(let fresh):
            if fresh { frame.fadeIn(over: sampleRate / 400) }
            state = .open(fresh: false)
        case .leaving:
            // Done at 15 ms: what the filters of the resamplers still hold at the frame's end is silence then.
            frame.fadeOut(over: frame.count * 3 / 4)
        case .free, .cut: break
        }
    }

    func hear(level: UInt8) { self.level = level }

    /// Completes the tick's frame where none came.
    /// - Returns: false when the talker owed a frame.
    func complete() -> Bool {
        defer { last = frame.last }
        guard !hasFrame else { return true }
        frame.decay(from: last, over: sampleRate / 400, count: sampleRate / 50)
        guard case .open = state else { return true }
        state = .open(fresh: true)
        return false
    }

    /// Ends the tick; a channel that has left or was cut becomes free.
    func end() {
        switch state {
        case .leaving, .cut:
            state = .free
            slot = -1
        case .free, .open: break
        }
    }
}
