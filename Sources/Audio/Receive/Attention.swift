// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// How closely a leg is listened to: not at all in full while it is quiet, in full from an onset until half a second of
/// quiet has passed.
///
///     listening --(onset: a packet at or over -55 dBov)--> full
///     full      --(25 ticks below -60 dBov, or unwanted)--> listening
struct Attention {
    private enum State {
        case listening
        case full(quietTicks: Int)
    }

    /// Decibels below overload at which a quiet leg is taken to talk.
    static let onset: UInt8 = 55
    /// Decibels below overload that a talking leg may fall to.
    static let sustain: UInt8 = 60
    private static let hangoverTicks = 25

    private var state = State.listening

    var isFull: Bool {
        if case .full = state { return true }
        return false
    }

    mutating func onset() {
        state = .full(quietTicks: 0)
    }

    mutating func listen() {
        state = .listening
    }

    /// A tick of a leg decoded in full was at `level`. True when it has been quiet for long enough.
    mutating func heard(_ level: AudioLevel) -> Bool {
        guard case .full(let quiet) = state else { return false }
        if level.reaches(Self.sustain) {
            state = .full(quietTicks: 0)
            return false
        }
        state = .full(quietTicks: quiet + 1)
        return quiet + 1 >= Self.hangoverTicks
    }
}
