// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import UserAgent

/// What a live call looks like in a terminal: a value that takes events and gives lines.
struct CallScreen {
    private let title: String
    private var description: CallDescription?
    private var roster: Roster?
    private var levels = CallLevels(microphone: -127, speaker: -127, talkers: [])
    private var isMuted = false
    private var isHeld = false
    private var isHeldByPeer = false
    private var status = "Calling ..."
    private var notes: [String] = []
    private var chat: [String] = []
    private var digits = ""
    /// What is being written; nil while keys are commands.
    var draft: String?
    /// Who is marked, by its tile.
    var marked: UInt64?
    /// What the next key answers; nil while keys are commands.
    var question: String?
    private var hasVideo = false
    private var isSharing = false
    var showsHelp = false

    private static let barCells = 16
    private static let nameCells = 24
    private static let chatLines = 8

    init(title: String) {
        self.title = title
    }

    mutating func take(_ event: CallEvent) {
        switch event {
        case .ringing(let code): status = code == 180 ? "Ringing ..." : "In progress (\(code)) ..."
        case .established(let description), .changed(let description): self.description = description
        case .roster(let roster): self.roster = roster
        case .levels(let levels): self.levels = levels
        case .heldByPeer(let held): isHeldByPeer = held
        case .held(let held): isHeld = held
        case .muted(let muted): isMuted = muted
        case .digit(let digit): note("They pressed \(digit).")
        case .chat(let said):
            chat = (chat + PlainLine.text(said).split(separator: "\n").map(String.init)).suffix(Self.chatLines)
        case .notice(let text): note(text)
        case .video(let event): take(event)
        case .talkers, .ended: break
        }
    }

    private mutating func take(_ event: VideoEvent) {
        switch event {
        case .started: hasVideo = true
        case .stopped: hasVideo = false
        case .sharing(let isOn): isSharing = isOn
        case .camera, .quality, .sourceLost, .sourceReturned, .presenter: break
        }
        guard event != .started, let text = PlainLine.text(.video(event)) else { return }
        note(text)
        if case .sourceLost = event { note("v gives a lost camera up.") }
    }

    mutating func pressed(_ digit: Character) {
        digits.append(digit)
    }

    mutating func note(_ text: String) {
        notes = notes.suffix(2) + [text]
    }

    /// - Parameters:
    ///   - seconds: since the call was answered; nil before.
    ///   - width: columns; no line is longer.
    func lines(seconds: Int?, width: Int) -> [String] {
        var lines = [head(seconds), ""]
        if description != nil { lines += people() }
        if !digits.isEmpty { lines.append("  Keys pressed: \(digits)") }
        if !chat.isEmpty { lines += [""] + chat.map { "  \($0)" } + [""] }
        for note in notes { lines.append("  \(note)") }
        lines.append("")
        if let draft {
            // The end of a long text is where one writes.
            lines.append("  > " + draft.suffix(max(1, width - 6)) + "_")
            lines.append("  Enter sends   Esc gives up   /help asks the conference")
            return lines.map { Self.fit(Output.printable($0), width: width) }
        }
        if let question {
            lines.append("  " + question)
            return lines.map { Self.fit(Output.printable($0), width: width) }
        }
        lines += showsHelp ? help : ["  " + (hasVideo ? Self.videoKeys : Self.keys)]
        return lines.map { Self.fit(Output.printable($0), width: width) }
    }

    private func head(_ seconds: Int?) -> String {
        guard let description else { return "  \(title)   \(status)" }
        var parts = ["  " + (roster?.name.map { "\($0)  " } ?? "") + description.remote]
        if let seconds { parts.append(Self.clock(seconds)) }
        parts.append(description.codec)
        if roster?.isLocked == true { parts.append("locked") }
        if roster?.isRecorded == true { parts.append("[RECORDED]") }
        if isHeld { parts.append("[ON HOLD]") }
        if isHeldByPeer { parts.append("[held by the other side]") }
        if isMuted { parts.append("[MUTED]") }
        if isSharing { parts.append("[SCREEN SHARED]") }
        return parts.joined(separator: "   ")
    }

    private func people() -> [String] {
        guard let roster, description?.isFocus == true else {
            return [
                Self.row("You", level: levels.microphone, talks: false, notes: ownNotes),
                Self.row(
                    "They", level: levels.speaker, talks: !levels.talkers.isEmpty,
                    notes: isHeldByPeer ? ["on hold"] : []),
            ]
        }
        var rows: [String] = []
        if !roster.members.contains(where: \.isSelf) {
            rows.append(Self.row("You", level: levels.microphone, talks: false, notes: ownNotes))
        }
        for member in roster.members {
            var notes = member.isSelf ? ["you"] + ownNotes : []
            if member.isHeld, !member.isSelf { notes.append("on hold") }
            if member.isMuted { notes.append(member.mutedBy.map { "muted by \($0)" } ?? "muted by the focus") }
            if !member.isConnected { notes.append("joining") }
            if member.handIsRaised { notes.append("hand raised") }
            if let quality = member.quality, quality != "good" { notes.append("\(quality) connection") }
            notes += member.roles.filter { $0 == "moderator" || $0 == "presenter" }
            if member.camera?.isSending == true { notes.append("camera") }
            if member.screen?.isSending == true, !(member.isSelf && isSharing) { notes.append("screen") }
            let talker = levels.talkers.first { $0.sourceID == member.sourceID && member.sourceID != nil }
            let level = member.isSelf ? levels.microphone : talker?.level ?? -127
            rows.append(
                Self.row(
                    member.name, level: level, talks: talker != nil, notes: notes,
                    isMarked: !member.isSelf && member.tileID == marked))
        }
        return rows
    }

    private var ownNotes: [String] {
        (isMuted ? ["muted"] : []) + (isHeld ? ["holding"] : []) + (isSharing ? ["your screen is shared"] : [])
    }

    // MARK: Pieces

    private static func row(_ name: String, level: Int, talks: Bool, notes: [String], isMarked: Bool = false) -> String
    {
        let shown = fit(Output.printable(name), width: nameCells)
        let gap = String(repeating: " ", count: nameCells - shown.count)
        let note = notes.isEmpty ? "" : "  (\(notes.joined(separator: ", ")))"
        return "\(isMarked ? ">" : " ") \(talks ? "*" : " ") \(shown)\(gap) \(bar(level))\(note)"
    }

    /// -60 dBov is an empty bar, 0 a full one.
    static func bar(_ level: Int) -> String {
        let cells = min(barCells, max(0, (level + 60) * barCells / 60))
        return String(repeating: "#", count: cells) + String(repeating: ".", count: barCells - cells)
    }

    static func clock(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let minutes = two(seconds / 60 % 60) + ":" + two(seconds % 60)
        return seconds < 3600 ? minutes : "\(seconds / 3600):" + minutes
    }

    private static func fit(_ text: String, width: Int) -> String {
        text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "~"
    }

    private static let keys = "m mute   t write   h hold   0-9 * # keys   q leave   ? help"
    private static let videoKeys = "m mute  v camera  c source  s screen  t write  h hold  0-9*# keys  q leave  ? help"

    private var help: [String] {
        let keys = SceneKey.call.filter { hasVideo || !$0.isForVideo } + (hasVideo ? SceneKey.window : [])
        let width = keys.map(\.key.count).max() ?? 0
        return keys.map { "  " + $0.key + String(repeating: " ", count: width - $0.key.count + 2) + $0.meaning }
    }
}
