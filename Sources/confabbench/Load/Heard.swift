// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// What came back to one member.
struct Heard {
    /// One packet kept for listening to it later.
    struct Packet {
        let sequence: UInt16
        let timestamp: UInt32
        /// ns, monotonic.
        let arrival: Int64
        let payload: Range<Int>
    }

    var packets = 0
    var bytes = 0
    /// Sequence numbers that never came or came late.
    var gaps = 0
    /// Packets whose timestamp is not where their sequence number puts it.
    var jumps = 0
    /// Packets that named at least one contributing source.
    var named = 0
    /// RTCP and what is no RTP.
    var others = 0
    private(set) var kept: [Packet] = []
    private(set) var keptBytes: [UInt8] = []
    private var last: (sequence: UInt16, timestamp: UInt32)?
    private var step: UInt32 = 0

    mutating func receive(_ datagram: Span<UInt8>, arrival: Int64, keeping: Bool, ticks: UInt32) {
        guard datagram.count >= 12, !(192...223).contains(datagram[1]),
            let header = try? RTPHeader(parsing: datagram)
        else {
            others += 1
            return
        }
        packets += 1
        bytes += datagram.count
        if header.contributingSourceCount > 0 { named += 1 }
        if let last {
            let ahead = header.sequenceNumber &- last.sequence
            if ahead == 0 || ahead > 0x8000 {
                gaps += 1
            } else {
                gaps += Int(ahead) - 1
                if header.timestamp &- last.timestamp != UInt32(ahead) &* ticks { jumps += 1 }
            }
        }
        last = (header.sequenceNumber, header.timestamp)
        guard keeping else { return }
        let start = keptBytes.count
        for index in header.payload { keptBytes.append(datagram[index]) }
        kept.append(
            Packet(
                sequence: header.sequenceNumber, timestamp: header.timestamp, arrival: arrival,
                payload: start..<keptBytes.count))
    }

    /// Begins anew; sequence numbers go on.
    mutating func restart(expecting count: Int) {
        let last = last
        self = Heard()
        self.last = last
        kept.reserveCapacity(count)
        keptBytes.reserveCapacity(count * 180)
    }
}
