// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture
import Synchronization

/// What a person in a meeting would see, as files: for machines without a display, and for tests.
package final class SceneRecorder: Sendable {
    private struct State {
        var thread: DeviceThread?
        /// Calls recorded, the present one included.
        var calls = 0
        /// PNG files written; another call goes on counting.
        var pictures = 0
    }

    private let target: SceneRecording
    private let rate: Double
    private let events: DeviceEventHandler
    private let state = Mutex(State())

    private static let size = PictureSize(1280, 720)

    /// - Parameters:
    ///   - target: where to.
    ///   - rate: pictures a second; by default what suits the kind of file.
    ///   - events: is told when the recording cannot go on, on the recorder's thread.
    /// - Throws: `DeviceError.badFile` where nothing can be written.
    package init(
        _ target: SceneRecording, rate: Double? = nil, events: @escaping DeviceEventHandler
    ) throws(DeviceError) {
        try target.prepare()
        self.target = target
        self.rate = rate ?? target.usualRate
        self.events = events
    }

    /// Begins to draw what `tiles` gives, which is called on a thread of the recorder's.
    package func start(_ tiles: @escaping @Sendable () -> [SceneTile]) throws(DeviceError) {
        stop()
        let thread = try DeviceThread(name: "confab-pictures") { [self] thread in
            do throws(DeviceError) {
                try record(tiles, until: thread)
            } catch {
                events(.recordingStopped(path: target.path, reason: error.reason))
            }
        }
        state.withLock { $0.thread = thread }
    }

    /// Returns when all is written. Safe to call twice.
    package func stop() {
        state.withLock { $0.thread.take() }?.stop()
    }

    private func record(_ tiles: () -> [SceneTile], until thread: DeviceThread) throws(DeviceError) {
        let scene = Scene()
        let sink = try sink()
        let start = MonotonicSleep.now()
        var schedule = PacedClock.Schedule(start: start, period: .seconds(1 / rate))
        while !thread.isStopping {
            try sink.write(scene.draw(tiles(), SceneState(), on: Self.size), at: MonotonicSleep.now() - start)
            state.withLock { $0.pictures += 1 }
            _ = schedule.beat(now: MonotonicSleep.now())
            thread.sleep(for: .nanoseconds(schedule.nextDue - MonotonicSleep.now()))
        }
        try sink.finish()
    }

    private func sink() throws(DeviceError) -> any SceneSink {
        let (calls, pictures) = state.withLock { state in
            state.calls += 1
            return (state.calls, state.pictures)
        }
        switch target {
        case .pictures(let folder): return PNGSequence(folder: folder, number: pictures + 1)
        case .movie(let path):
            return try MovieSink(path: SceneRecording.numbered(path, calls), size: Self.size, rate: rate)
        }
    }
}
