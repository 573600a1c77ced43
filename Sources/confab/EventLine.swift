// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import UserAgent

/// A call's events as JSON, one a line. The schema is stable: fields are added, never changed or taken away.
enum EventLine {
    static let documentation = """
        With --json each line is an object with "event" and "time" (seconds since the
        program began):
          calling      uri
          incoming     from, name
          ringing      status
          established  remote (a conference's own address), focus (true in a
                       conference), codec
          changed      remote, focus, codec
          roster       conference, name, locked, recorded,
                       members: [{name, uri, source, held, muted, mutedBy, hand,
                       quality ("fair", "poor"), self, roles, camera,
                       screen}], the last two true while they are sent
          talkers      talkers: [{name, uri, source, level}], level in dBov (0 loud,
                       -127 silent)
          held         by ("peer" or "us"), held
          muted        muted
          digit        digit
          video        state ("started", "stopped"), reason
          camera       on: our own
          sharing      on: our own screen
          quality      width, height, rate, bitrate: of our own camera, as network and
                       processor allow
          source       state ("lost", "returned"), name: our camera, or what we share
          presenter    name of who shares a screen; none for nobody
          seen         pictures: [{name, kind ("member", "screen"), width, height}]:
                       all that are shown now, each time that changes
          chat         name, uri, sent (Unix time), text, private; without name and
                       uri it is the conference's answer to you
          notice       text
          ended        cause (hung-up, hung-up-by-peer, abandoned, refused,
                       no-answer, lost, failed), status, reason, advice
        """

    /// The line of an event; nil for levels, which come ten times a second.
    static func text(_ event: CallEvent, at time: Double) -> String? {
        switch event {
        case .ringing(let status): return line("ringing", time) { $0.add("status", status) }
        case .established(let description): return line("established", time) { describe(description, in: &$0) }
        case .changed(let description): return line("changed", time) { describe(description, in: &$0) }
        case .roster(let roster):
            return line("roster", time) {
                $0.add("conference", roster.conference)
                $0.add("name", roster.name)
                $0.add("locked", roster.isLocked)
                $0.add("recorded", roster.isRecorded)
                $0.add("members", roster.members.map(JSONLine.init))
            }
        case .talkers(let talkers): return line("talkers", time) { $0.add("talkers", talkers.map(JSONLine.init)) }
        case .levels: return nil
        case .video(let event): return text(event, at: time)
        case .heldByPeer(let held): return line("held", time) { hold("peer", held, in: &$0) }
        case .held(let held): return line("held", time) { hold("us", held, in: &$0) }
        case .muted(let muted): return line("muted", time) { $0.add("muted", muted) }
        case .digit(let digit): return line("digit", time) { $0.add("digit", String(digit)) }
        case .chat(let said):
            return line("chat", time) {
                $0.add("name", said.name)
                $0.add("uri", said.name == nil ? nil : said.uri)
                $0.add("sent", said.sent.timeIntervalSince1970)
                $0.add("text", said.text)
                $0.add("private", said.isPrivate)
            }
        case .notice(let text): return line("notice", time) { $0.add("text", text) }
        case .ended(let end): return line("ended", time) { explain(end, in: &$0) }
        }
    }

    private static func text(_ event: VideoEvent, at time: Double) -> String {
        switch event {
        case .started: return line("video", time) { $0.add("state", "started") }
        case .stopped(let reason):
            return line("video", time) {
                $0.add("state", "stopped")
                $0.add("reason", reason)
            }
        case .camera(let isOn): return line("camera", time) { $0.add("on", isOn) }
        case .sharing(let isOn): return line("sharing", time) { $0.add("on", isOn) }
        case .quality(let size):
            return line("quality", time) {
                $0.add("width", size.width)
                $0.add("height", size.height)
                $0.add("rate", size.rate)
                $0.add("bitrate", size.bitrate)
            }
        case .sourceLost(let name):
            return line("source", time) {
                $0.add("state", "lost")
                $0.add("name", name)
            }
        case .sourceReturned: return line("source", time) { $0.add("state", "returned") }
        case .presenter(let name): return line("presenter", time) { $0.add("name", name) }
        }
    }

    static func line(_ event: String, _ time: Double, _ fill: (inout JSONLine) -> Void) -> String {
        var line = JSONLine()
        line.add("event", event)
        line.add("time", time)
        fill(&line)
        return line.text
    }

    private static func describe(_ description: CallDescription, in line: inout JSONLine) {
        line.add("remote", description.remote)
        line.add("focus", description.isFocus)
        line.add("codec", description.codec)
    }

    private static func hold(_ by: String, _ held: Bool, in line: inout JSONLine) {
        line.add("by", by)
        line.add("held", held)
    }

    private static func explain(_ end: CallEnd, in line: inout JSONLine) {
        switch end {
        case .hungUp: line.add("cause", "hung-up")
        case .hungUpByPeer(let reason):
            line.add("cause", "hung-up-by-peer")
            line.add("reason", reason)
        case .abandoned: line.add("cause", "abandoned")
        case .refused(let refusal):
            line.add("cause", "refused")
            line.add("status", refusal.status)
            line.add("reason", refusal.warning ?? refusal.reason)
            line.add("advice", refusal.advice)
        case .noAnswer: line.add("cause", "no-answer")
        case .lost(let text):
            line.add("cause", "lost")
            line.add("reason", text)
        case .failed(let text):
            line.add("cause", "failed")
            line.add("reason", text)
        }
    }
}

extension JSONLine {
    init(_ member: Roster.Member) {
        self.init()
        add("name", member.name)
        add("uri", member.uri)
        add("source", member.sourceID.map(Int.init))
        add("held", member.isHeld)
        add("muted", member.isMuted)
        add("self", member.isSelf)
        add("mutedBy", member.mutedBy)
        add("hand", member.handIsRaised)
        add("quality", member.quality)
        add("roles", member.roles)
        add("camera", member.camera?.isSending == true)
        add("screen", member.screen?.isSending == true)
    }

    init(_ picture: SeenPicture) {
        self.init()
        add("name", picture.name)
        add("kind", picture.isScreen ? "screen" : "member")
        add("width", picture.width)
        add("height", picture.height)
    }

    init(_ talker: Talker) {
        self.init()
        add("name", talker.name)
        add("uri", talker.uri)
        add("source", talker.sourceID.map(Int.init))
        add("level", talker.level)
    }

    init(_ room: ConferenceSummary) {
        self.init()
        add("uri", room.uri)
        add("name", room.name)
        add("members", room.memberCount)
        add("maximum", room.maximumMemberCount)
    }
}
