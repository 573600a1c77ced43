// SPDX-License-Identifier: GPL-3.0-or-later

/// One RTP packet as bytes, written without regard to what a session would allow: tests send wrong ones too.
package struct RTPBytes: Sendable {
    package let bytes: [UInt8]

    /// - Parameter level: one-byte header extension (RFC 8285) with its id and its byte.
    package init(
        payloadType: UInt8, marker: Bool = false, sequence: UInt16, timestamp: UInt32, ssrc: UInt32,
        level: (id: UInt8, byte: UInt8)? = nil, payload: [UInt8]
    ) {
        var bytes: [UInt8] = [level == nil ? 0x80 : 0x90, (marker ? 0x80 : 0) | payloadType & 0x7F]
        Self.append(UInt32(sequence), 2, &bytes)
        Self.append(timestamp, 4, &bytes)
        Self.append(ssrc, 4, &bytes)
        if let level { bytes += [0xBE, 0xDE, 0, 1, level.id << 4, level.byte, 0, 0] }
        self.bytes = bytes + payload
    }

    private static func append(_ value: UInt32, _ count: Int, _ bytes: inout [UInt8]) {
        for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))) }
    }
}
