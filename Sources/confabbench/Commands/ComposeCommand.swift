// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Geometry
import Picture
import Video

/// What a composed canvas costs.
struct ComposeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compose", abstract: "Milliseconds a tick of a canvas of 1280x720: decode, scale, draw, encode.",
        discussion:
            "Within this program, with the codecs and the composer of the focus; no network. Members send 640x360 at 500 kbit/s."
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "Sizes of the grid.") var tiles = Numbers([4, 9, 16])
    @Option(help: "VP8 or H264; both where left out.") var codec: String?
    @Option(help: "Pictures composed.") var pictures = 90

    private struct Row: Codable {
        var codec: String
        var tiles: Int
        /// ms a picture.
        var decode = 0.0
        var scale = 0.0
        var draw = 0.0
        var encode = 0.0
        /// ms, the slowest of all pictures after the first, which is a key frame.
        var worst = 0.0
        /// kbit/s.
        var bitrate = 0.0

        var sum: Double { decode + scale + draw + encode }
    }

    private static let canvas = PictureSize(1280, 720)
    private static let rate = VideoScript.rate

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        var codecs = VideoCodec.allCases
        if let codec {
            guard let known = VideoCodec(rawValue: codec.uppercased()) else {
                throw ValidationError("--codec is VP8 or H264")
            }
            codecs = [known]
        }
        var rows: [Row] = []
        var table = Table([
            "codec", "tiles", "decode ms", "scale ms", "draw ms", "encode ms", "sum ms", "slowest ms",
            "of a core at 30/s",
            "kbit/s",
        ])
        for codec in codecs {
            for count in tiles.values {
                Output.progress("\(count) tiles, \(codec.rawValue)")
                let row = try measure(codec, count)
                table.add([
                    row.codec, "\(row.tiles)", row.decode.text(2), row.scale.text(2), row.draw.text(2),
                    row.encode.text(2), row.sum.text(2), row.worst.text(1),
                    (row.sum * Double(Self.rate) / 10).text(0) + " %", row.bitrate.text(0),
                ])
                rows.append(row)
            }
        }
        try Output.write(rows, to: common.json)
        return Section(title: "A canvas of 1280x720", body: table.text)
    }

    private func measure(_ codec: VideoCodec, _ count: Int) throws -> Row {
        let streams = try (0..<count).map {
            try PatternStream.frames(codec, member: $0, count: pictures + 1, bitrate: 500_000)
        }
        let decoders = try (0..<count).map { _ in try codec.makeDecoder() }
        let composer = Composer(Self.canvas, cache: TileCache())
        let encoder = try codec.makeEncoder(
            VideoEncoderParameters(size: Self.canvas, frameRate: Self.rate, bitrate: 1_500_000))
        let layout = GridLayout.grid(
            Array(0..<count), on: PictureSize(Self.canvas.width, Self.canvas.height))
        var newest = [PictureFrame?](repeating: nil, count: count)
        var row = Row(codec: codec.rawValue, tiles: count)
        var out = EncodedFrame()
        var bytes = 0
        let clock = ContinuousClock()
        for index in 0...pictures {
            let began = clock.now
            for member in 0..<count where !streams[member][index].bytes.isEmpty {
                let frame = streams[member][index]
                if let picture = try decoders[member].decode(frame.bytes, timestamp: UInt32(index * 3000)) {
                    newest[member] = picture
                }
            }
            let decoded = clock.now
            let tiles = layout.tiles.map { tile in
                Tile(
                    source: UInt64(tile.member),
                    area: tile.area,
                    content: newest[tile.member].map { .picture($0) } ?? .card(reason: "no picture"),
                    name: "Member \(tile.member)", isTalking: tile.member == 0)
            }
            let composing = composer.compose(tiles)
            let drawn = clock.now
            let isSent = try encoder.encode(
                composer.canvas, timestamp: Int64(index * 3000), keyframe: false, into: &out)
            let encoded = clock.now
            // The first is a key frame, and everything is new.
            guard index > 0 else { continue }
            let share = 1 / Double(pictures)
            row.decode += Self.milliseconds(decoded - began) * share
            row.scale += Self.milliseconds(composing.scaling) * share
            row.draw += Self.milliseconds(drawn - decoded - composing.scaling) * share
            row.encode += Self.milliseconds(encoded - drawn) * share
            row.worst = max(row.worst, Self.milliseconds(encoded - began))
            if isSent { bytes += out.bytes.count }
        }
        row.bitrate = Double(bytes * 8 * Self.rate) / Double(pictures) / 1000
        return row
    }

    private static func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
}
