// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// What a room says and shows, on one time line without the pauses, into a Matroska file.
struct RecordingFile: ~Copyable {
    /// 20 ms of nothing, in CELT.
    private static let silence: [UInt8] = [0xF8, 0xFF, 0xFE]
    /// Ticks of a frame.
    private static let frame: Int64 = 960
    /// Silence longer than that is no pause but a mistake, ticks: twelve hours.
    private static let longestSilence: Int64 = 48_000 * 43_200
    /// How long a picture may be on its way from the canvas, ms.
    private static let pictureDelay: Int64 = 600
    /// How long before the tick that begins a stretch its first picture may be drawn, ms.
    private static let pictureLead = 100

    /// Between two pauses.
    private struct Stretch {
        let start: MediaInstant
        var end: MediaInstant?
        /// Of its start, ticks from the beginning of the file.
        let position: Int64
    }

    private var file: MatroskaFile
    private let hasPictures: Bool
    /// Where the next frame of sound belongs, ticks from the beginning of the file.
    private var position: Int64 = 0
    /// What the room's clock said at `position`; nil while paused.
    private var clock: UInt32?
    private var stretches: [Stretch] = []
    /// Where the newest picture stands, ms.
    private var lastPicture: Int64?
    /// A picture was left out, and what follows cannot be decoded before a key frame.
    private var lacksKeyframe = true
    private var failure: RoomRecording.Failure?

    /// - Throws: `RoomRecording.Failure` where the file cannot be made, or exists.
    init(path: String, _ description: MatroskaDescription) throws(RoomRecording.Failure) {
        file = try MatroskaFile(path: path, description)
        hasPictures = description.picture != nil
    }

    mutating func take(_ bytes: borrowing Span<UInt8>, _ tag: RecordingTag) {
        switch tag.kind {
        case .start:
            clock = tag.ticks
            stretches.append(Stretch(start: tag.instant, position: position))
            // Pictures come within a second: of older stretches none.
            if stretches.count > 8 { stretches.removeFirst() }
        case .pause:
            clock = nil
            if let last = stretches.indices.last { stretches[last].end = tag.instant }
        case .clock: fill(to: tag.ticks)
        case .audio:
            fill(to: tag.ticks)
            guard clock != nil else { return }
            var frame: [UInt8] = []
            frame.reserveCapacity(bytes.count)
            for index in bytes.indices { frame.append(bytes[index]) }
            append(frame)
        }
    }

    /// Takes a composed picture; one whose sound was in a pause is left out.
    /// - Returns: false where it cannot be used before a key frame.
    mutating func take(_ picture: RecordedPictures.Frame) -> Bool {
        let stretch = stretches.last { $0.start.advanced(byMilliseconds: -Self.pictureLead) <= picture.instant }
        guard let stretch, stretch.end.map({ picture.instant < $0 }) ?? true else {
            lacksKeyframe = true
            return true
        }
        guard picture.isKeyframe || !lacksKeyframe else { return false }
        lacksKeyframe = false
        let since = max(0, picture.instant.nanoseconds(since: stretch.start))
        // Each later than the one before: it builds on that.
        let time = max(stretch.position / 48 + since / 1_000_000, (lastPicture ?? -1) + 1)
        lastPicture = time
        file.append(.picture, at: time, isKeyframe: picture.isKeyframe, picture.bytes)
        return true
    }

    /// Writes what is complete.
    mutating func flush() throws(RoomRecording.Failure) {
        if let failure { throw failure }
        try file.write(until: position / 48 - (hasPictures ? Self.pictureDelay : 0))
    }

    /// Writes the rest, and how long it became.
    mutating func close() { file.close(at: position / 48) }

    /// Puts silence where nobody said anything.
    private mutating func fill(to ticks: UInt32) {
        guard let clock else { return }
        // Signed: what comes a little late is not a gap of a day.
        var missing = Int64(Int32(bitPattern: ticks &- clock))
        guard missing <= Self.longestSilence else {
            self.clock = ticks
            return
        }
        while missing >= Self.frame {
            append(Self.silence)
            missing -= Self.frame
        }
    }

    private mutating func append(_ frame: [UInt8]) {
        file.append(.sound, at: position / 48, frame)
        position += Self.frame
        clock = clock.map { $0 &+ UInt32(Self.frame) }
        // The hours before somebody came are not gathered in memory.
        guard position % (Self.frame * 500) == 0, failure == nil else { return }
        do throws(RoomRecording.Failure) { try flush() } catch { failure = error }
    }
}
