// SPDX-License-Identifier: GPL-3.0-or-later

import CSpeexDSP

/// Removes from a microphone what the loudspeaker plays, and steady noise, before anybody else hears it.
///
/// speexdsp's adaptive filter spans 200 ms; `EchoDelay` finds how long the sound takes through cards and buffers and
/// shifts the filter there. Not `Sendable`: one thread. Adds no delay to the microphone.
@safe package final class EchoCanceller {
    /// What to do besides cancelling echo.
    package struct Options: Hashable, Sendable {
        /// How far steady noise is turned down, dB; 0 leaves it.
        package var noiseSuppression: Int
        /// Whether speech is brought to one level.
        package var levelling: Bool

        package init(noiseSuppression: Int = 18, levelling: Bool = false) {
            self.noiseSuppression = noiseSuppression
            self.levelling = levelling
        }
    }

    /// Length of the adaptive filter, ms: how much an echo may be spread and the delay estimate be wrong.
    package static let tail = 200

    private let frame: Int
    private let echo: OpaquePointer
    private let preprocess: OpaquePointer
    private var history: PlayedHistory
    private var delay: EchoDelay
    private var reference: [Int16]
    private var recorded: [Int16]
    private var cleaned: [Int16]

    /// - Parameter sampleRate: 8000, 16000 or 48000 Hz of both directions, mono, in 20 ms frames.
    /// - Returns: nil where speexdsp has no memory.
    package init?(sampleRate: Int, options: Options = Options()) {
        let frame = sampleRate / 50
        guard let echo = unsafe speex_echo_state_init(Int32(frame), Int32(sampleRate * Self.tail / 1000)) else {
            return nil
        }
        guard let preprocess = unsafe speex_preprocess_state_init(Int32(frame), Int32(sampleRate)) else {
            unsafe speex_echo_state_destroy(echo)
            return nil
        }
        self.frame = frame
        unsafe self.echo = echo
        unsafe self.preprocess = preprocess
        history = PlayedHistory(frame: frame, longest: EchoDelay.longest)
        delay = EchoDelay(sampleRate: sampleRate)
        reference = Array(repeating: 0, count: frame)
        recorded = reference
        cleaned = reference
        var rate = Int32(sampleRate)
        unsafe speex_echo_ctl(echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate)
        unsafe speex_preprocess_ctl(preprocess, SPEEX_PREPROCESS_SET_ECHO_STATE, UnsafeMutableRawPointer(echo))
        set(SPEEX_PREPROCESS_SET_DENOISE, options.noiseSuppression > 0 ? 1 : 0)
        set(SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, -Int32(options.noiseSuppression))
        set(SPEEX_PREPROCESS_SET_AGC, options.levelling ? 1 : 0)
        set(SPEEX_PREPROCESS_SET_ECHO_SUPPRESS, -45)
        set(SPEEX_PREPROCESS_SET_ECHO_SUPPRESS_ACTIVE, -15)
    }

    deinit {
        unsafe speex_preprocess_state_destroy(preprocess)
        unsafe speex_echo_state_destroy(echo)
    }

    /// Samples in each frame given to `process`: 20 ms.
    package var frameLength: Int { frame }

    /// How long sound takes from `played` back to `captured`, in milliseconds before the filter begins.
    package var assumedDelay: Int { delay.shift }

    /// Cleans one frame.
    ///
    /// - Parameters:
    ///   - samples: what the microphone gave; replaced by what is left of it.
    ///   - played: what was handed to the loudspeaker in the same 20 ms; silence when nothing was.
    ///
    /// Frames of another length than `frameLength` are left as they are.
    package func process(_ samples: inout MutableSpan<Int16>, played: Span<Int16>) {
        guard samples.count == frame, played.count == frame else { return }
        history.push(played)
        for index in 0..<frame { recorded[index] = samples[index] }
        if delay.observe(captured: recorded.span, played: played) { unsafe speex_echo_state_reset(echo) }
        history.copy(framesAgo: delay.shift / 20, into: &reference)
        unsafe speex_echo_cancellation(echo, recorded, reference, &cleaned)
        unsafe speex_preprocess_run(preprocess, &cleaned)
        for index in 0..<frame { samples[index] = cleaned[index] }
    }

    /// Forgets the room, for another device.
    package func reset() {
        unsafe speex_echo_state_reset(echo)
        history = PlayedHistory(frame: frame, longest: EchoDelay.longest)
        delay = EchoDelay(sampleRate: frame * 50)
    }

    private func set(_ request: Int32, _ value: Int32) {
        var value = value
        unsafe speex_preprocess_ctl(preprocess, request, &value)
    }
}

/// The last frames handed to the loudspeaker.
struct PlayedHistory {
    private let frame: Int
    private let frames: Int
    private var storage: [Int16]
    private var newest = 0

    /// - Parameter longest: milliseconds to reach back.
    init(frame: Int, longest: Int) {
        self.frame = frame
        frames = longest / 20 + 1
        storage = Array(repeating: 0, count: frame * frames)
    }

    mutating func push(_ played: Span<Int16>) {
        newest = (newest + 1) % frames
        for index in 0..<frame { storage[newest * frame + index] = played[index] }
    }

    func copy(framesAgo: Int, into reference: inout [Int16]) {
        let slot = (newest - min(framesAgo, frames - 1) + frames) % frames
        for index in 0..<frame { reference[index] = storage[slot * frame + index] }
    }
}
