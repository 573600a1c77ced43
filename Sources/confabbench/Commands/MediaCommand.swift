// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Audio
import CFloor
import Glibc
import MediaServer

/// The media path alone: for trying changes to it.
struct MediaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media", abstract: "One room within this process: what the media thread alone costs.")

    @OptionGroup var common: CommonOptions
    @Option(help: "Sizes of the room.") var members = Numbers([10, 100, 500])
    @Option(help: "How many talk.") var talking = 3
    @Option(help: "opus, g722, pcmu or pcma.") var codec = AudioCodec.opus
    @Flag(help: "Members say how loud they are (RFC 6464).") var levels = false
    @Option(help: "Seconds measured for each size.") var seconds = 5.0

    func run() async throws {
        var table = Table(["members", "µs/member·tick", "cores", "late ticks", "media"])
        for count in members.values {
            let rig = try MediaRig(members: count, talking: talking, codec: codec, levels: levels)
            let traffic = try Traffic(rig.crew)
            traffic.run(seconds: 3)
            traffic.restart(expecting: Int(seconds * 50) + 8)
            let counters = await rig.server.totals()
            guard let before = ProcessUsage(of: getpid()) else { throw BenchError("no figures in /proc") }
            traffic.run(seconds: seconds)
            guard let after = ProcessUsage(of: getpid()) else { throw BenchError("no figures in /proc") }
            let late = await rig.server.totals().lateness.late - counters.lateness.late
            await rig.server.shutDown()
            let own = Int(confab_thread())
            let spent = after.threads.reduce(0) { $1.key == own ? $0 : $0 + $1.value - (before.threads[$1.key] ?? 0) }
            let listening = try Listening(rig.crew.filter(\.keeps), talkers: Array(0..<talking))
            table.add([
                "\(count)", (spent / seconds / 50 / Double(count) * 1e6).text(2), (spent / seconds).text(3), "\(late)",
                listening.description,
            ])
        }
        print(table.text)
    }
}
