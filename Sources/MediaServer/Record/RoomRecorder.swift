// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP

/// The end of a recording on the media thread: gives what the room says to the thread that writes, and waits for nothing.
final class RoomRecorder {
    /// Of the mixer.
    let slot: Int
    let recording: RoomRecording
    private(set) var isPaused = false
    var notice: SpokenAnnouncement { recording.notice }
    private var tracks: [MemberTrack] = []
    /// When the writer last heard what time it is, ms since the mixer began.
    private var told: Int
    /// Milliseconds in the file when it last began or went on, and when that was.
    private var recorded = 0
    private var begun: Int

    /// - Parameter time: of the mixer.
    init(_ recording: RoomRecording, slot: Int, time: RoomTime) {
        self.recording = recording
        self.slot = slot
        (told, begun) = (time.mixer, time.mixer)
        tell(.start, time)
    }

    func take(_ packet: MixedPacket) {
        guard !isPaused else { return }
        let tag = RecordingTag(kind: .audio, ticks: packet.timestamp)
        recording.ring.give(unsafe Span<UInt8>(_unsafeBytes: packet.payload), tag)
    }

    /// Once a second the writers hear how far it is, or silence would have no length before its end.
    func tick(_ time: RoomTime) {
        guard !isPaused, time.mixer - told >= 1000 else { return }
        tell(.clock, time)
    }

    func pause(_ isPaused: Bool, _ time: RoomTime) {
        guard self.isPaused != isPaused else { return }
        self.isPaused = isPaused
        recording.pictures?.isPaused = isPaused
        if isPaused { recorded += time.mixer - begun } else { begun = time.mixer }
        // Silence before the pause has its length too.
        if isPaused { tell(.clock, time) }
        tell(isPaused ? .pause : .start, time)
    }

    func stop(_ time: RoomTime) {
        if !isPaused { tell(.clock, time) }
        recording.pictures?.isPaused = true
        recording.finish()
    }

    // MARK: Tracks

    /// A file for a member who has come, with silence for what was before; nil where members have none.
    func addTrack(_ name: String, _ time: RoomTime) -> MemberTrack? {
        guard let track = recording.makeTrack(name) else { return nil }
        let before = recorded + (isPaused ? 0 : time.mixer - begun)
        tell(track, .start, RoomTime(mixer: time.mixer - before, instant: time.instant))
        tell(track, .clock, time)
        if isPaused { tell(track, .pause, time) }
        tracks.append(track)
        return track
    }

    /// The member has gone.
    func end(_ track: MemberTrack, _ time: RoomTime) {
        guard let index = tracks.firstIndex(where: { $0 === track }) else { return }
        tracks.remove(at: index)
        if !isPaused { tell(track, .clock, time) }
        recording.finish(track)
    }

    private func tell(_ kind: RecordingTag.Kind, _ time: RoomTime) {
        told = time.mixer
        tell(recording.ring, kind, time)
        for track in tracks { tell(track, kind, time) }
    }

    private func tell(_ track: MemberTrack, _ kind: RecordingTag.Kind, _ time: RoomTime) {
        tell(track.ring, kind, time)
    }

    private func tell(_ ring: DatagramRing<RecordingTag>, _ kind: RecordingTag.Kind, _ time: RoomTime) {
        let blank: [UInt8] = [0]
        let ticks = UInt32(truncatingIfNeeded: time.mixer * 48)
        ring.give(blank.span, RecordingTag(kind: kind, ticks: ticks, instant: time.instant))
    }
}

/// One moment by both clocks of a room.
struct RoomTime {
    /// Milliseconds since the mixer began.
    var mixer: Int
    var instant: MediaInstant
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
    /// The same moment by the clock of pictures; of audio it is not said.
    var instant = MediaInstant.zero
    /// Of samples; 0: it is coded.
    var sampleRate = 0
}
