// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Synchronization
import Video

/// Where the media thread of a room and the thread of its canvas meet. Packets pass without a lock, what is rare by a mailbox.
final class GridPort: Sendable {
    /// Of cameras: from the media thread to the canvas.
    let packets = PictureRing(capacity: 1024)
    /// Of canvases: from the canvas to the media thread.
    let canvases = PictureRing(capacity: 512)

    private let events = Mutex<[GridEvent]>([])
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called on the canvas's thread when there is something for the media thread.
    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    /// Tells the media thread that packets wait, and of `events`.
    func report(_ events: [GridEvent]) {
        if !events.isEmpty { self.events.withLock { $0 += events } }
        wake()
    }

    /// What was reported since the last call.
    func takeEvents() -> [GridEvent] {
        events.withLock { events in
            let taken = events
            if !events.isEmpty { events = [] }
            return taken
        }
    }
}
