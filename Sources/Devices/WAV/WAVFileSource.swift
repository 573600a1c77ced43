// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Synchronization

/// A WAV file as a microphone: read and resampled whole when it is opened, so that the media thread touches no disk.
package final class WAVFileSource: AudioSource {
    package let sampleRate: Int
    package let name: String
    private let samples: [Int16]
    private let once: Bool
    private let position = Mutex<Int>(0)

    /// Blocks on the file.
    /// - Parameter once: silence after the end instead of beginning again.
    /// - Throws: `DeviceError.badFile`.
    package init(path: String, sampleRate: Int, once: Bool = false) throws(DeviceError) {
        self.sampleRate = sampleRate
        self.once = once
        name = path
        samples = try WAVRecording(path: path).resampled(to: sampleRate).samples
        guard !samples.isEmpty else { throw .badFile(path: path, reason: "is too short") }
    }

    package var hasEnded: Bool {
        once && position.withLock { $0 } >= samples.count
    }

    package func start() {}

    package func read(into frame: inout MutableSpan<Int16>) -> Int {
        var next = position.withLock { $0 }
        var filled = 0
        while filled < frame.count {
            if next >= samples.count {
                if once { break }
                next = 0
            }
            frame[filled] = samples[next]
            filled += 1
            next += 1
        }
        frame.silence(from: filled)
        position.withLock { $0 = next }
        return filled
    }

    package func stop() {}
}

extension WAVRecording {
    /// Blocks on the file.
    /// - Throws: `DeviceError.badFile` with a reason for a person.
    package init(path: String) throws(DeviceError) {
        let bytes = try FileBytes.read(path: path)
        do throws(WAVFault) {
            try self.init(bytes.span)
        } catch {
            throw .badFile(path: path, reason: error.reason)
        }
    }
}
