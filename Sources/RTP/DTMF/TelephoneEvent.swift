// SPDX-License-Identifier: GPL-3.0-or-later

/// The payload of one telephone event (RFC 4733 §2.3): four bytes.
package struct TelephoneEvent: Hashable, Sendable {
    /// Bytes on the wire.
    package static let size = 4
    /// The longest duration that one segment can state, in ticks.
    package static let maximumDuration: UInt16 = .max

    /// Event code: 0–15 the keys, 16 flash.
    package var code: UInt8
    /// The event has ended: its duration is final.
    package var isEnd: Bool
    /// Power, dB below 0 dBm0: 0–63.
    package var volume: UInt8
    /// So far, in ticks of the RTP clock, counted from the packet's timestamp.
    package var duration: UInt16

    package init(code: UInt8, isEnd: Bool, volume: UInt8 = 10, duration: UInt16) {
        self.code = code
        self.isEnd = isEnd
        self.volume = min(volume, 63)
        self.duration = duration
    }

    /// Reads the event at `offset` of `payload`; nil where it does not fit in.
    package init?(at offset: Int = 0, in payload: Span<UInt8>) {
        guard offset >= 0, offset + Self.size <= payload.count else { return nil }
        code = payload[offset]
        isEnd = payload[offset + 1] & 0x80 != 0
        volume = payload[offset + 1] & 0x3F
        duration = payload.bigEndianUInt16(at: offset + 2)
    }

    /// Its four bytes. The reserved bit is 0.
    package var bytes: InlineArray<4, UInt8> {
        [
            code, (isEnd ? 0x80 : 0) | volume, UInt8(truncatingIfNeeded: duration >> 8),
            UInt8(truncatingIfNeeded: duration),
        ]
    }
}
