// SPDX-License-Identifier: GPL-3.0-or-later

// For senders that make their packets themselves: forwarded video, and the RTCP that goes with it.
extension OutgoingDatagrams {
    /// Keeps a datagram made of two parts, which are copied. No allocation.
    /// - Returns: false where it has no route, is longer than a slot, or finds no room.
    @discardableResult
    package func append(
        _ head: Span<UInt8>, _ rest: Span<UInt8>, channel: DatagramChannel, route: DatagramRoute?
    ) -> Bool {
        let length = head.count + rest.count
        guard length <= Self.slotSize, let slot = unsafe reserve() else { return false }
        unsafe Self.copy(head, to: slot)
        unsafe Self.copy(rest, to: slot + head.count)
        commit(length: length, channel: channel, route: route)
        return route != nil
    }

    /// Keeps a copy of `payload`, a part of which many datagrams are to end with. Until the next flush it is not copied
    /// again; the token is good for as long as its packet is dealt with.
    package func share(_ payload: Span<UInt8>) -> SharedPayload {
        // Whoever still waits for the place that would be taken leaves first.
        if shared.isFull { flush() }
        return shared.add(payload)
    }

    /// Keeps a datagram made of `head`, which is copied, and a part of what was shared. No allocation.
    /// - Returns: false where it has no route, is longer than a slot, or finds no room.
    @discardableResult
    package func append(
        _ head: Span<UInt8>, _ payload: SharedPayload, _ part: Range<Int>, channel: DatagramChannel,
        route: DatagramRoute?
    ) -> Bool {
        guard head.count + part.count <= Self.slotSize, let slot = unsafe reserve(),
            let rest = unsafe shared.use(payload, part)
        else { return false }
        unsafe Self.copy(head, to: slot)
        unsafe commit(length: head.count, rest: rest, channel: channel, route: route)
        return route != nil
    }

    private static func copy(_ part: Span<UInt8>, to place: UnsafeMutableRawPointer) {
        let count = part.count
        unsafe part.withUnsafeBytes { bytes in
            guard count > 0, let start = bytes.baseAddress else { return }
            unsafe place.copyMemory(from: start, byteCount: count)
        }
    }
}
