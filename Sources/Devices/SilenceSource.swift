// SPDX-License-Identifier: GPL-3.0-or-later

/// A microphone that hears nothing.
package final class SilenceSource: AudioSource {
    package let sampleRate: Int
    package let name = "none"
    package let hasEnded = false

    package init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    package func start() {}

    package func read(into frame: inout MutableSpan<Int16>) -> Int {
        frame.silence()
        return frame.count
    }

    package func stop() {}
}

/// A loudspeaker that nobody hears.
package final class NullSink: AudioSink {
    package let sampleRate: Int
    package let name = "none"

    package init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    package func start() {}

    package func write(_ frame: Span<Int16>) {}

    package func stop() {}
}
