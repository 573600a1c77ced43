// SPDX-License-Identifier: GPL-3.0-or-later

/// The sounds a room makes by itself, where no recording takes their place.
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
    /// Two bright notes, twice: you are asked to unmute.
    case askedToSpeak
    /// One short note: so it is.
    case done
    /// One low note: that is not for you.
    case refused

    /// Renders all sounds, once for the process: some tens of milliseconds that should not fall into a tick. The first
    /// mixer does it if nobody has before.
    package static func prepare() {
        for announcement in allCases { _ = announcement.sound }
    }

    package var repeats: Bool { self == .alone || self == .waiting }

    package var sound: AnnouncementSound { AnnouncementSound.rendered[self] ?? .silence }

    /// Ticks of 20 ms, and notes.
    var score: (ticks: Int, notes: [AnnouncementSound.Note]) {
        switch self {
        case .joined: (30, [.init(0, 659.26, 0.30, -26), .init(0.14, 880, 0.45, -26)])
        case .left: (30, [.init(0, 880, 0.30, -26), .init(0.14, 659.26, 0.45, -26)])
        case .alone:
            // A slow broken chord, then rest.
            (
                400,
                [
                    .init(0.0, 329.63, 1.6, -32), .init(0.7, 392.00, 1.6, -33), .init(1.4, 493.88, 1.6, -33),
                    .init(2.1, 587.33, 2.2, -34), .init(3.6, 493.88, 1.6, -34), .init(4.3, 392.00, 2.2, -34),
                ]
            )
        case .enterPIN: (50, [0.1, 0.4, 0.7].map { .init($0, 783.99, 0.2, -20) })
        case .wrongPIN: (40, [.init(0, 261.63, 0.3, -20), .init(0.35, 220, 0.4, -20)])
        case .waiting: (250, [.init(0.2, 392, 1.2, -28), .init(1.2, 523.25, 1.6, -28)])
        case .recording: (40, [.init(0.1, 1396.91, 0.5, -26)])
        case .welcome:
            (40, [.init(0, 523.25, 0.25, -22), .init(0.15, 659.26, 0.25, -22), .init(0.3, 783.99, 0.4, -22)])
        case .askedToSpeak:
            (50, [0, 0.45].flatMap { [.init($0, 880, 0.2, -22), .init($0 + 0.15, 1174.66, 0.25, -22)] })
        case .done: (15, [.init(0, 1046.5, 0.2, -24)])
        case .refused: (20, [.init(0, 246.94, 0.35, -20)])
        }
    }
}
