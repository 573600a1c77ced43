// SPDX-License-Identifier: GPL-3.0-or-later

/// The sounds a room makes by itself.
package enum Announcement: Hashable, Sendable, CaseIterable {
    /// Two soft notes upward: somebody came.
    case joined
    /// The same downward: somebody left.
    case left
    /// Quiet slow notes, repeated for as long as a member is alone.
    case alone
    /// Three even notes: press your PIN.
    case enterPIN
    /// Two low ones: that was wrong.
    case wrongPIN
    /// A slow pair, repeated: wait.
    case waiting
    /// One high, clear note: what is said from now on is recorded.
    case recording
    /// Three notes upward: come in.
    case welcome

    /// Renders all sounds, once for the process: some tens of milliseconds that should not fall into a tick. The first
    /// mixer does it if nobody has before.
    package static func prepare() {
        for announcement in allCases { _ = announcement.sound }
    }

    var repeats: Bool { self == .alone || self == .waiting }

    var sound: AnnouncementSound {
        switch self {
        case .joined: .joined
        case .left: .left
        case .alone: .alone
        case .enterPIN: .enterPIN
        case .wrongPIN: .wrongPIN
        case .waiting: .waiting
        case .recording: .recording
        case .welcome: .welcome
        }
    }
}
