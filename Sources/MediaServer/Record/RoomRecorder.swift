// SPDX-License-Identifier: GPL-3.0-or-later
import Audio

/// The end of a recording on the media thread: gives what the room says to the thread that writes, and waits for nothing.
final class RoomRecorder {
    /// Of the mixer.
    let slot: Int
    private let recording: RoomRecording
    private var isPaused = false
    var notice: SpokenAnnouncement { recording.notice }
    /// When the writer last heard what time it is, ms since the mixer began.
    private var told: Int

    init(_ recording: RoomRecording, slot: Int, time: Int) {
        self.recording = recording
        self.slot = slot
        told = time
        tell(.start, time)
    }

    func take(_ packet: MixedPacket) {
        guard !isPaused else { return }
        let tag = RecordingTag(kind: .audio, ticks: packet.timestamp)
        recording.ring.give(unsafe Span<UInt8>(_unsafeBytes: packet.payload), tag)
    }

    /// Once a second the writer hears how far it is, or silence would have no length before its end.
    func tick(time: Int) {
        guard !isPaused, time - told >= 1000 else { return }
        tell(.clock, time)
    }

    func pause(_ isPaused: Bool, time: Int) {
        guard self.isPaused != isPaused else { return }
        self.isPaused = isPaused
        tell(isPaused ? .pause : .start, time)
    }

    func stop(time: Int) {
        if !isPaused { tell(.clock, time) }
        recording.finish()
    }

    private func tell(_ kind: RecordingTag.Kind, _ time: Int) {
        told = time
        let blank: [UInt8] = [0]
        recording.ring.give(blank.span, RecordingTag(kind: kind, ticks: UInt32(truncatingIfNeeded: time * 48)))
    }
}

/// What goes with an entry on its way to the writer.
struct RecordingTag: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// The room's sound goes on from here.
        case start
        case audio
        /// So far it is.
        case clock
        /// Nothing of what follows is kept.
        case pause
    }

    var kind: Kind
    /// 48000 a second, since the mixer began; wraps.
    var ticks: UInt32
}
