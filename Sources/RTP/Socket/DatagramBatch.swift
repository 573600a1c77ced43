// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

/// Room for the datagrams of one system call (recvmmsg). One for each media thread, used for all its sockets in turn;
/// not shared between threads.
@safe
package final class DatagramBatch {
    /// The most datagrams in one call.
    package static let maximumCapacity = Int(CLINUX_BATCH)
    /// Bytes for one datagram: an Ethernet frame's and some. A longer one is dropped by `receive`.
    package static let slotSize = 2048

    /// How many datagrams the last `receive` brought.
    package private(set) var count = 0
    /// Datagrams that were too long for a slot, since the beginning.
    package private(set) var oversized = 0
    /// What takes the kernel's stamps to the monotonic clock, ns.
    private var clockOffset = clinux_realtime_offset()
    private var now = MediaInstant.zero
    private var stampsAreTrueFrom = MediaInstant.zero
    /// The most that one call takes.
    package let capacity: Int
    private let bytes: UnsafeMutableRawBufferPointer
    private let slots: UnsafeMutableBufferPointer<clinux_datagram>

    /// - Parameter capacity: datagrams, 1–64.
    package init(capacity: Int = 16) {
        precondition((1...Self.maximumCapacity).contains(capacity), "a batch holds 1 to 64 datagrams")
        self.capacity = capacity
        unsafe bytes = .allocate(byteCount: capacity * Self.slotSize, alignment: 64)
        unsafe slots = .allocate(capacity: capacity)
        for index in 0..<capacity {
            unsafe slots.initializeElement(
                at: index,
                to: clinux_datagram(
                    bytes: bytes.baseAddress?.advanced(by: index * Self.slotSize), capacity: UInt32(Self.slotSize),
                    length: 0, peer: clinux_address(), stamp: 0))
        }
    }

    deinit {
        unsafe slots.deallocate()
        unsafe bytes.deallocate()
    }

    /// Tells the time, once for each turn of the owner's loop: no datagram received until the next call counts as having
    /// come later.
    package func begin(now: MediaInstant) {
        self.now = now
        let offset = clinux_realtime_offset()
        // The wall clock was set: what waits may bear a stamp of before.
        if abs(offset &- clockOffset) > Self.steady { stampsAreTrueFrom = now.advanced(byNanoseconds: Self.distrust) }
        clockOffset = offset
    }

    /// Receives what waits on `descriptor`, up to the batch's capacity, in one system call. With a level-triggered
    /// poll one call a wake-up is enough: what is left raises the next event.
    /// - Returns: how many datagrams there are; 0 when none waits.
    /// - Throws: the system's error.
    package func receive(from descriptor: Int32) throws(SystemError) -> Int {
        count = 0
        let answer = unsafe clinux_receive_batch(descriptor, slots.baseAddress, Int32(slots.count))
        if answer == -SystemError.wouldBlock.rawValue { return 0 }
        guard answer >= 0 else { throw SystemError(answer: answer) }
        count = Int(answer)
        return count
    }

    /// Lends the datagram at `index`, below `count`, with its source and when the kernel took it in, however late it is
    /// looked at. Not called for one that was too long.
    package func withDatagram(_ index: Int, _ body: (Span<UInt8>, SocketAddress, MediaInstant) -> Void) {
        precondition(index < count, "no such datagram in this batch")
        let slot = unsafe slots[index]
        guard unsafe slot.length >= 0, let source = unsafe SocketAddress(slot.peer) else {
            oversized += 1
            return
        }
        let start = index * Self.slotSize
        let datagram = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<(start + Int(slot.length))])
        unsafe body(Span<UInt8>(_unsafeBytes: datagram), source, arrival(stamp: slot.stamp))
    }

    private func arrival(stamp: Int64) -> MediaInstant {
        guard stamp != 0, now >= stampsAreTrueFrom else { return now }
        let age = now.nanoseconds &+ clockOffset &- stamp
        return now.advanced(byNanoseconds: -min(max(age, 0), Self.oldest))
    }

    /// The longest that a datagram is taken to have waited, ns.
    private static let oldest: Int64 = 1_000_000_000
    /// What the clocks may part between two turns of a loop, ns: a second of the fastest slewing.
    private static let steady: Int64 = 1_000_000
    /// For how long stamps are not believed after the wall clock was set, ns: until every socket has been read.
    private static let distrust: Int64 = 100_000_000
}
