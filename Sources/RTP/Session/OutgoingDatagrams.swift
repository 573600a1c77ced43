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
/// The owner calls `flush` at the end of each turn of its loop; a full store flushes itself. Datagrams to one destination
/// leave in order and, where they are equally long, as one message, which the system cuts up (`DatagramRun`): a picture's
/// packets to one receiver cost a third of what they cost one by one. A test, or a stage between (SRTP), takes the
/// datagrams with `drain` instead.
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
    /// Datagrams among them that left with others as one message.
    package private(set) var segmented = 0
    /// Datagrams that the system refused: full send buffer, no route, and the like.
    package private(set) var refused = 0
    /// Messages of several datagrams that it refused; the datagrams left one by one.
    package private(set) var refusedRuns = 0
    /// Datagrams that found no slot.
    package private(set) var overflowed = 0
    /// Datagrams of a session without a route: its peer is not known yet.
    package private(set) var unrouted = 0

    private let capacity: Int
    private let whenFull: WhenFull
    private let bytes: UnsafeMutableRawPointer
    private let slots: UnsafeMutablePointer<clinux_outgoing>
    var shared = SharedPayloads()
    private let descriptors: UnsafeMutablePointer<Int32>
    private let channels: UnsafeMutablePointer<DatagramChannel>
    private var groups: DestinationGroups
    /// Slots as they leave, and what of them leaves together.
    private let order: UnsafeMutablePointer<UInt16>
    private let runs: UnsafeMutablePointer<clinux_run>
    private var joins = clinux_knows_segments() == 1
    /// Destinations to which the system sent no message of several datagrams: a path that takes less than the usual
    /// frame, a device that cannot sum. They get their datagrams one by one for good.
    private var single: Set<SocketAddress> = []
    /// From so many on it is not the destination's doing.
    private static let mostSingle = 64

    /// - Parameter capacity: slots of 1500 bytes; 16 of them fit into a processor's first cache. At most 65535.
    package init(capacity: Int = 16, whenFull: WhenFull = .flush) {
        precondition((1...65_535).contains(capacity), "a store holds between 1 and 65535 datagrams")
        self.capacity = capacity
        self.whenFull = whenFull
        groups = DestinationGroups(capacity: capacity)
        // One slot more: the scratch room in which oRTP reads what was received.
        unsafe bytes = .allocate(byteCount: (capacity + 1) * Self.slotSize, alignment: 64)
        unsafe slots = .allocate(capacity: capacity)
        unsafe descriptors = .allocate(capacity: capacity)
        unsafe channels = .allocate(capacity: capacity)
        unsafe order = .allocate(capacity: capacity)
        unsafe runs = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: clinux_outgoing(), count: capacity)
        unsafe descriptors.initialize(repeating: -1, count: capacity)
        unsafe channels.initialize(repeating: .media, count: capacity)
        unsafe order.initialize(repeating: 0, count: capacity)
        unsafe runs.initialize(repeating: clinux_run(), count: capacity)
        for index in 0..<capacity {
            unsafe slots[index].bytes = UnsafeRawPointer(bytes + index * Self.slotSize)
        }
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe slots.deallocate()
        unsafe descriptors.deallocate()
        unsafe channels.deallocate()
        unsafe order.deallocate()
        unsafe runs.deallocate()
    }

    /// Sends all that waits, destination by destination, with one system call for neighbours that share a socket. What
    /// the system refuses is dropped and counted: media is not worth waiting for.
    package func flush() {
        guard count > 0 else { return shared.release() }
        var descriptor = groups.route(0).descriptor
        var ordered = 0
        var made = 0
        for index in 0..<groups.count {
            let route = groups.route(index)
            if route.descriptor != descriptor {
                send(made, over: descriptor)
                descriptor = route.descriptor
                made = 0
                ordered = 0
            }
            let joins = joins && (single.isEmpty || !single.contains(route.destination))
            var run = DatagramRun()
            var next: Int? = groups.first(index)
            while let slot = next {
                let length = unsafe Int(slots[slot].length + slots[slot].rest_length)
                if run.count == 0 || !run.take(length) {
                    run = DatagramRun()
                    _ = run.take(length)
                    if !joins { run.close() }
                    unsafe runs[made] = clinux_run(first: UInt16(ordered), count: 0)
                    made += 1
                }
                unsafe order[ordered] = UInt16(slot)
                ordered += 1
                unsafe runs[made - 1].count += 1
                next = groups.next(slot)
            }
        }
        send(made, over: descriptor)
        count = 0
        groups.removeAll()
        shared.release()
    }

    /// Hands all that waits to `body`, in the order in which it came, and forgets it.
    package func drain(_ body: (Span<UInt8>, DatagramChannel, DatagramRoute) -> Void) {
        let waiting = count
        count = 0
        groups.removeAll()
        shared.release()
        for index in 0..<waiting {
            let slot = unsafe slots[index]
            if unsafe slot.rest_length > 0, let rest = unsafe slot.rest {
                let place = unsafe bytes + index * Self.slotSize + Int(slot.length)
                unsafe place.copyMemory(from: rest, byteCount: Int(slot.rest_length))
            }
            guard let destination = unsafe SocketAddress(slot.peer) else { continue }
            let route = DatagramRoute(descriptor: unsafe descriptors[index], destination: destination)
            let datagram = unsafe UnsafeRawBufferPointer(
                start: slot.bytes, count: Int(slot.length + slot.rest_length))
            unsafe body(Span<UInt8>(_unsafeBytes: datagram), channels[index], route)
        }
    }

    /// Sends the first `made` runs.
    private func send(_ made: Int, over descriptor: Int32) {
        var index = 0
        while index < made {
            let run = unsafe runs[index]
            if made - index == 1, run.count == 1 {
                sendOne(run, over: descriptor)
                return
            }
            let answer = unsafe clinux_send_runs(descriptor, slots, order, runs + index, Int32(made - index))
            if answer < 0 {
                refuse(run, SystemError(answer: answer), over: descriptor)
                index += 1
            } else {
                for left in index..<(index + max(1, Int(answer))) {
                    let count = unsafe Int(runs[left].count)
                    sent += count
                    if count > 1 { segmented += count }
                }
                index += max(1, Int(answer))
            }
        }
    }

    private func sendOne(_ run: clinux_run, over descriptor: Int32) {
        let slot = unsafe Int(order[Int(run.first)])
        var answer: Int32
        if unsafe slots[slot].rest_length == 0 {
            answer = unsafe clinux_send(descriptor, slots[slot].bytes, Int(slots[slot].length), &slots[slot].peer)
        } else {
            var one = clinux_run(first: run.first, count: 1)
            answer = unsafe clinux_send_runs(descriptor, slots, order, &one, 1)
        }
        if answer < 0 { refused += 1 } else { sent += 1 }
    }

    /// After the system did not take a run.
    private func refuse(_ run: clinux_run, _ error: SystemError, over descriptor: Int32) {
        guard run.count > 1, error.meansNoSegments else {
            refused += Int(run.count)
            return
        }
        refusedRuns += 1
        if let destination = unsafe SocketAddress(slots[Int(order[Int(run.first)])].peer) { single.insert(destination) }
        if single.count > Self.mostSingle {
            joins = false
            single = []
        }
        for place in run.first..<(run.first + run.count) {
            sendOne(clinux_run(first: place, count: 1), over: descriptor)
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
        return unsafe bytes + count * Self.slotSize
    }

    /// Keeps `length` bytes of the slot that `reserve` gave.
    func commit(length: Int, channel: DatagramChannel, route: DatagramRoute?) {
        unsafe commit(length: length, rest: nil, channel: channel, route: route)
    }

    /// The same, with what lies at `rest` behind them.
    func commit(
        length: Int, rest: UnsafeRawBufferPointer?, channel: DatagramChannel, route: DatagramRoute?
    ) {
        guard let route else {
            unrouted += 1
            return
        }
        unsafe slots[count].length = UInt32(length)
        unsafe slots[count].rest = rest?.baseAddress
        unsafe slots[count].rest_length = UInt32(rest?.count ?? 0)
        unsafe slots[count].peer = route.destination.system
        unsafe descriptors[count] = route.descriptor
        unsafe channels[count] = channel
        groups.add(count, to: route)
        count += 1
    }
}
