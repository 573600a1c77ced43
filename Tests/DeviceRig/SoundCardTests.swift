// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

extension DeviceRig {
    /// ALSA's loopback card: what is played on one end of it is recorded on the other.
    @Suite(.serialized) struct SoundCardTests {
        @Test func theCardIsListed() async throws {
            let machine = try await VirtualMachine.running()
            try await machine.shell("load snd-aloop")
            let listed = try await machine.shell("exec \(Meeting.program("confab")) devices")
            #expect(listed.contains("alsa:hw:CARD=Loopback,DEV=0  (microphone, speaker)"), "\(listed)")
        }

        @Test func tonesGoThroughAMicrophoneAndASpeaker() async throws {
            let room = try await Meeting.begin()
            let card = try await Card.plugIn(room)
            let member = try await room.member("card", Card.options)
            let other = try await room.member(
                "other", ["--mic", "file:\(room.tone(880))", "--speaker", "file:heard.wav"])
            // Each hears the other, neither itself: nothing of the loudspeaker comes back by the microphone.
            try await GuestRecording(path: other.path("heard.wav")).awaitTone(440, notOver: 880)
            try await card.heard.awaitTone(880, notOver: 440)
            try await card.unplug()
            try await room.end([member, other])
        }

        @Test func aCardIsPulledOutAndPutBackInACall() async throws {
            let room = try await Meeting.begin()
            _ = try await Card.plugIn(room)
            let member = try await room.member("card", Card.options)
            let other = try await room.member(
                "other", ["--mic", "file:\(room.tone(880))", "--speaker", "file:heard.wav"])
            let ears = GuestRecording(path: other.path("heard.wav"))
            try await ears.awaitTone(440)
            let mark = member.mark
            try await room.machine.shell("echo snd_aloop.0 >/sys/bus/platform/drivers/snd_aloop/unbind")
            try await member.event("notice", after: mark) { "\($0["text"] ?? "")".contains("went away") }
            try await room.machine.shell("echo snd_aloop.0 >/sys/bus/platform/drivers/snd_aloop/bind")
            // The call went on meanwhile, and both ends are back.
            for device in ["hw:Loopback,1,0", "hw:Loopback,0,1"] {
                try await member.event("notice", after: mark) {
                    let text = "\($0["text"] ?? "")"
                    return text.contains(device) && text.contains("is back")
                }
            }
            let again = try await Card.plugIn(room)
            try await ears.awaitTone(440)
            try await again.heard.awaitTone(880)
            try await again.unplug()
            try await room.end([member, other])
        }
    }
}

/// The far ends of the card's two cables: a tone is played into what is our microphone, and what our speaker plays is
/// recorded.
struct Card: Sendable {
    static let options = ["--mic", "alsa:hw:Loopback,1,0", "--speaker", "alsa:hw:Loopback,0,1"]

    private let player: GuestProgram
    private let recorder: GuestProgram

    static func plugIn(_ room: Meeting) async throws -> Card {
        try await room.machine.shell("load snd-aloop")
        let player = try GuestProgram(
            room.machine, "player", ["aplay", "-q", "-D", "hw:Loopback,0,0", room.tone(440)])
        let recorder = try GuestProgram(
            room.machine, "recorder",
            ["arecord", "-q", "-D", "hw:Loopback,1,1", "-f", "S16_LE", "-c", "1", "-r", "48000", "heard.wav"])
        return Card(player: player, recorder: recorder)
    }

    var heard: GuestRecording { GuestRecording(path: recorder.path("heard.wav")) }

    func unplug() async throws {
        try await player.stop("TERM")
        try await recorder.stop("TERM")
    }
}
