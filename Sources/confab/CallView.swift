// SPDX-License-Identifier: GPL-3.0-or-later
import UserAgent

/// Shows a call on standard output: JSON lines, plain lines, or a picture that is drawn over itself.
struct CallView {
    enum Form: Sendable {
        case json
        case plain
        case screen
    }

    private let form: Form
    private let began: ContinuousClock.Instant
    private var answered: ContinuousClock.Instant?
    private var screen = CallScreen(title: "")
    private var drawn = 0

    init(_ form: Form, began: ContinuousClock.Instant) {
        self.form = form
        self.began = began
    }

    private var time: Double { (ContinuousClock.now - began) / .seconds(1) }

    mutating func begin(_ call: Call) {
        drawn = 0
        answered = nil
        screen = CallScreen(title: call.remote)
        let isIncoming = call.direction == .incoming
        let name = call.remoteName
        switch form {
        case .json:
            say(
                EventLine.line(isIncoming ? "incoming" : "calling", time) { line in
                    line.add(isIncoming ? "from" : "uri", call.remote)
                    line.add("name", name)
                })
        case .plain: say((isIncoming ? "Call from " + (name.map { "\($0), " } ?? "") : "Calling ") + call.remote + ".")
        case .screen: draw()
        }
    }

    mutating func show(_ event: CallEvent) {
        if case .established = event { answered = .now }
        switch form {
        case .json: if let text = EventLine.text(event, at: time) { say(text) }
        case .plain: if let text = PlainLine.text(event) { say(text) }
        case .screen:
            screen.take(event)
            draw()
            if case .ended = event, let text = PlainLine.text(event) { say(text) }
        }
    }

    /// Something that is no event of the call.
    mutating func note(_ text: String) {
        switch form {
        case .json: say(EventLine.line("notice", time) { $0.add("text", text) })
        case .plain: say(text)
        case .screen:
            screen.note(text)
            draw()
        }
    }

    /// Who is seen now, for those who read events.
    func seen(_ pictures: [SeenPicture]) {
        switch form {
        case .json: say(EventLine.line("seen", time) { $0.add("pictures", pictures.map(JSONLine.init)) })
        case .plain: say(PlainLine.text(pictures))
        case .screen: break
        }
    }

    mutating func pressed(_ digit: Character) {
        screen.pressed(digit)
        draw()
    }

    /// What is being written changed; nil for nothing any more.
    mutating func draft(_ text: String?) {
        screen.draft = text
        draw()
    }

    /// Who is marked, by its tile, and what the next key answers.
    mutating func mark(_ tile: UInt64?, question: String?) {
        guard screen.marked != tile || screen.question != question else { return }
        screen.marked = tile
        screen.question = question
        draw()
    }

    mutating func toggleHelp() {
        screen.showsHelp.toggle()
        draw()
    }

    private func say(_ text: String) {
        Output.line(text)
    }

    private mutating func draw() {
        guard form == .screen else { return }
        let seconds = answered.map { Int((ContinuousClock.now - $0).components.seconds) }
        let lines = screen.lines(seconds: seconds, width: Terminal.width)
        var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
        for line in lines { text += "\r\u{1B}[2K" + line + "\n" }
        // What is left of a longer picture before.
        text += "\u{1B}[J"
        Output.write(text)
        drawn = lines.count
    }
}
