// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import UserAgent

/// A call's events as lines for people, where there is no terminal to draw in.
enum PlainLine {
    /// Nil for events that say nothing new on a line of their own.
    static func text(_ event: CallEvent) -> String? {
        switch event {
        case .ringing(let status): status == 180 ? "Ringing." : "Progress (\(status))."
        case .established(let description):
            (description.isFocus ? "In the conference \(description.remote)" : "Talking to \(description.remote)")
                + " with \(description.codec)."
        case .changed(let description): "Now with \(description.codec)."
        case .roster(let roster): "In the conference: " + roster.members.map(name).joined(separator: ", ") + "."
        case .talkers(let talkers):
            talkers.isEmpty
                ? "Nobody talks."
                : talkers.map { $0.name ?? $0.uri ?? "somebody" }.joined(separator: ", ")
                    + (talkers.count == 1 ? " talks." : " talk.")
        case .levels: nil
        case .heldByPeer(let held): held ? "The other side holds the call." : "The other side is back."
        case .held(let held): held ? "On hold." : "Back from hold."
        case .muted(let muted): muted ? "Muted." : "Not muted."
        case .video(let event): text(event)
        case .digit(let digit): "The other side pressed \(digit)."
        case .chat(let said): text(said)
        case .notice(let text): "Note: \(text)."
        case .ended(let end): "Ended: \(end)."
        }
    }

    /// Time and name, then what was written; lines after the first are indented.
    static func text(_ said: ChatLine) -> String {
        let time = said.sent.formatted(.dateTime.hour(.twoDigits(amPM: .omitted)).minute())
        let head = said.name.map { "\(time) \($0)\(said.isPrivate ? " (to you alone)" : ""): " } ?? ""
        return head + said.text.replacing("\n", with: "\n  ")
    }

    /// Who is seen.
    static func text(_ pictures: [SeenPicture]) -> String {
        guard !pictures.isEmpty else { return "Nobody is seen." }
        return "Seen: "
            + pictures.map { "\($0.name)\($0.isScreen ? "'s screen" : "") (\($0.width)x\($0.height))" }
            .joined(separator: ", ") + "."
    }

    private static func text(_ event: VideoEvent) -> String {
        switch event {
        case .started: "With video."
        case .stopped(let reason): "Without video: \(reason)."
        case .camera(let isOn): isOn ? "Camera on." : "Camera off."
        case .quality(let size): "You are sent with up to \(size.width)x\(size.height), \(size.rate) pictures a second."
        case .sourceLost(let name): "Lost: \(name). It comes back by itself where it can."
        case .sourceReturned: "Pictures are sent again."
        case .sharing(let isOn): isOn ? "You share a screen." : "You share nothing any more."
        case .presenter(let name): name.map { "\($0) shares a screen." } ?? "Nobody shares a screen any more."
        }
    }

    private static func name(_ member: Roster.Member) -> String {
        var notes: [String] = []
        if member.isSelf { notes.append("you") }
        if member.isHeld { notes.append("on hold") }
        if member.isMuted { notes.append(member.mutedBy.map { "muted by \($0)" } ?? "muted") }
        if member.handIsRaised { notes.append("hand raised") }
        if let quality = member.quality, quality != "good" { notes.append("\(quality) connection") }
        if member.camera?.isSending == true { notes.append("camera") }
        if member.screen?.isSending == true { notes.append("screen") }
        return notes.isEmpty ? member.name : "\(member.name) (\(notes.joined(separator: ", ")))"
    }
}
