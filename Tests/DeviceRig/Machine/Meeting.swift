// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Foundation
import TestSupport

/// A focus inside the virtual machine, and what meets there: the release build of our own programs.
struct Meeting: Sendable {
    let machine: VirtualMachine
    private let focus: GuestProgram
    private let port: Int

    static func begin() async throws -> Meeting {
        let machine = try await VirtualMachine.running()
        // Each its own, so that no test waits for another's port.
        let port = 5100 + 10 * Int.random(in: 0..<400)
        let script = """
            cat >configuration.yaml <<'END'
            sip: {listen: ["udp:127.0.0.1:\(port)", "tcp:127.0.0.1:\(port)"]}
            audio: {chimes: false, lone-member-music: false}
            operator: {socket: /run/confabd-\(port)}
            END
            exec \(program("confabd")) --config configuration.yaml
            """
        let focus = try GuestProgram(machine, "focus", script: script)
        try await focus.awaitPrinted("is ready")
        return Meeting(machine: machine, focus: focus, port: port)
    }

    static func program(_ name: String) -> String {
        // The rig lies beside it in the build folder.
        URL(filePath: VirtualMachine.folder ?? "").deletingLastPathComponent().appending(path: "release/\(name)")
            .path(percentEncoded: false)
    }

    /// Calls the room and waits until the call stands.
    func member(_ name: String, _ options: [String]) async throws -> GuestProgram {
        let command = [
            Self.program("confab"), "call", "sip:rig@127.0.0.1:\(port)", "--name", name, "--user", name, "--headless",
            "--json", "--codec", "pcmu",
        ]
        let member = try GuestProgram(machine, name, command + options)
        try await member.event("established")
        return member
    }

    func end(_ members: [GuestProgram]) async throws {
        for member in members { try await member.stop() }
        try await focus.stop("TERM")
    }

    /// A tone that comes and goes twice a second, as a WAV file in the shared folder.
    func tone(_ frequency: Double) throws -> String {
        let path = "\(machine.shared)/\(Int(frequency)).wav"
        guard !FileManager.default.fileExists(atPath: path) else { return path }
        let rate = 48_000
        var generator = ToneGenerator(frequency: frequency, level: -12, sampleRate: rate)
        var writer = try WAVWriter(path: path, sampleRate: rate)
        // Longer than any test, so that a player need not begin again.
        for _ in 0..<240 {
            try writer.append(generator.next(rate / 4).span)
            try writer.append(Array(repeating: 0, count: rate / 4).span)
        }
        try writer.finish()
        return path
    }
}
