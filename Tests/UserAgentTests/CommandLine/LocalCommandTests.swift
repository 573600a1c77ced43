// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Testing
import UserAgent

@testable import confab

@Suite("lines that are for confab itself") struct LocalCommandTests {
    @Test(
        "sources are switched by line",
        arguments: [
            ("/camera off", LocalCommand.camera(nil)), ("/camera on", .cameraOn),
            ("/CAMERA   none", .camera(VideoSourceSpec.none)),
            ("/share off", .share(nil)), ("/share screen", .share(.screen(window: nil))),
        ])
    func read(text: String, command: LocalCommand) {
        #expect(LocalCommand(text) == command)
    }

    @Test("all else is for the conference", arguments: ["hello", "/mute bob", "/cameras", "camera off", ""])
    func others(text: String) {
        #expect(LocalCommand(text) == nil)
    }

    @Test("what cannot be shown says why", arguments: ["/camera", "/share", "/camera nonsense:x"])
    func mistakes(text: String) {
        guard case .mistaken(let words) = LocalCommand(text) else {
            Issue.record("\(text) is taken")
            return
        }
        #expect(!words.isEmpty)
    }
}
