// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import Synchronization

/// What a person in a meeting would see, as files: for machines without a display, and for tests.
package final class SceneRecorder: Sendable {
    private struct State {
        var thread: DeviceThread?
        /// Of the next PNG file; another call goes on counting.
        var number = 1
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
        let files = PNGSequence(folder: target.path, number: state.withLock { $0.number })
        defer { state.withLock { $0.number = files.number } }
        var schedule = PacedClock.Schedule(start: MonotonicSleep.now(), period: .seconds(1 / rate))
        while !thread.isStopping {
            let picture = scene.draw(tiles(), SceneState(), on: Self.size)
            try files.write(picture)
            _ = schedule.beat(now: MonotonicSleep.now())
            thread.sleep(for: .nanoseconds(schedule.nextDue - MonotonicSleep.now()))
        }
    }
}

/// What `--video-out` names.
package enum SceneRecording: Hashable, Sendable {
    /// A folder of PNG files, numbered from 000001.
    case pictures(folder: String)

    package init(path: String) {
        self = .pictures(folder: path)
    }

    var path: String {
        switch self {
        case .pictures(let folder): folder
        }
    }

    var usualRate: Double {
        switch self {
        case .pictures: 1
        }
    }

    func prepare() throws(DeviceError) {
        switch self {
        case .pictures(let folder): try PNGSequence.makeFolder(folder)
        }
    }
}
