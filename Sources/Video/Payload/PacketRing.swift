// SPDX-License-Identifier: GPL-3.0-or-later

/// A fixed number of packets of one stream in memory taken once, found by their unwrapped sequence numbers: each has
/// the slot of its number, so a packet that is a whole ring newer takes the place of an old one.
@safe struct PacketRing<Tag>: ~Copyable {
    /// Octets of the largest payload kept: what an Ethernet frame holds.
    static var payloadCapacity: Int { 1500 }

    private struct Slot {
        var sequence: Int64
        var length: Int32
        var tag: Tag
    }

    // Pointers, because an inline array is copied whole wherever the struct is read. Every index is masked.
    private let slots: UnsafeMutableBufferPointer<Slot>
    private let payloads: UnsafeMutableRawBufferPointer
    private let mask: Int64

    var capacity: Int { Int(mask) + 1 }

    /// - Parameter capacity: packets, at least; the next power of two is taken.
    init(capacity: Int, empty: Tag) {
        precondition((1...65536).contains(capacity), "a ring holds between 1 and 65536 packets")
        var rounded = 1
        while rounded < capacity { rounded *= 2 }
        mask = Int64(rounded - 1)
        unsafe slots = .allocate(capacity: rounded)
        unsafe slots.initialize(repeating: Slot(sequence: -1, length: 0, tag: empty))
        unsafe payloads = .allocate(byteCount: rounded * Self.payloadCapacity, alignment: 16)
    }

    deinit {
        unsafe slots.deinitialize().deallocate()
        unsafe payloads.deallocate()
    }

    /// Copies a packet in, over whatever had its slot. False where it is too large or its number negative.
    mutating func store(_ sequence: Int64, tag: Tag, payload: Span<UInt8>) -> Bool {
        guard payload.count <= Self.payloadCapacity, sequence >= 0 else { return false }
        let index = index(sequence)
        unsafe slots[index] = Slot(sequence: sequence, length: Int32(payload.count), tag: tag)
        guard payload.count > 0 else { return true }
        let start = index * Self.payloadCapacity
        unsafe payload.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(rebasing: payloads[start...]).copyMemory(from: bytes)
        }
        return true
    }

    func contains(_ sequence: Int64) -> Bool {
        guard sequence >= 0 else { return false }
        return unsafe slots[index(sequence)].sequence == sequence
    }

    func tag(_ sequence: Int64) -> Tag? {
        guard contains(sequence) else { return nil }
        return unsafe slots[index(sequence)].tag
    }

    /// The number of the packet that has the slot of `sequence`; negative where nothing has.
    func occupant(_ sequence: Int64) -> Int64 {
        unsafe slots[index(sequence)].sequence
    }

    mutating func remove(_ sequence: Int64) {
        guard contains(sequence) else { return }
        unsafe slots[index(sequence)].sequence = -1
    }

    mutating func removeAll() {
        for index in 0..<capacity { unsafe slots[index].sequence = -1 }
    }

    /// Shows a payload to `body`; nil where the packet is not here.
    func withPayload<Result>(_ sequence: Int64, _ body: (Span<UInt8>) -> Result) -> Result? {
        guard contains(sequence) else { return nil }
        let index = index(sequence)
        let start = index * Self.payloadCapacity
        let length = unsafe Int(slots[index].length)
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: payloads[start..<(start + length)])
        return unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }

    /// Appends a part of a payload to `bytes`; the part is cut to what is there.
    func append(_ range: Range<Int>, of sequence: Int64, to bytes: inout [UInt8]) {
        guard contains(sequence) else { return }
        let index = index(sequence)
        let part = unsafe range.clamped(to: 0..<Int(slots[index].length))
        let start = index * Self.payloadCapacity + part.lowerBound
        unsafe bytes.append(contentsOf: payloads[start..<(start + part.count)])
    }

    private func index(_ sequence: Int64) -> Int { Int(truncatingIfNeeded: sequence & mask) }
}
