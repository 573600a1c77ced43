// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import RTP

/// Forwarding of video beside two bare loops.
struct ForwardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Cameras forwarded to many, beside bare C loops with and without segments (GSO).",
        discussion: """
            The same packets go through confabd and through two loops in C that receive with recvmmsg and send with sendmmsg, one
            message a packet or one for each run of equally long packets (UDP_SEGMENT). Without --slots there is a room for each
            camera, whose watchers see it alone; with it all cameras are in one room and everybody sees all others. "Idle" is what
            the same calls cost while no camera sends: audio, timers, reports, of which the bare loops have none.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Cameras.") var senders = 10
    @Option(help: "Watchers of each camera, who have none. With --slots: members of the room, cameras included.")
    var receivers = 30
    @Option(help: "Bits a second of each camera.") var bitrate = 1_500_000
    @Option(
        help:
            "How pictures are cut into packets: equal, filled, even (browsers), slices (H.264 of mode 0); any of them.")
    var cut = Cuts([.equal])
    @Flag(help: "Packets of a picture leave one by one at 2.5 times the bitrate, as from a browser; else at once.")
    var paced = false
    @Flag(help: "All cameras in one room, each watched by everybody in a line of its own.") var slots = false
    @Option(help: "Seconds measured each time.") var seconds = 4.0
    @Option(help: "Times that all three are measured in turn; of each the run of median cost counts.") var rounds = 3

    /// A list of ways to cut.
    struct Cuts: ExpressibleByArgument {
        let values: [VideoScript.Cut]

        init(_ values: [VideoScript.Cut]) { self.values = values }

        init?(argument: String) {
            let parts = argument.split(separator: ",").map { VideoScript.Cut(rawValue: String($0)) }
            guard !parts.isEmpty, parts.allSatisfy({ $0 != nil }) else { return nil }
            values = parts.compactMap { $0 }
        }

        var defaultValueDescription: String { values.map(\.rawValue).joined(separator: ",") }
    }

    private struct Row: Codable {
        var cut: String
        var figures: [VideoFigures]
    }

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        if slots, receivers < max(2, senders) {
            throw ValidationError("with --slots, --receivers counts all members and is at least --senders")
        }
        var rows: [Row] = []
        var table = Table([
            "cut", "", "packets/s", "cores", "idle", "µs a packet", "less idle", "packets/s a core", "of sendmmsg",
            "of segments", "together", "median ms", "p99 ms", "media",
        ])
        for cut in cut.values {
            Output.progress("\(senders) cameras, \(receivers) watchers, \(cut.rawValue)")
            let scripts = (0..<senders).map { VideoScript(bitrate: bitrate, cut: cut, seed: UInt64($0)) }
            var runs: [[VideoFigures]] = [[], [], []]
            for _ in 0..<max(1, rounds) {
                runs[0].append(try floor(scripts, segments: false))
                runs[1].append(try floor(scripts, segments: true))
                runs[2].append(try await focus(scripts))
            }
            let medians = runs.map { runs in runs.sorted { $0.perPacket < $1.perPacket }[runs.count / 2] }
            let (plain, segments) = (medians[0], medians[1])
            for figures in medians {
                table.add([
                    cut.rawValue, figures.subject, figures.packets.text(0), figures.cores.text(3),
                    figures.idle.text(3), figures.perPacket.text(2), figures.added.text(2), figures.perCore.text(0),
                    (figures.perCore / plain.perCore).text(2), (figures.perCore / segments.perCore).text(2),
                    figures.together.map { ($0 * 100).text(0) + " %" } ?? "-", figures.median.text(2),
                    figures.p99.text(2), figures.media,
                ])
            }
            rows.append(Row(cut: cut.rawValue, figures: runs.flatMap { $0 }))
        }
        try Output.write(rows, to: common.json)
        let place = slots ? "in one room of \(receivers)" : "to \(receivers) each"
        return Section(
            title: "Forwarding, \(senders) cameras of \(bitrate / 1000) kbit/s \(place)\(paced ? ", paced" : "")",
            body: table.text)
    }

    /// Members of a room, cameras first.
    private var roomSize: Int { slots ? receivers : receivers + 1 }
    private var camerasOfRoom: Int { slots ? senders : 1 }
    private var rooms: Int { slots ? 1 : senders }

    private func members(_ scripts: [VideoScript]) throws -> [VideoMember] {
        let lines = slots ? senders : 0
        return try (0..<(rooms * roomSize)).map { index in
            let place = index % roomSize
            let sender = place < camerasOfRoom ? index / roomSize * camerasOfRoom + place : nil
            return try VideoMember(sender: sender, of: senders, script: sender.map { scripts[$0] }, slots: lines)
        }
    }

    private var streams: Int { senders * (roomSize - 1) }

    private func floor(_ scripts: [VideoScript], segments: Bool) throws -> VideoFigures {
        let members = try members(scripts)
        let floor = try FloorProcess(members: members.count) { first in
            [
                "forward-floor", "\(members.count)", "\(first)", "\(roomSize)", "\(camerasOfRoom)",
                segments ? "1" : "0", "\(Int(seconds) + 30)",
            ]
        }
        defer { floor.stop() }
        for (member, place) in zip(members, floor.members) {
            member.destination = place
            member.greet()
        }
        let traffic = try VideoTraffic(members, paced: paced, bitrate: bitrate)
        return try VideoLoad(traffic: traffic, process: floor.pid, streams: streams).run(
            subject: segments ? "segments" : "sendmmsg", seconds: seconds, hasCalls: false)
    }

    private func focus(_ scripts: [VideoScript]) async throws -> VideoFigures {
        try await FocusProcess(common.program).use { focus in
            let members = try members(scripts)
            let dialler = try Dialler(focus: focus.sip)
            try dialler.dial(members) { "forward\($0 / roomSize)" }
            let traffic = try VideoTraffic(
                members, paced: paced, bitrate: bitrate,
                beside: (dialler.socket.descriptor, { dialler.serve() }))
            let figures = try VideoLoad(
                traffic: traffic, process: focus.pid, streams: streams, metrics: { try focus.metrics() }
            ).run(subject: "confabd", seconds: seconds, hasCalls: true)
            dialler.hangUp()
            return figures
        }
    }
}

/// The bare forwarder's own process; started by `forward`.
struct ForwardFloorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward-floor", abstract: "The bare forwarder alone; `forward` starts it.", shouldDisplay: false)

    @Argument var legs: Int
    @Argument var firstPort: Int
    @Argument var room: Int
    @Argument var senders: Int
    @Argument var segments: Int
    @Argument var seconds: Int

    func run() throws {
        try FloorProcess.forward(
            legs: legs, firstPort: firstPort, room: room, senders: senders, segments: segments != 0, seconds: seconds)
    }
}
