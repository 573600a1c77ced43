// SPDX-License-Identifier: GPL-3.0-or-later

/// Announcements being played one after the other, tick by tick, at whatever rate the room has in that tick.
struct AnnouncementPlayer {
    /// What it is; nil for a recording.
    let announcement: Announcement?
    private let sounds: [AnnouncementSound]
    /// The last one, for ever.
    private let repeats: Bool
    private let ticks: Int
    /// Of all of them together.
    private var tick = 0
    /// The one that sounds, and when it began.
    private var index = 0
    private var began = 0
    private var gain: Float = 1
    private var isStopping = false

    /// Ticks that a stopped announcement takes to fade.
    private static let fade: Float = 3

    init(_ announcement: Announcement) {
        self.init(SpokenAnnouncement(announcement), announcement)
    }

    init(_ spoken: SpokenAnnouncement, _ announcement: Announcement? = nil) {
        self.announcement = announcement
        sounds = spoken.sounds
        repeats = spoken.repeats
        ticks = spoken.sounds.reduce(0) { $0 + $1.ticks }
    }

    var isFinished: Bool { gain <= 0 || sounds.isEmpty || (!repeats && tick >= ticks) }

    /// Lets it fade within 60 ms.
    mutating func stop() { isStopping = true }

    private var nextGain: Float { isStopping ? max(0, gain - 1 / Self.fade) : gain }

    /// Adds this tick's samples to `sum`.
    func render(into sum: SumFrame, rate: Int) {
        guard sounds.indices.contains(index) else { return }
        unsafe sounds[index].withChunk(tick - began, rate: rate) { unsafe sum.add($0, gain: gain, to: nextGain) }
    }

    mutating func advance() {
        gain = nextGain
        tick += 1
        guard sounds.indices.contains(index), tick - began >= sounds[index].ticks else { return }
        began = tick
        index = index + 1 == sounds.count && repeats ? index : index + 1
    }
}

/// What is said to somebody: sounds one after the other.
package struct SpokenAnnouncement: Sendable {
    package var sounds: [AnnouncementSound]
    /// The last of them goes on until it is stopped.
    package var repeats: Bool

    package init(_ sounds: [AnnouncementSound], repeats: Bool = false) {
        self.sounds = sounds
        self.repeats = repeats
    }

    package init(_ announcement: Announcement) {
        self.init([announcement.sound], repeats: announcement.repeats)
    }
}
