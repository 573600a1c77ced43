// SPDX-License-Identifier: GPL-3.0-or-later

/// A payload that a store keeps once for many datagrams.
package struct SharedPayload: Hashable, Sendable {
    fileprivate let number: Int
    fileprivate let length: Int
}

/// The payloads that datagrams of a store share: a ring of places in memory that is taken with the first of them.
@safe
struct SharedPayloads: ~Copyable {
    private static let capacity = 256
    private static let size = OutgoingDatagrams.slotSize

    private var bytes: UnsafeMutableRawPointer?
    /// Of the next to come.
    private var next = 0
    /// Of the oldest that a waiting datagram ends with; `next` where none does.
    private var oldest = 0

    deinit { unsafe bytes?.deallocate() }

    /// The next one would take the place of one that is waited with.
    var isFull: Bool { next - oldest >= Self.capacity }

    /// Copies a payload in, over whatever had its place: not while it `isFull`. One that is too long fits nowhere.
    mutating func add(_ payload: Span<UInt8>) -> SharedPayload {
        let length = payload.count
        guard length <= Self.size, !isFull else { return SharedPayload(number: -1, length: 0) }
        let bytes = unsafe bytes ?? .allocate(byteCount: Self.capacity * Self.size, alignment: 64)
        unsafe self.bytes = bytes
        let number = next
        next += 1
        unsafe payload.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (bytes + number % Self.capacity * Self.size).copyMemory(from: start, byteCount: length)
        }
        return SharedPayload(number: number, length: length)
    }

    /// Where a part of a payload lies, which stays there until `release`; nil where it is gone, or has no such part.
    mutating func use(_ payload: SharedPayload, _ part: Range<Int>) -> UnsafeRawBufferPointer? {
        guard payload.number >= 0, next - payload.number <= Self.capacity, part.lowerBound >= 0,
            part.upperBound <= payload.length, let bytes = unsafe bytes
        else { return nil }
        oldest = min(oldest, payload.number)
        let start = unsafe bytes + payload.number % Self.capacity * Self.size + part.lowerBound
        return unsafe UnsafeRawBufferPointer(start: start, count: part.count)
    }

    /// No datagram waits any more.
    mutating func release() { oldest = next }
}
