// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

package enum RecordingState: String, Hashable, Sendable, Codable {
    case recording
    case paused
}

/// What a recording consists of.
package enum RecordingKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// What all say, with the composed picture of all.
    case video
    /// What all say.
    case audio
    /// What all say, and a file for what each member says.
    case tracks
}

/// What is done to a recording.
package enum RecordingVerb: String, Hashable, Sendable, Codable, CaseIterable {
    case start
    case pause
    case resume
    case stop
}

/// A file that a meeting was recorded into.
package struct RecordingDetail: Hashable, Sendable, Codable {
    package var file: String
    /// Path on the focus's machine.
    package var path: String
    /// `tracks`: what one member said.
    package var kind: RecordingKind
    /// Of what is on the disk.
    package var seconds: Double
    package var bytes: Int64
    package var changed: Date
    /// It is being written.
    package var isOpen: Bool

    package init(
        file: String, path: String, kind: RecordingKind, seconds: Double, bytes: Int64, changed: Date, isOpen: Bool
    ) {
        self.file = file
        self.path = path
        self.kind = kind
        self.seconds = seconds
        self.bytes = bytes
        self.changed = changed
        self.isOpen = isOpen
    }
}
