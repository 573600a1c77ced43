// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// Why a source has no live picture.
package enum PictureAbsence: Int, CaseIterable, Hashable, Sendable {
    /// It has not been heard so far.
    case starting
    /// Its description or its user has switched the camera off.
    case cameraOff
    /// On hold.
    case held
    /// Nothing has come for longer than `SourcePatience`, or it said that nothing will.
    case stalled
    /// What came could not be decoded.
    case decoderError

    /// A stable word for metrics.
    package var label: String {
        switch self {
        case .starting: "restarted"
        case .cameraOff: "off"
        case .held: "held"
        case .stalled: "stalled"
        case .decoderError: "decoder"
        }
    }
}

/// Whether a source's picture may be shown: a tile never lies. Once a picture is not live, only the source's next key
/// frame makes it so again. A pure machine; times come in as arguments.
///
/// ```
///   absent(any) ── key frame, camera on, not held ──▶ live
///   live ── nothing for its patience, or it leaves,
///           or its sender is silent in every way ───▶ absent(stalled)
///   live ── decoder error, camera off, hold ────────▶ absent(that)
///   absent(cameraOff, held) ── undone ──────────────▶ absent(starting)
/// ```
package struct SourceHealth: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case live
        case absent(PictureAbsence)
    }

    package private(set) var state = State.absent(.starting)
    private var patience: SourcePatience

    private var isCameraOff = false
    private var isHeld = false
    /// When its newest packet came.
    package private(set) var lastPacket: MediaInstant?
    /// It was asked since its last packet whether it is still there.
    private var isDoubted = false

    /// What to do about a source when nothing else comes of its sender either.
    package enum Verdict: Hashable, Sendable {
        case nothing
        /// It is to be asked for a key frame.
        case ask
        /// It is not live any more.
        case gone
    }

    /// Milliseconds.
    private enum Silence {
        /// Later than this it goes on without the rest. Opus sends something each 400 ms where nobody talks (DTX).
        static let apart = 440
        /// More than `apart`: what answers is not part of the silence.
        static let doubt = 450
        static let gone = 900
    }

    package init(_ patience: SourcePatience = SourcePatience()) {
        self.patience = patience
    }

    package var isLive: Bool { state == .live }

    /// The source should be sending and is not live: a key frame is to be asked for.
    package var needsKeyframe: Bool { !isLive && !isCameraOff && !isHeld }

    /// When `timePassed` is to be called.
    package var nextDeadline: MediaInstant? {
        isLive ? lastPacket?.advanced(byMilliseconds: patience.milliseconds) : nil
    }

    /// A packet of the source has come.
    /// - Returns: whether the state has changed.
    @discardableResult
    package mutating func received(startsKeyframe: Bool, now: MediaInstant) -> Bool {
        lastPacket = now
        isDoubted = false
        patience.received(now: now)
        guard startsKeyframe, !isCameraOff, !isHeld else { return false }
        return become(.live)
    }

    /// Whether the source is silent in a way that is not its own and is to be asked for a key frame, once: the answer is to come before its
    /// patience ends.
    package mutating func takesDoubt(now: MediaInstant) -> Bool {
        guard isLive, !isDoubted, let doubt = patience.doubt, let lastPacket,
            now >= lastPacket.advanced(byMilliseconds: doubt)
        else { return false }
        isDoubted = true
        return true
    }

    /// Nothing else that flowed has come of the source's sender since `other`. Where the source stopped with all the
    /// rest, its sender is taken for dead, however long the source may be silent by itself; but it is asked first,
    /// once. Beside the patience, whose rhythm takes seconds to be known and says nothing of other streams.
    package mutating func senderSilent(since other: MediaInstant, now: MediaInstant) -> Verdict {
        guard isLive, let lastPacket, lastPacket < other.advanced(byMilliseconds: Silence.apart) else {
            return .nothing
        }
        let silence = now.milliseconds(since: max(lastPacket, other))
        if silence >= Silence.gone {
            left()
            return .gone
        }
        guard !isDoubted, silence >= Silence.doubt else { return .nothing }
        isDoubted = true
        return .ask
    }

    /// The source's own decoder failed, here or in a report of the leg's.
    /// - Returns: whether the state has changed.
    @discardableResult
    package mutating func decoderFailed() -> Bool {
        guard isLive else { return false }
        return become(.absent(.decoderError))
    }

    /// The source says that it ends (RTCP BYE, RFC 3550 §6.6).
    /// - Returns: whether the state has changed.
    @discardableResult
    package mutating func left() -> Bool {
        guard isLive else { return false }
        return become(.absent(.stalled))
    }

    /// - Returns: whether the state has changed.
    @discardableResult
    package mutating func setCamera(off: Bool) -> Bool {
        guard isCameraOff != off else { return false }
        isCameraOff = off
        return settle()
    }

    /// - Returns: whether the state has changed.
    @discardableResult
    package mutating func setHold(_ held: Bool) -> Bool {
        guard isHeld != held else { return false }
        isHeld = held
        return settle()
    }

    /// To be called at `nextDeadline`.
    /// - Returns: whether the state has changed.
    @discardableResult
    package mutating func timePassed(now: MediaInstant) -> Bool {
        guard let nextDeadline, now >= nextDeadline else { return false }
        return become(.absent(.stalled))
    }

    /// What signalling says stands above what was received: hold first, because a held camera is off too.
    private mutating func settle() -> Bool {
        if isHeld { return become(.absent(.held)) }
        if isCameraOff { return become(.absent(.cameraOff)) }
        return become(.absent(.starting))
    }

    private mutating func become(_ new: State) -> Bool {
        guard state != new else { return false }
        state = new
        return true
    }
}
