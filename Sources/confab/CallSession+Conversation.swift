// SPDX-License-Identifier: GPL-3.0-or-later
import UserAgent

extension CallSession {
    /// Shows a call and obeys keys until it is over. A call that came in is answered first.
    ///
    /// - Returns: how the call ended, and whether somebody wanted the whole program to end.
    func converse(
        in call: Call, _ inputs: AsyncStream<SessionInput>, _ feed: AsyncStream<SessionInput>.Continuation
    ) async -> (end: CallEnd, isInterrupted: Bool) {
        var view = CallView(form, began: began)
        view.begin(call)
        let listening = Task {
            for await event in call.events { feed.yield(.event(event)) }
        }
        defer { listening.cancel() }
        if call.direction == .incoming { answer(call, feed) }
        var isMuted = options.mute
        var isHeld = false
        var isInterrupted = false
        for await input in inputs {
            switch input {
            case .event(let event):
                view.show(event)
                switch event {
                case .established: established(call, feed)
                case .muted(let muted): isMuted = muted
                case .held(let held): isHeld = held
                case .ended(let end): return (end, isInterrupted)
                default: break
                }
            case .interrupt:
                isInterrupted = true
                Task { await call.hangUp() }
            case .timeIsUp, .key("q"): Task { await call.hangUp() }
            case .key("m"):
                let wanted = !isMuted
                Task { await call.mute(wanted) }
            case .key("h"):
                let wanted = !isHeld
                attempt(feed) { () async throws(UserAgentError) in try await call.setHold(wanted) }
            case .key("?"): view.toggleHelp()
            case .key(let key) where "0123456789*#".contains(key):
                view.pressed(key)
                attempt(feed) { () async throws(UserAgentError) in try await call.sendDigits(String(key)) }
            case .key: break
            case .incoming(let other): Task { await other.decline(status: 486) }
            }
        }
        return (.hungUp, isInterrupted)
    }

    private func answer(_ call: Call, _ feed: AsyncStream<SessionInput>.Continuation) {
        let options = options
        Task {
            do throws(UserAgentError) {
                try await call.answer(microphone: options.mic, speaker: options.speaker, muted: options.mute)
            } catch {
                feed.yield(.event(.notice("\(error)")))
                await call.decline(status: 480)
            }
        }
    }

    /// What was asked for on the command line is done once the call stands.
    private func established(_ call: Call, _ feed: AsyncStream<SessionInput>.Continuation) {
        if let digits = options.sendDigits {
            attempt(feed) { () async throws(UserAgentError) in
                for group in digits.split(separator: ",", omittingEmptySubsequences: false) {
                    if !group.isEmpty { try await call.sendDigits(String(group)) }
                    try? await Task.sleep(for: .milliseconds(500))
                }
            }
        }
        if let seconds = options.duration {
            Task {
                try? await Task.sleep(for: .seconds(seconds))
                feed.yield(.timeIsUp)
            }
        }
    }

    private func attempt(
        _ feed: AsyncStream<SessionInput>.Continuation,
        _ body: @escaping @Sendable () async throws(UserAgentError) -> Void
    ) {
        Task {
            do throws(UserAgentError) {
                try await body()
            } catch {
                feed.yield(.event(.notice("\(error)")))
            }
        }
    }
}
