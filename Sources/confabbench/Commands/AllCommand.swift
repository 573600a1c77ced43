// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation

/// Every measurement, one after the other, as a page of Markdown.
struct AllCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all",
        abstract: "Runs everything in about twenty-eight minutes and writes the figures as Markdown."
    )

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Write the page here; else to the terminal.", valueName: "file")) var output: String?
    @Flag(help: "Shorter runs and smaller rooms: a look, not a figure.") var quick = false

    private typealias Step = (arguments: [String], run: ([String]) async throws -> Section)

    func run() async throws {
        var page = [
            "# Benchmarks", "", HostDescription.text, "",
            "Made by `make bench`; each part by the command under its title.", "",
        ]
        var unmeasured: [String] = []
        for step in steps {
            let arguments = step.arguments + ["--confabd", common.program]
            do {
                let section = try await step.run(Array(arguments.dropFirst()))
                page += [
                    "## \(section.title)", "", "`confabbench \(step.arguments.joined(separator: " "))`", "",
                    section.body, "",
                ]
            } catch {
                page += ["## \(step.arguments.joined(separator: " "))", "", "Not measured: \(error)", ""]
                unmeasured.append(step.arguments.joined(separator: " "))
            }
            Output.progress(page.suffix(6).joined(separator: "\n"))
        }
        let text = page.joined(separator: "\n")
        if let output {
            try text.write(toFile: output, atomically: true, encoding: .utf8)
        } else {
            print(text)
        }
        guard unmeasured.isEmpty else {
            throw BenchError("not measured: \(unmeasured.joined(separator: "; ")); the page says why")
        }
    }

    private var steps: [Step] {
        let sizes = quick ? "10,100" : "10,100,500,1000"
        let seconds = quick ? "4" : "8"
        return [
            (["room", "--members", sizes, "--levels", "--seconds", seconds, "--peer", "janus"], Self.room),
            (["room", "--members", sizes, "--seconds", seconds], Self.room),
            (["room", "--members", "100", "--codec", "pcmu", "--seconds", seconds, "--peer", "janus"], Self.room),
            (["talking", "--members", quick ? "10" : "10,50,100", "--peer", "janus"], Self.talking),
            (["talking", "--members", quick ? "10" : "10,50", "--mixed", "0"], Self.talking),
            (["rooms", "--rooms", quick ? "50" : "300", "--members", "3", "--seconds", seconds], Self.rooms),
            (
                ["rooms", "--rooms", quick ? "20" : "80", "--members", "3", "--codec", "opus", "--seconds", seconds],
                Self.rooms
            ),
            (["crowd", "--members", quick ? "100" : "500"], Self.crowd),
            (["delay", "--seconds", seconds], Self.delay),
            (["delay", "--jitter", "30", "--loss", "5", "--seconds", seconds], Self.delay),
            (["calls", "--rate", "500", "--seconds", quick ? "10" : "60"], Self.calls),
            (["allocations"], Self.allocations),
            (["allocations", "--codec", "pcmu"], Self.allocations),
            (
                ["forward", "--slots", "--senders", "20", "--receivers", "30", "--rounds", quick ? "1" : "3"],
                Self.forward
            ),
            (
                [
                    "forward", "--slots", "--senders", "20", "--receivers", "30", "--rounds", "1", "--cut",
                    "filled,even,slices",
                ], Self.forward
            ),
            (["forward", "--slots", "--senders", "20", "--receivers", "30", "--rounds", "1", "--paced"], Self.forward),
            (["forward", "--senders", "10", "--receivers", "30", "--rounds", "1"], Self.forward),
            (["glass", "--seconds", quick ? "5" : "20"], Self.glass),
            (["glass", "--agents", "--seconds", quick ? "5" : "20"], Self.glass),
            (["compose"], Self.compose),
            (["canvas", "--members", quick ? "4" : "4,9,16"], Self.canvas),
            (["record", "--members", quick ? "4" : "4,9,16"], Self.record),
            (["transcode", "--cameras", quick ? "4" : "1,4,8"], Self.transcode),
            (["allocations", "--video"], Self.allocations),
        ]
    }

    private static func room(_ arguments: [String]) async throws -> Section {
        try await RoomCommand.parse(arguments).report()
    }

    private static func talking(_ arguments: [String]) async throws -> Section {
        try await TalkingCommand.parse(arguments).report()
    }

    private static func rooms(_ arguments: [String]) async throws -> Section {
        try await RoomsCommand.parse(arguments).report()
    }

    private static func crowd(_ arguments: [String]) async throws -> Section {
        try await CrowdCommand.parse(arguments).report()
    }

    private static func delay(_ arguments: [String]) async throws -> Section {
        try await DelayCommand.parse(arguments).report()
    }

    private static func calls(_ arguments: [String]) async throws -> Section {
        try await CallsCommand.parse(arguments).report()
    }

    private static func forward(_ arguments: [String]) async throws -> Section {
        try await ForwardCommand.parse(arguments).report()
    }

    private static func glass(_ arguments: [String]) async throws -> Section {
        try await GlassCommand.parse(arguments).report()
    }

    private static func compose(_ arguments: [String]) async throws -> Section {
        try await ComposeCommand.parse(arguments).report()
    }

    private static func canvas(_ arguments: [String]) async throws -> Section {
        try await CanvasCommand.parse(arguments).report()
    }

    private static func record(_ arguments: [String]) async throws -> Section {
        try await RecordCommand.parse(arguments).report()
    }

    private static func transcode(_ arguments: [String]) async throws -> Section {
        try await TranscodeCommand.parse(arguments).report()
    }

    private static func allocations(_ arguments: [String]) async throws -> Section {
        try await AllocationsCommand.parse(arguments).report()
    }
}
