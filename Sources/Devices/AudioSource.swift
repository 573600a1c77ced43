// SPDX-License-Identifier: GPL-3.0-or-later

/// Where a user agent's outgoing audio comes from: a microphone, a file, a tone, or nothing.
///
/// Frames are pulled by the media thread, one each 20 ms. A source that has a clock of its own (a sound card) buffers
/// a little and bends its samples to the puller's clock, so that nobody downstream has to know about drift.
package protocol AudioSource: AnyObject, Sendable {
    /// Rate of the samples handed out, in Hz. Fixed for the life of the source.
    var sampleRate: Int { get }

    /// What a person would call it: `tone 440 Hz`, `meeting.wav`, `ALSA device "default"`.
    var name: String { get }

    /// Begins to capture. Sources without hardware have nothing to begin.
    func start() throws(DeviceError)

    /// Fills `frame` with the next mono samples; what the source cannot supply is filled with silence.
    ///
    /// Never blocks, never allocates. Any thread, one at a time.
    /// - Returns: how many samples at the front of `frame` are the source's own.
    func read(into frame: inout MutableSpan<Int16>) -> Int

    /// Whether the source will never again have samples: a file played once. Loops and devices never end.
    var hasEnded: Bool { get }

    /// Stops capturing and frees the device. Blocks for up to a device period; safe to call twice.
    func stop()
}

/// Lengths of the frames that pass between devices and the user agent.
package enum AudioFrame {
    /// Milliseconds in a frame.
    package static let milliseconds = 20

    /// Samples in a 20 ms frame at `sampleRate` Hz.
    package static func samples(at sampleRate: Int) -> Int {
        sampleRate * milliseconds / 1000
    }
}

extension MutableSpan<Int16> {
    /// Sets every sample from `start` on to silence.
    mutating func silence(from start: Int = 0) {
        var index = start
        while index < count {
            self[index] = 0
            index += 1
        }
    }
}
