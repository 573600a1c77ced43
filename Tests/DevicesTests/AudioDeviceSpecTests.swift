// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Testing

@Suite struct AudioDeviceSpecTests {
    @Test(arguments: [
        ("none", AudioSourceSpec.none),
        ("default", .alsa("default")),
        ("alsa:hw:0,0", .alsa("hw:0,0")),
        ("hw:1,0", .alsa("hw:1,0")),
        ("plughw:CARD=USB,DEV=0", .alsa("plughw:CARD=USB,DEV=0")),
        ("file:x.wav", .file(path: "x.wav", once: false)),
        ("file:/tmp/a b.wav?once", .file(path: "/tmp/a b.wav", once: true)),
        ("file:x.wav?loop", .file(path: "x.wav", once: false)),
        ("tone:440", .tone(frequency: 440, level: -16)),
        ("tone:440@-20", .tone(frequency: 440, level: -20)),
        ("tone:697.5@0", .tone(frequency: 697.5, level: 0)),
    ])
    func microphoneIsWhatIsNamed(text: String, expected: AudioSourceSpec) throws {
        #expect(try AudioSourceSpec(parsing: text) == expected)
    }

    @Test(arguments: [
        ("none", AudioSinkSpec.none),
        ("default", .alsa("default")),
        ("alsa:hw:0,0", .alsa("hw:0,0")),
        ("file:out.wav", .file(path: "out.wav")),
    ])
    func speakerIsWhatIsNamed(text: String, expected: AudioSinkSpec) throws {
        #expect(try AudioSinkSpec(parsing: text) == expected)
    }

    @Test(arguments: [
        ("", "say default"),
        ("alsa:", "say default"),
        ("file:", "file name is missing"),
        ("file:?once", "file name is missing"),
        ("file:x.wav?twice", "?once or ?loop"),
        ("x.wav", "write file:x.wav"),
        ("/tmp/x", "write file:/tmp/x"),
        ("440", "tone:440"),
        ("tone:", "tone:HZ"),
        ("tone:loud", "tone:HZ"),
        ("tone:5", "20 to 20000 Hz"),
        ("tone:440@6", "-90 to 0 dB"),
        ("tone:440@-20@1", "tone:HZ"),
        ("my mic", "no blanks"),
    ])
    func aSlipIsTaught(text: String, advice: String) {
        let error = #expect(throws: DeviceError.self) { try AudioSourceSpec(parsing: text) }
        #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("tone:440", "not a speaker"), ("file:x.wav?once", "for microphones"), ("out.wav", "file:out.wav"),
    ])
    func aSlipOfASpeakerIsTaught(text: String, advice: String) {
        let error = #expect(throws: DeviceError.self) { try AudioSinkSpec(parsing: text) }
        #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
    }
}
