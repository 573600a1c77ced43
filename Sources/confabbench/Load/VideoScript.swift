// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Picture
import TestSupport
import Video

/// What a camera of the load sends, over and over: two seconds of VP8 pictures, a key frame first, cut into packets.
struct VideoScript {
    /// How senders cut their pictures.
    enum Cut: String, CaseIterable, ExpressibleByArgument {
        /// All equally long, the last somewhat shorter: ours.
        case equal
        /// As long as may be, and the rest: linphone, baresip, ffmpeg, GStreamer.
        case filled
        /// As `equal`, spread so evenly that they differ by one octet: browsers.
        case even
        /// Each as long as a slice of the picture comes out: H.264 of packetization-mode 0.
        case slices
    }

    struct Packet {
        /// VP8 data behind the payload descriptor.
        var data: [UInt8]
        /// Number of the picture in the script.
        var picture: Int
        var isFirst: Bool
        var isLast: Bool
    }

    /// Pictures a second.
    static let rate = 30
    /// Pictures of the script.
    static let pictures = 60
    /// Octets of VP8 data in a packet at most.
    private static let room = 1150
    /// Octets of VP8 data in a packet at least, so that there is room for a mark.
    private static let least = 32
    /// How much larger than others a key frame is.
    private static let keyframe = 5.0

    private(set) var packets: [Packet] = []
    /// Packets of each picture.
    private(set) var ranges: [Range<Int>] = []
    /// Whether each packet ends with a mark.
    let isMarked: Bool

    /// Pictures that can be decoded.
    init(_ frames: [EncodedFrame]) {
        isMarked = false
        for (picture, frame) in frames.enumerated() {
            let first = packets.count
            for start in stride(from: 0, to: frame.bytes.count, by: Self.room) {
                let end = min(start + Self.room, frame.bytes.count)
                packets.append(
                    Packet(
                        data: Array(frame.bytes[start..<end]), picture: picture, isFirst: start == 0,
                        isLast: end == frame.bytes.count))
            }
            ranges.append(first..<packets.count)
        }
    }

    /// Pictures that nobody is to decode: behind the beginning that a switch reads they hold marks only.
    ///
    /// - Parameter bitrate: bits a second of VP8 data.
    init(bitrate: Int, cut: Cut, seed: UInt64) {
        isMarked = true
        var random = SeededGenerator(seed: seed &+ 101)
        var weights = (0..<Self.pictures).map { _ in 0.6 + 0.8 * random.unit() }
        weights[0] = Self.keyframe
        let bytes = Double(bitrate) / 8 * Double(Self.pictures) / Double(Self.rate) / weights.reduce(0, +)
        for (picture, weight) in weights.enumerated() {
            let first = packets.count
            for size in Self.sizes(Int(weight * bytes), cut, &random) {
                var data = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ packets.count &* 13) }
                if packets.count == first {
                    // Frame tag, and of a key frame start code and 640x360 (RFC 6386 §9.1).
                    let head: [UInt8] =
                        picture == 0 ? [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01] : [0x11, 0, 0]
                    data.replaceSubrange(0..<head.count, with: head)
                }
                packets.append(Packet(data: data, picture: picture, isFirst: packets.count == first, isLast: false))
            }
            packets[packets.count - 1].isLast = true
            ranges.append(first..<packets.count)
        }
    }

    private static func sizes(_ size: Int, _ cut: Cut, _ random: inout SeededGenerator) -> [Int] {
        let size = max(size, least)
        let count = (size + room - 1) / room
        var sizes: [Int]
        switch cut {
        case .equal:
            let chunk = (size + count - 1) / count
            sizes = Array(repeating: chunk, count: count - 1) + [size - chunk * (count - 1)]
        case .filled:
            sizes = Array(repeating: room, count: count - 1) + [size - room * (count - 1)]
        case .even:
            let longer = size % count
            sizes = (0..<count).map { size / count + ($0 >= count - longer ? 1 : 0) }
        case .slices:
            sizes = []
            var left = size
            while left > 0 {
                let slice = min(left, 700 + Int(random.unit() * 450))
                sizes.append(slice)
                left -= slice
            }
        }
        return sizes.map { max($0, least) }
    }
}

/// Who sent a packet of a script, and which of all that it sent: the last octets of the packet.
struct PacketMark: Hashable {
    static let size = 8

    var sender: UInt16
    var number: UInt32

    init(sender: UInt16, number: UInt32) {
        self.sender = sender
        self.number = number
    }

    private var check: UInt16 {
        sender ^ UInt16(truncatingIfNeeded: number) ^ UInt16(truncatingIfNeeded: number >> 16) ^ 0xC0FA
    }

    /// The mark at the end of `packet`; nil where that is no mark.
    init?(of packet: Span<UInt8>) {
        guard packet.count >= Self.size else { return nil }
        var value: UInt64 = 0
        for index in (packet.count - Self.size)..<packet.count { value = value << 8 | UInt64(packet[index]) }
        sender = UInt16(truncatingIfNeeded: value >> 48)
        number = UInt32(truncatingIfNeeded: value >> 16)
        guard UInt16(truncatingIfNeeded: value) == check else { return nil }
    }

    /// Writes it over the end of `packet`.
    func write(over packet: inout [UInt8]) {
        let value = UInt64(sender) << 48 | UInt64(number) << 16 | UInt64(check)
        for index in 0..<Self.size {
            packet[packet.count - 1 - index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }
}
