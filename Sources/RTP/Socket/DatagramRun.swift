// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

/// Datagrams to one destination that leave as one message of the system, which cuts it up again (UDP_SEGMENT, udp(7)): all
/// as long as the first, but the last, which may be shorter.
struct DatagramRun: Hashable, Sendable {
    /// The most datagrams in one message.
    static let maximumCount = Int(CLINUX_SEGMENTS)
    /// The most bytes in one message: what fits behind the headers of IPv4 and UDP.
    static let maximumBytes = 65_507

    private(set) var count = 0
    private var bytes = 0
    private var segment = 0
    private var isClosed = false

    /// Takes the next datagram, of `length` bytes.
    /// - Returns: false where it begins another run.
    mutating func take(_ length: Int) -> Bool {
        if count == 0 {
            segment = length
            // The system takes a size of 0 for no size at all.
            isClosed = length == 0
        } else {
            guard !isClosed, count < Self.maximumCount, length > 0, length <= segment,
                bytes + length <= Self.maximumBytes
            else { return false }
            isClosed = length < segment
        }
        bytes += length
        count += 1
        return true
    }

    /// Makes the datagram taken last the only one that there will be.
    mutating func close() { isClosed = true }
}
