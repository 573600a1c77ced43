// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

/// Writes the heads of a line's packets, and its name (`a=mid`) into the first of them and into those after each switch, where that is agreed
/// and the line shares its ports (RFC 9143 §15): a receiver need not know SSRCs. Nothing is allocated per packet.
struct LineName {
    /// The header extension as it stands behind the CSRC list (RFC 8285 §4.2); empty where none is agreed.
    private let element: [UInt8]
    /// Packets that are still to carry it.
    private var left = LineName.repeats

    /// As many packets of a stream: one may be lost.
    private static let repeats = 8
    /// Octets of a packet that may grow by it: nothing is to be cut up on its way.
    private static let largest = 1350

    init(_ settings: VideoLineSettings) {
        let name = Array((settings.mid ?? "").utf8)
        guard settings.namesItself, let number = settings.midExtension, (1...14).contains(number),
            (1...16).contains(name.count)
        else {
            element = []
            return
        }
        var bytes = [0xBE, 0xDE, 0, UInt8((1 + name.count + 3) / 4), number << 4 | UInt8(name.count - 1)] + name
        while bytes.count % 4 != 0 { bytes.append(0) }
        element = bytes
    }

    /// A header, one contributing source, the longest name, and the longest descriptor.
    typealias Head = InlineArray<46, UInt8>

    /// The head of a packet, and its octets.
    /// - Parameter octets: what follows it.
    mutating func head(of packet: ForwardedPacket, octets: Int) -> (Head, size: Int) {
        var head = Head(repeating: 0)
        var buffer = head.mutableSpan
        packet.writeHead(into: &buffer)
        if packet.startsSource { left = Self.repeats }
        let size = packet.headSize
        guard left > 0, !element.isEmpty, size + element.count + octets <= Self.largest else { return (head, size) }
        left -= 1
        let place = packet.headerSize
        for index in (place..<size).reversed() { buffer[index + element.count] = buffer[index] }
        for index in element.indices { buffer[place + index] = element[index] }
        buffer[0] |= 0x10
        return (head, size + element.count)
    }
}
