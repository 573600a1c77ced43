// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Devices
import UserAgent

/// A call that is shown and obeys keys. One input after the other.
struct Conversation {
    let call: Call
    let options: CallOptions
    var view: CallView
    var pictures: CallPictures
    let feed: AsyncStream<SessionInput>.Continuation
    private var isMuted: Bool
    private var isHeld = false
    private var isSharing = false
    private var handIsRaised = false
    private var moderation = ModeratorKeys()
    /// A file that the conference was asked to take.
    private var pendingFile: String?
    /// Bytes of what is being written; nil while keys are commands.
    private var draft: [UInt8]?

    init(
        call: Call, options: CallOptions, view: CallView, pictures: CallPictures,
        feed: AsyncStream<SessionInput>.Continuation
    ) {
        self.call = call
        self.options = options
        self.view = view
        self.pictures = pictures
        self.feed = feed
        isMuted = options.mute
    }

    /// - Returns: how the call ended, once it has.
    mutating func take(_ input: SessionInput) -> CallEnd? {
        switch input {
        case .event(let event):
            view.show(event)
            pictures.show(event)
            return follow(event)
        case .seen(let seen): view.seen(seen)
        case .key(let key): if draft == nil { press(key) } else { write(key) }
        case .line(let text): say(text)
        case .window(.key(let key)): press(key)
        case .window(.clicked(let tile)):
            moderation.mark(tile: tile)
            showMark()
        case .window(.opened): break
        case .window(.failed(let reason)):
            view.note("No window: \(reason). The call goes on without; --video-out FOLDER writes what it would show")
        case .interrupt, .timeIsUp, .window(.closed): hangUp()
        case .incoming(let other): Task { await other.decline(status: 486) }
        }
        return nil
    }

    private mutating func follow(_ event: CallEvent) -> CallEnd? {
        switch event {
        case .established: established()
        case .chat(let said) where said.name == nil: send(toWhere: said.text)
        case .muted(let muted): isMuted = muted
        case .held(let held): isHeld = held
        case .roster(let roster):
            handIsRaised = roster.members.contains { $0.isSelf && $0.handIsRaised }
            moderation.take(roster)
            showMark()
        case .video(.started): if let share = options.video.share { shareWhenPossible(share.spec) }
        case .video(.camera(isOn: false)) where options.video.endsWithFilm: hangUp()
        case .video(.sharing(let sharing)): isSharing = sharing
        case .ended(let end): return end
        default: break
        }
        return nil
    }

    private mutating func press(_ key: Character) {
        if let actions = moderation.press(key) { return perform(actions) }
        let call = call
        switch key {
        case "q": hangUp()
        case "m":
            let wanted = !isMuted
            Task { await call.mute(wanted) }
        case "h":
            let wanted = !isHeld
            attempt { () async throws(UserAgentError) in try await call.setHold(wanted) }
        case "v":
            attempt { () async throws(UserAgentError) in try await call.toggleCamera() }
        case "s":
            let spec = isSharing ? nil : options.video.share?.spec ?? .screen(window: nil)
            attempt { () async throws(UserAgentError) in try await call.share(spec) }
        case "r":
            // The roster says so up to a second later.
            handIsRaised.toggle()
            say(handIsRaised ? "/hand" : "/lower")
        case "t", "/", "c":
            draft = Array((key == "c" ? "/camera " : key == "/" ? "/" : "").utf8)
            showDraft()
        case "f": pictures.switchFullScreen()
        case "?": view.toggleHelp()
        case _ where "0123456789*#".contains(key):
            view.pressed(key)
            attempt { () async throws(UserAgentError) in try await call.sendDigits(String(key)) }
        default: break
        }
    }

    private mutating func perform(_ actions: [ModeratorKeys.Action]) {
        for action in actions {
            switch action {
            case .say(let text): say(text)
            case .note(let text):
                view.note(text)
                pictures.note(text)
            }
        }
        showMark()
    }

    private mutating func showMark() {
        view.mark(moderation.marked, question: moderation.question)
        pictures.mark(moderation.marked, question: moderation.question)
    }

    // MARK: Writing

    /// A key while something is written. The terminal gives bytes, of which some make a character only together.
    private mutating func write(_ key: Character) {
        // Arrows are no bytes.
        guard let byte = key.unicodeScalars.first.flatMap({ UInt8(exactly: $0.value) }) else { return }
        switch byte {
        case 0x1B: draft = nil
        case 0x0A, 0x0D:
            if let draft, !draft.isEmpty { say(String(decoding: draft, as: UTF8.self)) }
            draft = nil
        case 0x08, 0x7F:
            while let last = draft?.popLast(), last & 0xC0 == 0x80 {}
        case 0..<0x20: break
        default: draft?.append(byte)
        }
        showDraft()
    }

    private mutating func showDraft() {
        view.draft(draft.map { String(decoding: $0, as: UTF8.self) })
    }

    /// The conference has said where a file goes.
    private mutating func send(toWhere text: String) {
        guard let path = pendingFile, let address = UploadOffer.url(in: text) else { return }
        pendingFile = nil
        attempt { () async throws(UserAgentError) in try await FileUpload.put(path, to: address) }
    }

    private mutating func say(_ text: String) {
        let call = call
        if case .send(let path) = LocalCommand(text) { pendingFile = path }
        attempt { () async throws(UserAgentError) in
            if let command = LocalCommand(text) { return try await command.perform(in: call) }
            try await call.send(text)
        }
    }

    private func hangUp() {
        let call = call
        Task { await call.hangUp() }
    }

    /// What was asked for on the command line is done once the call stands.
    private func established() {
        let (call, feed) = (call, feed)
        if let digits = options.sendDigits {
            attempt { () async throws(UserAgentError) in
                for group in digits.split(separator: ",", omittingEmptySubsequences: false) {
                    if !group.isEmpty { try await call.sendDigits(String(group)) }
                    try? await Task.sleep(for: .milliseconds(500))
                }
            }
        }
        if !options.say.isEmpty {
            let texts = options.say
            attempt { () async throws(UserAgentError) in
                for text in texts { try await call.send(text) }
            }
        }
        if let seconds = options.duration {
            Task {
                try? await Task.sleep(for: .seconds(seconds))
                feed.yield(.timeIsUp)
            }
        }
    }

    /// A conference has a line for screens a moment after it has answered.
    private func shareWhenPossible(_ spec: VideoSourceSpec) {
        let call = call
        attempt { () async throws(UserAgentError) in
            for _ in 0..<20 {
                do throws(UserAgentError) {
                    return try await call.share(spec)
                } catch .wrongState {
                    try? await Task.sleep(for: .milliseconds(250))
                }
            }
            try await call.share(spec)
        }
    }

    private func attempt(_ body: @escaping @Sendable () async throws(UserAgentError) -> Void) {
        let feed = feed
        Task {
            do throws(UserAgentError) {
                try await body()
            } catch {
                feed.yield(.event(.notice("\(error)")))
            }
        }
    }
}
