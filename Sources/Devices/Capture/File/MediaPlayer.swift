// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import Synchronization

/// Plays a file for whoever looks and whoever listens, on a thread each and by one clock. Runs while anybody does.
final class MediaPlayer: Sendable {
    /// Who looks.
    struct Viewer: Sendable {
        var wish: CaptureFormat
        var deliver: @Sendable (CapturedPicture) -> Void
        var report: @Sendable (CaptureEvent) -> Void
    }

    private struct State {
        var timeline: MediaTimeline?
        var threads: [DeviceThread] = []
        var isWatched = false
        var isHeard = false
    }

    let path: String
    let once: Bool
    /// Hz of the sound; nil where the file has none.
    let soundRate: Int?
    /// Held while a picture is delivered, so that none comes after a viewer has gone.
    let viewer = Mutex<Viewer?>(nil)
    let samples: Mutex<TimedSamples>
    private let state = Mutex(State())
    private let ended = Atomic(false)

    init(path: String, once: Bool, soundRate: Int?) {
        self.path = path
        self.once = once
        self.soundRate = soundRate
        samples = Mutex(TimedSamples(rate: soundRate ?? 0))
    }

    /// Whether a file played once is over.
    var hasEnded: Bool { ended.load(ordering: .relaxed) }

    func end() { ended.store(true, ordering: .relaxed) }

    func watch(_ viewer: Viewer) throws(DeviceError) {
        let isNew = self.viewer.withLock { current in
            if current != nil { return false }
            current = viewer
            return true
        }
        guard isNew else { return }
        do throws(DeviceError) {
            try change { $0.isWatched = true }
        } catch {
            self.viewer.withLock { $0 = nil }
            throw error
        }
    }

    func unwatch() {
        viewer.withLock { $0 = nil }
        try? change { $0.isWatched = false }
    }

    func listen() throws(DeviceError) { try change { $0.isHeard = true } }

    func unlisten() { try? change { $0.isHeard = false } }

    /// What of the sound is due now.
    func read(into frame: inout MutableSpan<Int16>) -> Int {
        guard let soundRate, let timeline = state.withLock({ $0.timeline }) else {
            frame.silence()
            return 0
        }
        let place = Int(MonotonicSleep.now() - timeline.origin) / 1000 * soundRate / 1_000_000
        // A closure cannot capture a span, and the lock is held for no more than this copy.
        return unsafe frame.withUnsafeMutableBufferPointer { buffer in
            samples.withLock { samples in
                var span = unsafe buffer.mutableSpan
                return samples.read(&span, now: place)
            }
        }
    }

    /// Starts the threads with the first who wants them and stops them with the last.
    private func change(_ update: (inout State) -> Void) throws(DeviceError) {
        let done = try state.withLock { state throws(DeviceError) -> [DeviceThread] in
            update(&state)
            if state.isWatched || state.isHeard {
                if state.timeline == nil { try begin(&state) }
                return []
            }
            state.timeline = nil
            return state.threads.take()
        }
        for thread in done { thread.stop() }
    }

    private func begin(_ state: inout State) throws(DeviceError) {
        guard let pictures = try MediaReader.open(path, .pictures) else {
            throw .badFile(path: path, reason: "has no picture in it")
        }
        let sound = soundRate == nil ? nil : try MediaReader.open(path, .sound)
        ended.store(false, ordering: .relaxed)
        samples.withLock { $0 = TimedSamples(rate: soundRate ?? 0) }
        // A moment for the first picture and the first sound to be decoded in.
        let timeline = MediaTimeline(origin: MonotonicSleep.now() + 100_000_000, streams: sound == nil ? 1 : 2)
        let first = HandOff(pictures)
        let watching = try DeviceThread(name: "confab-file") { [self] thread in
            guard let reader = first.take() else { return }
            var pictures = FilePictures(self, reader, timeline)
            pictures.play(until: thread)
        }
        state.threads = [watching]
        state.timeline = timeline
        guard let sound, let soundRate else { return }
        let second = HandOff(sound)
        let listening = try DeviceThread(name: "confab-file-snd") { [self] thread in
            guard let reader = second.take() else { return }
            var sound = FileSound(self, reader, timeline, rate: soundRate)
            sound.play(until: thread)
        }
        state.threads.append(listening)
    }
}

extension [DeviceThread] {
    fileprivate mutating func take() -> Self {
        let all = self
        self = []
        return all
    }
}
