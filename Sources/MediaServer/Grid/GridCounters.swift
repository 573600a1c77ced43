// SPDX-License-Identifier: GPL-3.0-or-later

/// Figures of composed canvases since the beginning.
package struct GridCounters: Hashable, Sendable {
    /// Rooms that have one now, and streams that are encoded of them.
    package var canvases = 0
    package var streams = 0
    /// Cameras that are decoded now.
    package var sources = 0
    /// Canvases a second that the busiest thread keeps up with; nil where there is none.
    package var rate: Int?
    package var ticks: UInt64 = 0
    /// Ticks that began over half a period late, or found frames that nobody had time to decode.
    package var lateTicks: UInt64 = 0
    /// Ticks left out because those before them took too long.
    package var missedTicks: UInt64 = 0
    /// Times that the rate was lowered for want of time.
    package var rateCuts: UInt64 = 0
    /// Frames decoded.
    package var decodesVP8: UInt64 = 0
    package var decodesH264: UInt64 = 0
    /// Frames that did not decode.
    package var decodeErrors: UInt64 = 0
    /// Frames left out because their camera had used up its share of the processor.
    package var decodeSkips: UInt64 = 0
    /// Canvases encoded, once a stream.
    package var encodesVP8: UInt64 = 0
    package var encodesH264: UInt64 = 0
    package var encodeErrors: UInt64 = 0
    /// Packets of cameras that did not reach the canvas, and packets of canvases that did not reach the room.
    package var packetsLost: UInt64 = 0
    /// Key frames of cameras that canvases asked for.
    package var keyframeDemands: UInt64 = 0
    /// Nanoseconds of the processor.
    package var decoding: UInt64 = 0
    package var scaling: UInt64 = 0
    package var drawing: UInt64 = 0
    package var encoding: UInt64 = 0

    package init() {}

    mutating func add(_ other: GridCounters) {
        canvases += other.canvases
        streams += other.streams
        sources += other.sources
        rate = [rate, other.rate].compactMap { $0 }.min()
        ticks &+= other.ticks
        lateTicks &+= other.lateTicks
        missedTicks &+= other.missedTicks
        rateCuts &+= other.rateCuts
        decodesVP8 &+= other.decodesVP8
        decodesH264 &+= other.decodesH264
        decodeErrors &+= other.decodeErrors
        decodeSkips &+= other.decodeSkips
        encodesVP8 &+= other.encodesVP8
        encodesH264 &+= other.encodesH264
        encodeErrors &+= other.encodeErrors
        packetsLost &+= other.packetsLost
        keyframeDemands &+= other.keyframeDemands
        decoding &+= other.decoding
        scaling &+= other.scaling
        drawing &+= other.drawing
        encoding &+= other.encoding
    }
}
