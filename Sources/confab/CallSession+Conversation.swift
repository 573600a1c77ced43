// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import UserAgent

extension CallSession {
    /// Shows a call and obeys keys until it is over. A call that came in is answered first.
    ///
    /// - Returns: how the call ended, and whether somebody wanted the whole program to end.
    func converse(
        in call: Call, _ recorder: SceneRecorder?, _ inputs: AsyncStream<SessionInput>,
        _ feed: AsyncStream<SessionInput>.Continuation
    ) async -> (end: CallEnd, isInterrupted: Bool) {
        var talk = Conversation(
            call: call, options: options, view: CallView(form, began: began),
            pictures: CallPictures(call, wantsWindow: wantsWindow, recorder: recorder, feed), feed: feed)
        talk.view.begin(call)
        let listening = Task {
            for await event in call.events { feed.yield(.event(event)) }
        }
        defer { listening.cancel() }
        if call.direction == .incoming { answer(call, feed) }
        var isInterrupted = false
        for await input in inputs {
            if case .interrupt = input { isInterrupted = true }
            if let end = talk.take(input) {
                await talk.pictures.end()
                return (end, isInterrupted)
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
}
