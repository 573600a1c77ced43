// SPDX-License-Identifier: GPL-3.0-or-later
import UserAgent

let agent = try await UserAgent.start()
let call = try await agent.call(CommandLine.arguments[1], microphone: "file:question.wav", speaker: "file:answer.wav")
for await event in call.events {
    if case .roster(let roster) = event { print(roster.members.map(\.name)) }
    if case .digit("9") = event { await call.hangUp() }
    if case .ended(let end) = event { print(end) }
}
await agent.stop()
