// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import Synchronization

/// The thread that plays a file's pictures: decodes a few ahead and delivers each when it is due.
struct FilePictures {
    private struct Pending {
        var due: Int64
        var picture: SharedPicture?
    }

    private let player: MediaPlayer
    private let reader: MediaReader
    private let timeline: MediaTimeline
    private let converter = PictureConverter()
    private let status: CaptureStatus
    private var pace: (wish: CaptureFormat, pictures: PicturePace)?
    private var pending: [Pending] = []

    /// Pictures decoded ahead: so the end of the file is known before its last picture is due.
    private static let ahead = 3
    /// Later than this, a picture is left out.
    private static let patience: Int64 = 200_000_000

    init(_ player: MediaPlayer, _ reader: MediaReader, _ timeline: MediaTimeline) {
        self.player = player
        self.reader = reader
        self.timeline = timeline
        status = CaptureStatus { event in player.viewer.withLock { $0?.report(event) } }
    }

    mutating func play(until thread: DeviceThread) {
        var turn = 0
        while !thread.isStopping, let base = wait(for: turn, until: thread) {
            if turn > 0, player.once {
                player.end()
                player.viewer.withLock { $0?.report(.ended) }
                return
            }
            let end = playThrough(from: timeline.origin + base, until: thread)
            guard !thread.isStopping else { return }
            guard let end, turn == 0 || end > 0 else {
                status.lost("no picture in it can be decoded")
                timeline.leave(MediaReader.Kind.pictures.rawValue)
                return
            }
            timeline.finish(MediaReader.Kind.pictures.rawValue, at: end)
            turn += 1
            if !player.once, !reader.rewind() {
                status.lost("cannot be played again from its start")
                timeline.leave(MediaReader.Kind.pictures.rawValue)
                return
            }
        }
    }

    /// Delivers what is due while the sound plays on.
    /// - Returns: where turn `turn` begins, when it does; nil when asked to stop.
    private mutating func wait(for turn: Int, until thread: DeviceThread) -> Int64? {
        while !thread.isStopping {
            deliver()
            if let base = timeline.base(of: turn) {
                guard turn > 0, player.once else { return base }
                // The end is what is waited for.
                if pending.isEmpty, MonotonicSleep.now() >= timeline.origin + base { return base }
            }
            MonotonicSleep.sleep(until: min(pending.first?.due ?? .max, MonotonicSleep.now() + 5_000_000))
        }
        return nil
    }

    /// Decodes the file once and delivers all but its last pictures, which are not due when the end is met.
    /// - Parameter start: monotonic time of its beginning, ns.
    /// - Returns: how long it is; nil when nothing in it could be decoded.
    private mutating func playThrough(from start: Int64, until thread: DeviceThread) -> Int64? {
        var last: Int64?
        while !thread.isStopping {
            guard pending.count < Self.ahead else {
                deliver()
                if pending.count >= Self.ahead, let due = pending.first?.due {
                    MonotonicSleep.sleep(until: min(due, MonotonicSleep.now() + 50_000_000))
                }
                continue
            }
            guard case .frame = reader.next(unless: { thread.isStopping }) else { break }
            // A time that goes back or leaps is a slip of the file's; the picture follows the one before.
            let next = last.map { $0 + reader.nominal } ?? 0
            var time = reader.time ?? next
            if let last, time <= last || time > last + 10_000_000_000 { time = next }
            last = max(0, time)
            add(due: start + max(0, time))
        }
        return last.map { $0 + reader.nominal }
    }

    /// Keeps the picture that was decoded for when it is due, unless it comes too late or too soon after another.
    private mutating func add(due: Int64) {
        guard let wish = player.viewer.withLock({ $0?.wish }) else {
            pace = nil
            pending.append(Pending(due: due, picture: nil))
            return
        }
        if pace?.wish != wish { pace = (wish, PicturePace(wish)) }
        guard due > MonotonicSleep.now() - Self.patience, pace?.pictures.wants(due) == true,
            let picture = unsafe converter.convert(reader.frame, wish)
        else { return }
        pending.append(Pending(due: due, picture: picture))
    }

    private mutating func deliver() {
        while let first = pending.first, first.due <= MonotonicSleep.now() {
            pending.removeFirst()
            guard let picture = first.picture else { continue }
            player.viewer.withLock { $0?.deliver(CapturedPicture(picture: picture, captured: first.due)) }
        }
    }
}
