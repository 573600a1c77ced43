// SPDX-License-Identifier: GPL-3.0-or-later

/// A set of RTP payload types (0–127) as 128 bits: asked for every packet, so it holds no storage of its own.
package struct PayloadTypeSet: Hashable, Sendable, ExpressibleByArrayLiteral {
    @usableFromInline var low: UInt64 = 0
    @usableFromInline var high: UInt64 = 0

    package init() {}

    package init(_ payloadTypes: some Sequence<UInt8>) {
        for payloadType in payloadTypes { insert(payloadType) }
    }

    package init(arrayLiteral elements: UInt8...) {
        self.init(elements)
    }

    package var isEmpty: Bool { low == 0 && high == 0 }

    /// Adds `payloadType`; one over 127 is not a payload type and is ignored.
    package mutating func insert(_ payloadType: UInt8) {
        switch payloadType {
        case 0..<64: low |= 1 << UInt64(payloadType)
        case 64..<128: high |= 1 << UInt64(payloadType - 64)
        default: break
        }
    }

    @inlinable
    package func contains(_ payloadType: UInt8) -> Bool {
        let word = payloadType < 64 ? low : high
        return payloadType < 128 && word & (1 << UInt64(payloadType & 63)) != 0
    }
}
