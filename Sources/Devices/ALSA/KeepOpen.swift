// SPDX-License-Identifier: GPL-3.0-or-later

/// Runs `use` on an open device, and opens the device anew each second after it was lost, until `thread` is stopped.
///
/// `use` returns why the device was lost, or nil when it was asked to stop; it calls the closure it is given for each
/// restart of the stream.
func keepOpen(
    device: String, _ direction: PCM.Direction, _ sampleRate: Int, first: consuming PCM, until thread: DeviceThread,
    events: @escaping DeviceEventHandler, use: (borrowing PCM, () -> Void) -> String?
) {
    var glitches = 0
    var next: PCM? = first
    while !thread.isStopping {
        if let pcm = next.take() {
            let reason = use(pcm) {
                glitches += 1
                events(.glitch(device: device, count: glitches))
            }
            guard let reason else { return }
            events(.vanished(device: device, reason: reason))
        }
        thread.sleep(for: .seconds(1))
        guard !thread.isStopping else { return }
        do throws(DeviceError) {
            next = try PCM(device: device, direction: direction, sampleRate: sampleRate)
            events(.returned(device: device))
        } catch {
            next = nil
        }
    }
}

/// Holds back a device that has no clock (ALSA's `null`, some plug-ins), which would spin its thread.
struct DevicePace {
    private let sampleRate: Int
    private let start = MonotonicSleep.now()
    private var frames: Int64 = 0

    init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    /// Notes that `count` frames passed and sleeps where half a second more passed than there was time for.
    mutating func passed(_ count: Int, on thread: DeviceThread) {
        frames += Int64(count)
        let ahead = frames * 1_000_000_000 / Int64(sampleRate) - (MonotonicSleep.now() - start)
        if ahead > 500_000_000 { thread.sleep(for: .milliseconds(20)) }
    }
}
