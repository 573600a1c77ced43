// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

/// Where a datagram leaves: a socket's descriptor and the peer's address. The owner keeps the socket open.
package struct DatagramRoute: Hashable, Sendable {
    package var descriptor: Int32
    package var destination: SocketAddress

    package init(descriptor: Int32, destination: SocketAddress) {
        self.descriptor = descriptor
        self.destination = destination
    }
}

/// What a datagram carries.
package enum DatagramChannel: Hashable, Sendable {
    case media
    case control
}

/// The datagrams that the sessions of one media thread have made and that have not left yet: a fixed number of slots,
/// shared by all of them, so that the bytes stay in the processor's cache. Confined to its thread.
///
/// The owner calls `flush` at the end of each turn of its loop; a full store flushes itself. A test, or a stage
/// between (SRTP), takes the datagrams with `drain` instead.
@safe
package final class OutgoingDatagrams {
    /// Bytes of one slot, an Ethernet frame's.
    package static let slotSize = 1500

    /// What a full store does.
    package enum WhenFull: Sendable {
        case flush
        /// The datagram is dropped and counted.
        case drop
    }

    package private(set) var count = 0
    /// Datagrams that left.
    package private(set) var sent = 0
    /// Datagrams that the system refused: full send buffer, no route, and the like.
    package private(set) var refused = 0
    /// Datagrams that found no slot.
    package private(set) var overflowed = 0
    /// Datagrams of a session without a route: its peer is not known yet.
    package private(set) var unrouted = 0

    private let capacity: Int
    private let whenFull: WhenFull
    private let bytes: UnsafeMutableRawPointer
    private let slots: UnsafeMutablePointer<clinux_datagram>
    private let descriptors: UnsafeMutablePointer<Int32>
    private let channels: UnsafeMutablePointer<DatagramChannel>

    /// - Parameter capacity: slots of 1500 bytes; 16 of them fit into a processor's first cache.
    package init(capacity: Int = 16, whenFull: WhenFull = .flush) {
        precondition(capacity > 0, "a store holds at least one datagram")
        self.capacity = capacity
        self.whenFull = whenFull
        // One slot more: the scratch room in which oRTP reads what was received.
        unsafe bytes = .allocate(byteCount: (capacity + 1) * Self.slotSize, alignment: 64)
        unsafe slots = .allocate(capacity: capacity)
        unsafe descriptors = .allocate(capacity: capacity)
        unsafe channels = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: clinux_datagram(), count: capacity)
        unsafe descriptors.initialize(repeating: -1, count: capacity)
        unsafe channels.initialize(repeating: .media, count: capacity)
        for index in 0..<capacity {
            unsafe slots[index].bytes = bytes + index * Self.slotSize
        }
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe slots.deallocate()
        unsafe descriptors.deallocate()
        unsafe channels.deallocate()
    }

    /// Sends all that waits, with one system call for neighbours that share a socket. What the system refuses is
    /// dropped and counted: media is not worth waiting for.
    package func flush() {
        var first = 0
        while first < count {
            let descriptor = unsafe descriptors[first]
            var end = first + 1
            while end < count, unsafe descriptors[end] == descriptor { end += 1 }
            send(first..<end, over: descriptor)
            first = end
        }
        count = 0
    }

    /// Hands all that waits to `body`, in order, and forgets it.
    package func drain(_ body: (Span<UInt8>, DatagramChannel, DatagramRoute) -> Void) {
        let waiting = count
        count = 0
        for index in 0..<waiting {
            let slot = unsafe slots[index]
            guard let destination = unsafe SocketAddress(slot.peer) else { continue }
            let route = DatagramRoute(descriptor: unsafe descriptors[index], destination: destination)
            let datagram = unsafe UnsafeRawBufferPointer(start: slot.bytes, count: Int(slot.length))
            unsafe body(Span<UInt8>(_unsafeBytes: datagram), channels[index], route)
        }
    }

    private func send(_ range: Range<Int>, over descriptor: Int32) {
        var index = range.lowerBound
        while index < range.upperBound {
            let remaining = range.upperBound - index
            let answer: Int32
            if remaining == 1 {
                answer = unsafe clinux_send(
                    descriptor, slots[index].bytes, Int(slots[index].length), &slots[index].peer)
            } else {
                answer = unsafe clinux_send_batch(descriptor, slots + index, Int32(remaining))
            }
            if answer < 0 {
                refused += 1
                index += 1
            } else {
                let left = remaining == 1 ? 1 : max(1, Int(answer))
                sent += left
                index += left
            }
        }
    }
}

// For the session that writes into it.
extension OutgoingDatagrams {
    /// Room for one datagram at a time that is being received; its content lasts until the next one.
    var scratch: UnsafeMutableRawPointer {
        unsafe bytes + capacity * Self.slotSize
    }

    /// The slot that the next `commit` will keep; nil when there is no room.
    func reserve() -> UnsafeMutableRawPointer? {
        if count == capacity {
            guard whenFull == .flush else {
                overflowed += 1
                return nil
            }
            flush()
        }
        return unsafe slots[count].bytes
    }

    /// Keeps `length` bytes of the slot that `reserve` gave.
    func commit(length: Int, channel: DatagramChannel, route: DatagramRoute?) {
        guard let route else {
            unrouted += 1
            return
        }
        unsafe slots[count].length = Int32(length)
        unsafe slots[count].peer = route.destination.system
        unsafe descriptors[count] = route.descriptor
        unsafe channels[count] = channel
        count += 1
    }
}
