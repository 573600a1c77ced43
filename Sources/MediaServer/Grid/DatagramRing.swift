// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Synchronization
import Video

/// Datagrams on their way from one thread to one other, in memory taken once. Neither thread waits for the other or takes a lock: what
/// finds the ring full is dropped and counted.
@safe
final class DatagramRing<Tag: Sendable>: Sendable {
    private struct Slot {
        var tag: Tag
        var length: Int
    }

    /// Octets of the largest datagram: an Ethernet frame's.
    private static var largest: Int { 1500 }

    // Written by the giving thread between `taken` and `given`, read by the taking one: a slot belongs to one of them at a time.
    private nonisolated(unsafe) let slots: UnsafeMutablePointer<Slot>
    private nonisolated(unsafe) let bytes: UnsafeMutableRawPointer
    private let mask: Int
    private let given = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    private let lost = Atomic<Int>(0)

    /// - Parameters:
    ///   - capacity: datagrams; a power of two.
    ///   - blank: what stands in places that have not been used yet.
    init(capacity: Int, blank: Tag) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a ring's capacity is a power of two")
        mask = capacity - 1
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: Slot(tag: blank, length: 0), count: capacity)
        unsafe bytes = .allocate(byteCount: capacity * Self.largest, alignment: 64)
    }

    deinit {
        unsafe slots.deinitialize(count: mask + 1)
        unsafe slots.deallocate()
        unsafe bytes.deallocate()
    }

    /// Datagrams in it; for the taking thread no fewer than it will find.
    var count: Int { given.load(ordering: .acquiring) - taken.load(ordering: .acquiring) }

    /// Datagrams that found it full, or were too large.
    var dropped: Int { lost.load(ordering: .relaxed) }

    /// Gives a copy of `datagram`.
    /// - Returns: false where it was dropped.
    @discardableResult
    func give(_ datagram: Span<UInt8>, _ tag: Tag) -> Bool {
        give(tag) { place in
            guard datagram.count <= place.count else { return 0 }
            place.copy(datagram, at: 0)
            return datagram.count
        }
    }

    /// Gives what `write` puts into the room it is shown, as many octets as it returns; 0: nothing.
    /// - Returns: false where there is no room, or nothing was written.
    func give(_ tag: Tag, _ write: (inout MutableSpan<UInt8>) -> Int) -> Bool {
        let next = given.load(ordering: .relaxed)
        guard next - taken.load(ordering: .acquiring) <= mask else {
            lost.add(1, ordering: .relaxed)
            return false
        }
        let index = next & mask
        let room = unsafe UnsafeMutableRawBufferPointer(start: bytes + index * Self.largest, count: Self.largest)
        var place = unsafe MutableSpan<UInt8>(_unsafeBytes: room)
        let length = write(&place)
        guard length > 0 else {
            lost.add(1, ordering: .relaxed)
            return false
        }
        unsafe slots[index] = Slot(tag: tag, length: length)
        given.store(next + 1, ordering: .releasing)
        return true
    }

    /// Shows the oldest datagram to `body` and takes it out.
    /// - Returns: false where there is none.
    func take(_ body: (Span<UInt8>, Tag) -> Void) -> Bool {
        let next = taken.load(ordering: .relaxed)
        guard next < given.load(ordering: .acquiring) else { return false }
        let index = next & mask
        let slot = unsafe slots[index]
        let content = unsafe UnsafeRawBufferPointer(start: bytes + index * Self.largest, count: slot.length)
        unsafe body(Span<UInt8>(_unsafeBytes: content), slot.tag)
        taken.store(next + 1, ordering: .releasing)
        return true
    }
}

/// What goes with a datagram of pictures.
struct PictureTag: Hashable, Sendable {
    /// Whose it is.
    var source: VideoSourceID
    var codec: PayloadFormat
    /// When it came, or was made.
    var instant: MediaInstant
    /// Nanoseconds from then on until the sound is heard that belongs to it.
    var soundDelay: Int64 = 0
}

typealias PictureRing = DatagramRing<PictureTag>

extension DatagramRing where Tag == PictureTag {
    /// - Parameter capacity: datagrams; a power of two.
    convenience init(capacity: Int) {
        self.init(
            capacity: capacity, blank: PictureTag(source: VideoSourceID(rawValue: 0), codec: .vp8, instant: .zero))
    }
}
