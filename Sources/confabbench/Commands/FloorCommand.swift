// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// The bare loop's own process; started by the other commands.
struct FloorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floor", abstract: "The bare C loop alone; other commands start it.", shouldDisplay: false)

    @Argument var members: Int
    @Argument var firstPort: Int
    @Argument var payload: Int
    @Argument var seconds: Int

    func run() throws {
        try FloorProcess.run(members: members, firstPort: firstPort, payload: payload, seconds: seconds)
    }
}
