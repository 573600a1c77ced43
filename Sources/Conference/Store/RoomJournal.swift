// SPDX-License-Identifier: GPL-3.0-or-later

/// What a room is beside its members, for a focus that takes its calls up again.
package struct RoomJournal: Hashable, Sendable, Codable {
    package var name: String
    package var id: RoomID
    package var creator: Identity?
    package var banned: [Identity]
    package var lockedBy: String?
    /// Chosen by somebody; nil: as the settings have it.
    package var video: VideoMode?
    package var recording: RecordingState?
    package var recordingKind: RecordingKind?
}
