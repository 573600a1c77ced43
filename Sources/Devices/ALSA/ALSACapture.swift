// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// An ALSA microphone on a thread of its own.
///
/// The device's clock is bent to the reader's by `SampleBridge`. A device that vanishes is silence until it is back.
package final class ALSACapture: AudioSource {
    package let sampleRate: Int
    package let name: String
    package let hasEnded = false
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
        let first = HandOff(try PCM(device: name, direction: .capture, sampleRate: sampleRate))
        let started = try DeviceThread(name: "confab-capture") { [self] thread in
            guard let pcm = first.take() else { return }
            keepOpen(device: name, .capture, sampleRate, first: pcm, until: thread, events: events) { pcm, glitched in
                capture(from: pcm, until: thread, glitched)
            }
        }
        thread.withLock { $0 = started }
    }

    package func read(into frame: inout MutableSpan<Int16>) -> Int {
        bridge.pull(into: &frame)
    }

    package func stop() {
        thread.withLock { $0.take() }?.stop()
    }

    /// - Returns: why the device is lost, or nil after `stop`.
    private func capture(from pcm: borrowing PCM, until thread: DeviceThread, _ glitched: () -> Void) -> String? {
        var interleaved = [Int16](repeating: 0, count: pcm.period * pcm.channels)
        var mono = [Int16](repeating: 0, count: pcm.period)
        var pace = DevicePace(sampleRate: pcm.sampleRate)
        bridge.restart(inputRate: pcm.sampleRate, outputRate: sampleRate)
        while !thread.isStopping {
            switch pcm.wait(milliseconds: 100) {
            case .frames(0): continue
            case .frames: break
            case .restarted:
                glitched()
                continue
            case .lost(let reason): return reason
            }
            switch pcm.read(into: &interleaved) {
            case .frames(let count):
                for index in 0..<count {
                    mono[index] =
                        pcm.channels == 1
                        ? interleaved[index]
                        : Int16((Int32(interleaved[2 * index]) + Int32(interleaved[2 * index + 1])) / 2)
                }
                bridge.push(mono.span.extracting(first: count))
                pace.passed(count, on: thread)
            case .restarted: glitched()
            case .lost(let reason): return reason
            }
        }
        return nil
    }
}
