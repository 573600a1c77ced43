// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Audio
import RTP

/// How long the way through the focus is.
struct DelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delay", abstract: "Delay from packet in to mixed packet out, G.711, over many phases.",
        discussion: """
            In each of many rooms of two, one says noise that never repeats within five seconds. What the other hears is looked
            for in it sample by sample. The rooms' packets come at different moments of the mixer's tick.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Rooms, each at another phase.") var rooms = 50
    @Option(help: "Most delay that the network adds, ms; spread evenly from none.") var jitter = 0
    @Option(help: "Packets that the network loses, percent.") var loss = 0
    @Option(help: "Seconds measured.") var seconds = 8.0

    private struct Figures: Codable {
        var jitter: Int
        var loss: Int
        /// ms.
        var median: Double
        var p99: Double
        var least: Double
        var most: Double
        /// Packets looked at, and those in which nothing of what was said could be recognised.
        var packets: Int
        var strange: Int
        /// Of what all members sent, how much the focus made up, 0...1.
        var concealed: Double
    }

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        Output.progress("delay over \(rooms) rooms, jitter \(jitter) ms, loss \(loss) %")
        let figures = try await FocusProcess(common.program).use { try measure($0) }
        try Output.write(figures, to: common.json)
        var table = Table([
            "jitter ms", "loss %", "median ms", "p99 ms", "least", "most", "packets", "not recognised", "concealed",
        ])
        table.add([
            "\(jitter)", "\(loss)", figures.median.text(1), figures.p99.text(1), figures.least.text(1),
            figures.most.text(1), "\(figures.packets)",
            (100 * Double(figures.strange) / Double(max(1, figures.packets))).text(2) + " %",
            (figures.concealed * 100).text(2) + " %",
        ])
        return Section(
            title: "Delay, G.711, jitter \(jitter) ms, loss \(loss) %", body: table.text)
    }

    private func measure(_ focus: FocusProcess) throws -> Figures {
        let noise = Voice.narrowNoise(seconds: PayloadLoop.seconds, rate: 8000, level: -25, seed: 11)
        let talker = try PayloadLoop(noise, codec: .pcmu)
        let listener = try PayloadLoop.listener(codec: .pcmu)
        let probe = try DelayProbe(talker)
        var members: [LoadMember] = []
        for room in 0..<rooms {
            members.append(try LoadMember(talker, talker: room, payloadType: 0))
            let ears = try LoadMember(listener, payloadType: 0)
            ears.keeps = true
            members.append(ears)
        }
        let dialler = try Dialler(focus: focus.sip)
        try dialler.dial(members) { "delay\($0 / 2)" }
        let warmUp = 4.0
        let plan = SendPlan(
            members: members.count, jitter: jitter, loss: loss, ticks: Int((warmUp + seconds + 2) * 50))
        let traffic = try Traffic(members, plan: plan, beside: (dialler.socket.descriptor, { dialler.serve() }))
        traffic.run(seconds: warmUp)
        let before = try focus.metrics()
        traffic.restart(expecting: Int(seconds * 50))
        traffic.run(seconds: seconds)
        let after = try focus.metrics()
        dialler.hangUp()

        var delays: [Double] = []
        var strange = 0
        for index in stride(from: 1, to: members.count, by: 2) {
            let start = (traffic.pace.began ?? 0) + SendPlan.phase(index - 1, of: members.count)
            let heard = members[index].heard
            for packet in stride(from: 0, to: heard.kept.count, by: 5) {
                let kept = heard.kept[packet]
                let samples = try DelayProbe.decode(heard.keptBytes[kept.payload], .pcmu)
                if let delay = probe.delay(of: samples, arrival: kept.arrival, since: start) {
                    delays.append(delay)
                } else {
                    strange += 1
                }
            }
        }
        guard !delays.isEmpty else { throw BenchError("nothing of what was said came back") }
        return Figures(
            jitter: jitter, loss: loss, median: delays.quantile(0.5), p99: delays.quantile(0.99),
            least: delays.min() ?? 0, most: delays.max() ?? 0, packets: delays.count + strange, strange: strange,
            concealed: after.added("confab_concealed_seconds_total", since: before) / seconds
                / Double(members.count))
    }
}
