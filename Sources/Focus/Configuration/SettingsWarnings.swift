// SPDX-License-Identifier: GPL-3.0-or-later
import Conference

extension FocusConfiguration {
    /// Settings that cannot work together, for an operator; the focus starts all the same.
    package var warnings: [String] {
        conference.rooms.flatMap {
            $0.warnings(hasAccounts: auth.mode == .users, hasRecordings: recording.folder != nil)
        }
    }
}
