// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Synchronization

/// When the loudspeaker plays what the other side sampled at a time of its clock: pictures are held until their sound is heard. The audio's
/// thread writes it, the video's reads it.
final class PlayoutClock: Sendable {
    private struct Reading {
        /// Nanoseconds from the other side's wall clock to our monotonic one, playout included.
        var offset: Int64
        var taken: MediaInstant
    }

    private let reading = Mutex<Reading?>(nil)

    /// Milliseconds for which a reading holds.
    static let validity = 3000
    /// Milliseconds that a picture is held at most: what is farther off has another clock.
    static let longest = 400

    func set(offset: Int64, now: MediaInstant) {
        reading.withLock { $0 = Reading(offset: offset, taken: now) }
    }

    /// When a picture is to be seen.
    /// - Parameter sampled: nanoseconds since 1970 of the sender's wall clock; nil where its reports have not told.
    /// - Returns: at once, where its sound is not to be had or has been.
    func due(sampled: Int64?, now: MediaInstant) -> MediaInstant {
        guard let sampled, let reading = reading.withLock({ $0 }),
            now.milliseconds(since: reading.taken) < Self.validity
        else { return now }
        let due = MediaInstant(nanoseconds: sampled &+ reading.offset)
        return due > now && due.milliseconds(since: now) <= Self.longest ? due : now
    }
}
