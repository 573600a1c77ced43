// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

package enum RecordingState: String, Hashable, Sendable, Codable {
    case recording
    case paused
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
    package var bytes: Int64
    package var changed: Date
    /// It is being written.
    package var isOpen: Bool

    package init(file: String, path: String, bytes: Int64, changed: Date, isOpen: Bool) {
        self.file = file
        self.path = path
        self.bytes = bytes
        self.changed = changed
        self.isOpen = isOpen
    }
}
