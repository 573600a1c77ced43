// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// The thread that plays a file's sound: keeps half a second of it ready for whoever reads.
struct FileSound {
    private let player: MediaPlayer
    private let reader: MediaReader
    private let timeline: MediaTimeline
    private let converter: SoundConverter
    private let rate: Int

    init(_ player: MediaPlayer, _ reader: MediaReader, _ timeline: MediaTimeline, rate: Int) {
        self.player = player
        self.reader = reader
        self.timeline = timeline
        self.rate = rate
        converter = SoundConverter(rate: rate)
    }

    mutating func play(until thread: DeviceThread) {
        defer { timeline.leave(MediaReader.Kind.sound.rawValue) }
        var turn = 0
        while !thread.isStopping {
            guard let base = timeline.base(of: turn) else {
                MonotonicSleep.sleep(until: MonotonicSleep.now() + 5_000_000)
                continue
            }
            guard turn == 0 || !player.once else { return }
            let end = playThrough(from: base, until: thread)
            guard !thread.isStopping else { return }
            timeline.finish(MediaReader.Kind.sound.rawValue, at: end)
            turn += 1
            guard player.once || reader.rewind() else { return }
            converter.reset()
        }
    }

    /// - Parameter base: where it begins, ns from the timeline's origin.
    /// - Returns: how long it is, ns.
    private mutating func playThrough(from base: Int64, until thread: DeviceThread) -> Int64 {
        let start = samples(base)
        var place = start
        while !thread.isStopping {
            let now = samples(MonotonicSleep.now() - timeline.origin)
            if place > now + rate / 2 {
                MonotonicSleep.sleep(until: MonotonicSleep.now() + 20_000_000)
                continue
            }
            guard case .frame = reader.next(unless: { thread.isStopping }) else { break }
            guard let count = unsafe converter.convert(reader.frame) else { continue }
            if let time = reader.time {
                // Sound runs on by its own count; only a real gap or overlap is taken from the file's times.
                let stated = start + samples(max(0, time))
                let isOff = place == start || abs(stated - place) > rate / 100
                if isOff, stated < place + 10 * rate { place = stated }
            }
            let converted = converter.samples
            player.samples.withLock { $0.write(converted.span.extracting(first: count), at: place) }
            place += count
        }
        return Int64(place - start) * 1_000_000_000 / Int64(rate)
    }

    private func samples(_ nanoseconds: Int64) -> Int {
        Int(nanoseconds) / 1000 * rate / 1_000_000
    }
}
