// SPDX-License-Identifier: GPL-3.0-or-later

extension RTCPPacket {
    /// The CNAME that an SDES packet gives `ssrc` (RFC 3550 §6.5.1); nil for other packets or where it has none.
    /// Allocates the string: for the control plane, once a source.
    package func canonicalName(of ssrc: UInt32, in datagram: Span<UInt8>) -> String? {
        guard type == .sourceDescription, body.upperBound <= datagram.count else { return nil }
        var offset = body.lowerBound
        for _ in 0..<count {
            guard offset + 4 <= body.upperBound else { return nil }
            let source = datagram.bigEndianUInt32(at: offset)
            offset += 4
            while offset < body.upperBound, datagram[offset] != 0 {
                guard offset + 2 <= body.upperBound else { return nil }
                let end = offset + 2 + Int(datagram[offset + 1])
                guard end <= body.upperBound else { return nil }
                if source == ssrc, datagram[offset] == 1 { return Self.text((offset + 2)..<end, of: datagram) }
                offset = end
            }
            // The list ends with one null octet at the least, up to the next 32-bit boundary.
            offset += 4 - (offset - body.lowerBound) % 4
        }
        return nil
    }

    /// Whether a BYE names `ssrc` (RFC 3550 §6.6).
    package func saysGoodbye(_ ssrc: UInt32, in datagram: Span<UInt8>) -> Bool {
        guard type == .bye, body.upperBound <= datagram.count else { return false }
        return (0..<Int(count)).contains { index in
            datagram.bigEndianUInt32(at: body.lowerBound + 4 * index) == ssrc
        }
    }

    /// The reason text of a BYE; nil where it gives none. Allocates.
    package func goodbyeReason(in datagram: Span<UInt8>) -> String? {
        guard type == .bye, body.upperBound <= datagram.count else { return nil }
        let start = body.lowerBound + 4 * Int(count)
        guard start < body.upperBound else { return nil }
        let end = start + 1 + Int(datagram[start])
        guard end <= body.upperBound else { return nil }
        return Self.text((start + 1)..<end, of: datagram)
    }

    private static func text(_ range: Range<Int>, of datagram: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(datagram[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
