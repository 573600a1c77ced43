// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Audio
import CFloor
import MediaServer

/// Heap allocations of the media path, counted.
struct AllocationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allocations", abstract: "Counts heap allocations for each packet and tick after warm-up.",
        discussion: """
            The media server of the focus runs within this program, whose allocator counts. What the media thread allocates is
            told apart by who asked for it: our own code and the Swift runtime on its behalf, or a C library such as oRTP.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Members of the room.") var members = 30
    @Option(help: "How many talk.") var talking = 3
    @Option(help: "opus, g722, pcmu or pcma.") var codec = AudioCodec.opus
    @Flag(help: "Members say how loud they are (RFC 6464).") var levels = false
    @Flag(help: "Nobody talks; one has a camera, which all others see.") var video = false
    @Option(help: "Seconds counted.") var seconds = 6.0

    struct Site: Codable {
        var library: String
        /// Symbol, or place in the file for a symbolizer.
        var place: String
        var count: Int
        var bytes: Int
    }

    struct Figures: Codable {
        var codec: String
        var packetsIn: Int
        var packetsOut: Int
        var ticks: Int
        /// By our code, for all packets and ticks together.
        var own: Int
        /// By C libraries.
        var libraries: Int
        var sites: [Site]
        var media: String
    }

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        Output.progress("allocations, \(video ? "video" : codec.rawValue)")
        let rig = try MediaRig(members: members, talking: talking, codec: codec, levels: levels)
        var figures: Figures
        if video {
            let pictures = try VideoRig(rig, bitrate: 1_500_000)
            let traffic = try VideoTraffic(pictures.members, paced: false, bitrate: 1_500_000)
            traffic.isSilent = false
            figures = try await count(traffic, at: rig.server) { traffic.restart() }
            let seen = pictures.members.map(\.seen)
            let isRight = seen.allSatisfy { $0.lost + $0.jumps + $0.broken == 0 }
            figures.media =
                "\(seen.count { $0.senders > 0 }) saw \(traffic.seen) packets, \(isRight ? "all right" : "not all right")"
        } else {
            let traffic = try Traffic(rig.crew)
            figures = try await count(traffic, at: rig.server) { traffic.restart(expecting: Int(seconds * 50) + 8) }
            figures.media = try Listening(rig.crew.filter(\.keeps), talkers: Array(0..<talking)).description
        }
        await rig.server.shutDown()
        try Output.write(figures, to: common.json)
        return Section(title: "Heap allocations, \(figures.codec)", body: Self.text(figures))
    }

    private func count(
        _ traffic: some PlannedLoad, at server: MediaServer, restart: () -> Void
    ) async throws -> Figures {
        traffic.run(seconds: 5)
        let before = await server.totals()
        restart()
        confab_count_allocations_begin()
        traffic.run(seconds: seconds)
        _ = confab_count_allocations_end()
        let after = await server.totals()
        let sites = Self.sites()
        let own = sites.filter { Self.isOwn($0.library) }.reduce(0) { $0 + $1.count }
        return Figures(
            codec: video ? "video" : codec.rawValue, packetsIn: Int(after.packetsIn - before.packetsIn),
            packetsOut: Int(after.packetsOut - before.packetsOut), ticks: Int(after.ticks - before.ticks), own: own,
            libraries: sites.reduce(0) { $0 + $1.count } - own, sites: sites, media: "")
    }

    private static func text(_ figures: Figures) -> String {
        var table = Table(["packets in", "packets out", "ticks", "ours", "C libraries", "media"])
        table.add([
            "\(figures.packetsIn)", "\(figures.packetsOut)", "\(figures.ticks)", "\(figures.own)",
            "\(figures.libraries)", figures.media,
        ])
        let places = figures.sites.prefix(12).map {
            "- \($0.count) × \($0.bytes / max(1, $0.count)) bytes: \($0.library) \($0.place)"
        }
        return ([table.text, ""] + places).joined(separator: "\n")
    }

    private static func isOwn(_ library: String) -> Bool {
        library == "confabbench" || library.hasPrefix("libswift") || library.isEmpty
    }

    private static func sites() -> [Site] {
        var raw = [confab_allocation_site](repeating: confab_allocation_site(), count: 512)
        let count = Int(unsafe confab_allocation_sites(&raw, 512))
        return raw[..<count].map { site in
            var library = [CChar](repeating: 0, count: 256)
            var symbol = [CChar](repeating: 0, count: 256)
            let offset = unsafe confab_library_of(site.address, &library, &symbol, 256)
            let name = Self.text(symbol)
            return Site(
                library: Self.text(library), place: name.isEmpty ? "+0x" + String(offset, radix: 16) : name,
                count: Int(site.count), bytes: Int(site.bytes))
        }.sorted { $0.count > $1.count }
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
