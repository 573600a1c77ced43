// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Conference
import Foundation
import Logging

/// What callers are told: by recordings, where there are some, else by notes.
///
/// Recordings are WAV files named after what they say (`enter-pin.wav`), one folder for each language. `make prompts` has them spoken
/// by espeak-ng; any of them may be replaced.
struct Prompts: Sendable {
    private let spoken: [String: AnnouncementSound]

    /// Members that are counted aloud; more are "many".
    static let mostCounted = 20

    init() { spoken = [:] }

    /// Reads all files of a language. Blocks on the disk.
    ///
    /// - Parameter folder: The language's own.
    init(folder: String, logger: Logger) {
        var spoken: [String: AnnouncementSound] = [:]
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where file.hasSuffix(".wav") {
            do {
                let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(file)"))
                // Somebody's film is no prompt.
                guard bytes.count < 16 << 20 else { throw WAVFault("is over 16 MiB") }
                spoken[String(file.dropLast(4))] = AnnouncementSound(try WAVRecording(Array(bytes).span))
            } catch {
                let reason = (error as? WAVFault)?.reason ?? error.localizedDescription
                logger.warning("prompt not read", metadata: ["file": "\(folder)/\(file)", "reason": "\(reason)"])
            }
        }
        self.spoken = spoken
    }

    var isEmpty: Bool { spoken.isEmpty }

    /// How something is said.
    subscript(prompt: Prompt) -> SpokenAnnouncement {
        switch prompt {
        case .enterPIN: return say("enter-pin", or: .enterPIN)
        case .wrongPIN: return say("wrong-pin", or: .wrongPIN)
        case .welcome: return say("welcome", or: .welcome)
        case .askedToSpeak: return say("asked-to-speak", or: .askedToSpeak)
        case .waitForModerator:
            // Said once, and then notes, so that nobody takes the call for dead.
            let words = spoken["wait-for-moderator"].map { [$0] } ?? []
            return SpokenAnnouncement(words + [Announcement.waiting.sound], repeats: true)
        case .muted: return say("muted", or: .done)
        case .unmuted: return say("unmuted", or: .done)
        case .handRaised: return say("hand-raised", or: .done)
        case .handLowered: return say("hand-lowered", or: .done)
        case .locked: return say("locked", or: .done)
        case .unlocked: return say("unlocked", or: .done)
        case .allMuted: return say("all-muted", or: .done)
        case .moved: return say("moved", or: .done)
        case .notAllowed: return say("not-allowed", or: .refused)
        case .menu: return say("menu", or: .done)
        case .moderatorMenu:
            return SpokenAnnouncement(
                ["menu", "moderator-menu"].compactMap { spoken[$0] }.nonEmpty ?? [Announcement.done.sound])
        case .memberCount(let count):
            if let words = spoken[count > Self.mostCounted ? "members-many" : "members-\(count)"] {
                return SpokenAnnouncement([words])
            }
            return SpokenAnnouncement(Array(repeating: Announcement.done.sound, count: min(count, Self.mostCounted)))
        }
    }

    /// Before and while a conference is recorded.
    var recordingNotice: SpokenAnnouncement { say("recording", or: .recording) }

    private func say(_ name: String, or notes: Announcement) -> SpokenAnnouncement {
        SpokenAnnouncement([spoken[name] ?? notes.sound])
    }

    /// All names that a recording can have.
    static let names =
        [
            "enter-pin", "wrong-pin", "welcome", "asked-to-speak", "wait-for-moderator", "muted", "unmuted",
            "hand-raised", "hand-lowered", "locked", "unlocked", "all-muted", "moved", "not-allowed", "menu",
            "moderator-menu", "recording", "members-many",
        ] + (1...mostCounted).map { "members-\($0)" }
}

extension Array {
    fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
