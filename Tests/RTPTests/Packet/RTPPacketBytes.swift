// SPDX-License-Identifier: GPL-3.0-or-later

@testable import RTP

/// The bytes of an RTP packet, written here independently of the code under test.
func rtpPacket(
    payloadType: UInt8 = 0, marker: Bool = false, sequence: UInt16, timestamp: UInt32 = 0, ssrc: UInt32 = 0x1122_3344,
    csrcs: [UInt32] = [], extensionProfile: UInt16? = nil, extensionBytes: [UInt8] = [],
    payload: [UInt8] = [1, 2, 3, 4], padding: UInt8 = 0
) -> [UInt8] {
    var first = 0x80 | UInt8(csrcs.count)
    if extensionProfile != nil { first |= 0x10 }
    if padding > 0 { first |= 0x20 }
    var bytes: [UInt8] = [first, payloadType | (marker ? 0x80 : 0)]
    bytes += bigEndian(sequence) + bigEndian(timestamp) + bigEndian(ssrc)
    for csrc in csrcs { bytes += bigEndian(csrc) }
    if let extensionProfile {
        bytes += bigEndian(extensionProfile) + bigEndian(UInt16(extensionBytes.count / 4)) + extensionBytes
    }
    bytes += payload
    if padding > 0 {
        bytes += [UInt8](repeating: 0, count: Int(padding) - 1) + [padding]
    }
    return bytes
}

func bigEndian(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

func bigEndian(_ value: UInt32) -> [UInt8] { bigEndian(UInt16(value >> 16)) + bigEndian(UInt16(value & 0xFFFF)) }

extension Span<UInt8> {
    /// A copy, for comparing.
    var array: [UInt8] { indices.map { self[$0] } }
}
