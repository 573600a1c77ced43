// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

struct Confabbench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confabbench",
        abstract: "Puts a confabd of its own under load, checks the media that comes back and says what it cost.",
        discussion: """
            The load runs on the first core that this process may use, what is measured on the last. All traffic is on the
            loopback; every program started ends with this one. Build with `swift build -c release` first.
            """,
        subcommands: [
            AllCommand.self, RoomCommand.self, TalkingCommand.self, RoomsCommand.self, CrowdCommand.self,
            DelayCommand.self,
            CallsCommand.self, ForwardCommand.self, GlassCommand.self, ComposeCommand.self, CanvasCommand.self,
            RecordCommand.self, TranscodeCommand.self,
            AllocationsCommand.self,
            MediaCommand.self, FloorCommand.self, ForwardFloorCommand.self,
        ])
}

@main
enum Program {
    static func main() async {
        // Before there is another thread: all inherit it.
        Cores.prepare()
        await Confabbench.main()
    }
}
