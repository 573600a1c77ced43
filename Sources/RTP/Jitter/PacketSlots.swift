// SPDX-License-Identifier: GPL-3.0-or-later

/// The jitter buffer's memory: a fixed number of slots of fixed size, found by sequence number. Never grows.
///
/// The lowest free slot is taken first, so that a calm stream touches only a few pages of it.
@safe struct PacketSlots: ~Copyable {
    /// Slots; a power of two not above 64, because a machine word is the free list.
    static let count = 64
    /// Bytes of the largest payload kept.
    static let payloadCapacity = 1500

    struct Entry {
        var sequence: Int64 = 0
        var timestamp: Int64 = 0
        var duration: Int32 = 0
        var length: UInt16 = 0
        var payloadType: UInt8 = 0
        var marker = false
        var level: AudioLevel?

        var end: Int64 { timestamp &+ Int64(duration) }
    }

    // Pointers rather than inline arrays: the compiler copies an inline array whole (2 KB) to read one element of it.
    // Every index is masked or compared with `count` before use.
    private let entries: UnsafeMutableBufferPointer<Entry>
    private let slotBySequence: UnsafeMutableBufferPointer<UInt8>
    private var free = UInt64.max
    private let payloads: UnsafeMutableRawBufferPointer

    init() {
        unsafe entries = .allocate(capacity: Self.count)
        unsafe entries.initialize(repeating: Entry())
        unsafe slotBySequence = .allocate(capacity: Self.count)
        unsafe slotBySequence.initialize(repeating: 255)
        unsafe payloads = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.count * Self.payloadCapacity, alignment: 16)
    }

    deinit {
        unsafe payloads.deallocate()
        unsafe entries.deallocate()
        unsafe slotBySequence.deallocate()
    }

    /// The entry with that sequence number.
    func entry(_ sequence: Int64) -> Entry? {
        guard let slot = slot(of: sequence) else { return nil }
        return unsafe entries[slot]
    }

    /// The payload of the entry with that sequence number; empty if it is not here. Valid until it is removed.
    func payload(_ sequence: Int64) -> UnsafeRawBufferPointer {
        guard let slot = slot(of: sequence) else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = slot * Self.payloadCapacity
        return unsafe UnsafeRawBufferPointer(rebasing: payloads[start..<(start + Int(entries[slot].length))])
    }

    /// Copies a packet in. False if there is no room for it.
    mutating func store(_ entry: Entry, payload: UnsafeRawBufferPointer) -> Bool {
        let index = Self.index(entry.sequence)
        guard free != 0, unsafe slotBySequence[index] == 255, payload.count <= Self.payloadCapacity else {
            return false
        }
        let slot = free.trailingZeroBitCount
        free &= ~(1 << UInt64(slot))
        unsafe slotBySequence[index] = UInt8(slot)
        unsafe entries[slot] = entry
        unsafe entries[slot].length = UInt16(payload.count)
        let start = slot * Self.payloadCapacity
        unsafe UnsafeMutableRawBufferPointer(rebasing: payloads[start..<(start + payload.count)]).copyMemory(
            from: payload)
        return true
    }

    mutating func remove(_ sequence: Int64) {
        guard let slot = slot(of: sequence) else { return }
        unsafe slotBySequence[Self.index(sequence)] = 255
        free |= 1 << UInt64(slot)
    }

    mutating func removeAll() {
        unsafe slotBySequence.update(repeating: 255)
        free = .max
    }

    private func slot(of sequence: Int64) -> Int? {
        let slot = unsafe Int(slotBySequence[Self.index(sequence)])
        guard slot < Self.count, unsafe entries[slot].sequence == sequence else { return nil }
        return slot
    }

    private static func index(_ sequence: Int64) -> Int {
        Int(truncatingIfNeeded: sequence & Int64(count - 1))
    }
}
