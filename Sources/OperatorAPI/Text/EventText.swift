// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
package import FoundationEssentials

/// Events as `confabctl watch` prints them, a line each.
package enum EventText {
    /// - Parameter now: The time of printing: older events get their date.
    package static func line(_ event: ConferenceEvent, now: Date, colours: Bool) -> String {
        let (words, tone) = describe(event)
        let text = TerminalText.safe("\(event.room): \(words)")
        let time = Figures.time(event.at, now: now)
        guard colours else { return "\(time)  \(text)\n" }
        return TerminalText.coloured(time, .faint) + "  " + TerminalText.coloured(text, tone) + "\n"
    }

    /// What to say when sequence numbers leap: events were lost because nobody read them in time.
    package static func gap(_ lost: UInt64) -> String {
        "(\(lost) \(lost == 1 ? "event was" : "events were") lost: this terminal did not keep up)\n"
    }

    private static func describe(_ event: ConferenceEvent) -> (String, TextTable.Tone) {
        let who = "\(event.memberName ?? "?") (\(event.member ?? "?"))"
        let by = event.by.map { " by \($0)" } ?? ""
        let why = event.detail.map { " (\($0))" } ?? ""
        switch event.kind {
        case .roomOpened: return ("opened\(by)\(why)", .heading)
        case .roomEnded: return ("ended\(by)\(why)", .heading)
        case .roomLocked: return ("locked\(by)", .warning)
        case .videoModeChanged: return ("video \(event.detail ?? "?")\(by)", .plain)
        case .roomUnlocked: return ("unlocked\(by)", .plain)
        case .recordingStarted: return ("recorded from now on\(by)\(why)", .warning)
        case .recordingPaused: return ("recording pauses\(by)", .plain)
        case .recordingResumed: return ("recorded again\(by)", .warning)
        case .recordingStopped: return ("not recorded any more\(by)\(why)", .plain)
        case .calledRinging: return ("\(who) is called, and rings", .plain)
        case .calledAnswered: return ("\(who) answers", .good)
        case .calledNotReached: return ("\(who) is not reached\(why)", .warning)
        case .memberJoined: return ("\(who) joined", .good)
        case .memberLeft: return ("\(who) left\(why)\(by)", .plain)
        case .memberMuted: return ("\(who) muted\(by)", .warning)
        case .memberUnmuted: return ("\(who) unmuted\(by)", .plain)
        case .handRaised: return ("\(who) raises a hand", .good)
        case .handLowered: return ("\(who)'s hand is down\(by)", .plain)
        case .askedToSpeak: return ("\(who) is asked to unmute\(by)", .plain)
        case .memberBanned: return ("\(who) may not come back\(by)", .warning)
        case .roleChanged: return ("\(who) is \(event.detail ?? "?") now\(by)", .plain)
        case .memberHeld: return ("\(who) put the call on hold", .warning)
        case .memberResumed: return ("\(who) is back from hold", .plain)
        case .talkingStarted: return ("\(who) talks", .plain)
        case .talkingStopped: return ("\(who) falls silent", .faint)
        }
    }
}
