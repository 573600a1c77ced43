// SPDX-License-Identifier: GPL-3.0-or-later

/// One announcement being played, tick by tick, at whatever rate the room has in that tick.
struct AnnouncementPlayer {
    let announcement: Announcement
    private let sound: AnnouncementSound
    private var tick = 0
    private var gain: Float = 1
    private var isStopping = false

    /// Ticks that a stopped announcement takes to fade.
    private static let fade: Float = 3

    init(_ announcement: Announcement) {
        self.announcement = announcement
        sound = announcement.sound
    }

    var isFinished: Bool { gain <= 0 || (!announcement.repeats && tick >= sound.ticks) }

    /// Lets it fade within 60 ms.
    mutating func stop() { isStopping = true }

    private var nextGain: Float { isStopping ? max(0, gain - 1 / Self.fade) : gain }

    /// Adds this tick's samples to `sum`.
    func render(into sum: SumFrame, rate: Int) {
        unsafe sound.withChunk(tick, rate: rate) { unsafe sum.add($0, gain: gain, to: nextGain) }
    }

    mutating func advance() {
        gain = nextGain
        tick += 1
    }
}
