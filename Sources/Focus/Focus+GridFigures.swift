// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import MediaServer

// The composed grid in figures, for operators.
extension Focus {
    func gridMetrics(_ grid: GridCounters) -> [MetricFamily] {
        func gauge(_ name: String, _ help: String, _ value: Int) -> MetricFamily {
            MetricFamily("confab_canvas_\(name)", help: help, .gauge([.init(Double(value))]))
        }
        func count(_ name: String, _ help: String, _ value: UInt64) -> MetricFamily {
            MetricFamily("confab_canvas_\(name)_total", help: help, .counter([.init(Double(value))]))
        }
        func count(_ name: String, _ help: String, by label: String, _ values: [(String, Double)]) -> MetricFamily {
            MetricFamily(
                "confab_canvas_\(name)_total", help: help,
                .counter(values.map { .init($0.1, labels: [.init(label, $0.0)]) }))
        }
        return [
            gauge(
                "rooms", "Composed pictures: a room's, and those of one camera for slots of another codec.",
                grid.canvases),
            gauge("streams", "Forms in which composed pictures are encoded.", grid.streams),
            gauge("cameras", "Cameras that are decoded.", grid.sources),
            gauge("rate", "Composed pictures a second of the busiest thread; 0 where there is none.", grid.rate ?? 0),
            count("ticks", "Times that the pictures of a thread were composed.", grid.ticks),
            count("ticks_late", "Those that began late or left frames undecoded.", grid.lateTicks),
            count("ticks_missed", "Those left out for want of time.", grid.missedTicks),
            count("rate_cuts", "Times that the rate was lowered for want of time.", grid.rateCuts),
            count(
                "decodes", "Frames decoded.", by: "codec",
                [("vp8", Double(grid.decodesVP8)), ("h264", Double(grid.decodesH264))]),
            count("decode_errors", "Frames that did not decode.", grid.decodeErrors),
            count("decode_skips", "Frames left out: their camera had used up its share.", grid.decodeSkips),
            count(
                "encodes", "Composed pictures encoded, once a stream.", by: "codec",
                [("vp8", Double(grid.encodesVP8)), ("h264", Double(grid.encodesH264))]),
            count("encode_errors", "Composed pictures that did not encode.", grid.encodeErrors),
            count("packets_lost", "Packets on their way to or from canvases that found no room.", grid.packetsLost),
            count("keyframes_asked", "Key frames of cameras that canvases asked for.", grid.keyframeDemands),
            count(
                "seconds", "Time of the processor.", by: "work",
                [
                    ("decode", Double(grid.decoding) / 1e9), ("scale", Double(grid.scaling) / 1e9),
                    ("draw", Double(grid.drawing) / 1e9), ("encode", Double(grid.encoding) / 1e9),
                ]),
        ]
    }
}
