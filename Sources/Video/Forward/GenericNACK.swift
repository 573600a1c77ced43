// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// One entry of a generic NACK (RFC 4585 §6.2.1): a lost packet, and which of the sixteen after it are lost too.
package struct GenericNACK: Hashable, Sendable, Sequence {
    /// Octets on the wire.
    package static let size = 4

    /// PID.
    package var packet: UInt16
    /// BLP: bit i stands for `packet` + i + 1.
    package var following: UInt16

    package init(packet: UInt16, following: UInt16 = 0) {
        self.packet = packet
        self.following = following
    }

    /// Reads the entry at `offset`; nil where it does not fit in.
    package init?(at offset: Int, in datagram: Span<UInt8>) {
        guard offset >= 0, offset + Self.size <= datagram.count else { return nil }
        packet = datagram.bigEndianUInt16(at: offset)
        following = datagram.bigEndianUInt16(at: offset + 2)
    }

    /// Takes `sequence` in where it is within reach.
    /// - Returns: whether it is.
    package mutating func insert(_ sequence: UInt16) -> Bool {
        let distance = packet.sequenceDistance(to: sequence)
        guard (0...16).contains(distance) else { return false }
        if distance > 0 { following |= 1 << UInt16(distance - 1) }
        return true
    }

    package func write(into buffer: inout MutableSpan<UInt8>, at offset: Int) {
        buffer.setBigEndian(packet, at: offset)
        buffer.setBigEndian(following, at: offset + 2)
    }

    /// The sequence numbers that are asked for, in order.
    package struct Iterator: IteratorProtocol {
        fileprivate var packet: UInt16
        fileprivate var bits: UInt32
        fileprivate var distance: UInt16 = 0

        package mutating func next() -> UInt16? {
            guard bits != 0 else { return nil }
            let skipped = bits.trailingZeroBitCount
            distance += UInt16(skipped)
            defer {
                bits >>= UInt32(skipped + 1)
                distance += 1
            }
            return packet &+ distance
        }
    }

    package func makeIterator() -> Iterator { Iterator(packet: packet, bits: UInt32(following) << 1 | 1) }
}
