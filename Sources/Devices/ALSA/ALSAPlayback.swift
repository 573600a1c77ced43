// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// An ALSA loudspeaker on a thread of its own. A device that vanishes swallows what it is given until it is back.
package final class ALSAPlayback: AudioSink {
    package let sampleRate: Int
    package let name: String
    private let events: DeviceEventHandler
    private let bridge: SampleBridge
    private let thread = Mutex<DeviceThread?>(nil)

    package init(device: String, sampleRate: Int, events: @escaping DeviceEventHandler) {
        self.sampleRate = sampleRate
        self.events = events
        name = device
        bridge = SampleBridge(outputRate: sampleRate)
    }

    package func start() throws(DeviceError) {
        guard thread.withLock({ $0 == nil }) else { return }
        let first = HandOff(try PCM(device: name, direction: .playback, sampleRate: sampleRate))
        let started = try DeviceThread(name: "confab-playback") { [self] thread in
            guard let pcm = first.take() else { return }
            keepOpen(device: name, .playback, sampleRate, first: pcm, until: thread, events: events) { pcm, glitched in
                play(on: pcm, until: thread, glitched)
            }
        }
        thread.withLock { $0 = started }
    }

    package func write(_ frame: Span<Int16>) {
        bridge.push(frame)
    }

    package func stop() {
        thread.withLock { $0.take() }?.stop()
    }

    /// - Returns: why the device is lost, or nil after `stop`.
    private func play(on pcm: borrowing PCM, until thread: DeviceThread, _ glitched: () -> Void) -> String? {
        var mono = [Int16](repeating: 0, count: pcm.period)
        var interleaved = [Int16](repeating: 0, count: pcm.period * pcm.channels)
        var written = pcm.period
        var pace = DevicePace(sampleRate: pcm.sampleRate)
        bridge.restart(inputRate: sampleRate, outputRate: pcm.sampleRate)
        while !thread.isStopping {
            switch pcm.wait(milliseconds: 100) {
            case .frames(0): continue
            case .frames: break
            case .restarted:
                glitched()
                continue
            case .lost(let reason): return reason
            }
            if written == pcm.period {
                var span = mono.mutableSpan
                _ = bridge.pull(into: &span)
                for index in 0..<pcm.period {
                    for channel in 0..<pcm.channels { interleaved[index * pcm.channels + channel] = mono[index] }
                }
                written = 0
            }
            switch pcm.write(interleaved, from: written) {
            case .frames(let count):
                written += count
                pace.passed(count, on: thread)
            case .restarted: glitched()
            case .lost(let reason): return reason
            }
        }
        let rest = min(pcm.delay, .milliseconds(150))
        MonotonicSleep.sleep(until: MonotonicSleep.now() + rest.nanoseconds)
        return nil
    }
}
