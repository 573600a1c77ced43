// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// A WAV file as a loudspeaker. Frames are handed to a thread of its own, which writes them each tenth of a second.
package final class WAVFileSink: AudioSink {
    private struct Pending {
        var samples: [Int16] = []
        var accepts = false
        var thread: DeviceThread?
    }

    /// Samples that may wait for a slow disk, in seconds; past that they are dropped and the event says so.
    private static let patience = 10

    package let sampleRate: Int
    package let name: String
    private let events: DeviceEventHandler
    private let pending = Mutex(Pending())

    package init(path: String, sampleRate: Int, events: @escaping DeviceEventHandler) {
        self.sampleRate = sampleRate
        self.events = events
        name = path
    }

    package func start() throws(DeviceError) {
        guard pending.withLock({ $0.thread == nil }) else { return }
        let handOff = HandOff(try WAVWriter(path: name, sampleRate: sampleRate))
        let capacity = sampleRate
        pending.withLock { pending in
            pending.samples.reserveCapacity(capacity)
            pending.accepts = true
        }
        // The thread holds the sink until `stop`, so that a recording is never cut by a forgotten reference.
        let thread = try DeviceThread(name: "confab-record") { [self] thread in
            guard let writer = handOff.take() else { return }
            record(to: writer, until: thread, capacity: capacity)
        }
        pending.withLock { $0.thread = thread }
    }

    package func write(_ frame: Span<Int16>) {
        pending.withLock { pending in
            guard pending.accepts, pending.samples.count + frame.count <= sampleRate * Self.patience else { return }
            for index in frame.indices { pending.samples.append(frame[index]) }
        }
    }

    package func stop() {
        let thread = pending.withLock { pending in
            pending.accepts = false
            return pending.thread.take()
        }
        thread?.stop()
    }

    private func record(to writer: consuming WAVWriter, until thread: DeviceThread, capacity: Int) {
        var chunk: [Int16] = []
        chunk.reserveCapacity(capacity)
        var isLast = false
        do throws(DeviceError) {
            while !isLast {
                thread.sleep(for: .milliseconds(100))
                // Read before the samples are taken: whatever was accepted before `stop` is in the last round.
                isLast = thread.isStopping
                pending.withLock { pending in swap(&pending.samples, &chunk) }
                try writer.append(chunk.span)
                chunk.removeAll(keepingCapacity: true)
            }
            try writer.finish()
        } catch {
            pending.withLock { $0.accepts = false }
            events(.recordingStopped(path: name, reason: error.description))
        }
    }
}
