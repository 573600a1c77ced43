// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// What one receiver says that it can take of what it is sent, by REMB, by TMMBR (RFC 5104 §4.2.1), or both. A pure machine.
package struct ReceiverLimit: Sendable {
    /// Milliseconds before more is believed where that costs something: estimates go up and down.
    private static let patience = 10_000

    private var estimate: Int?
    private var request: Int?
    private var lastChange: MediaInstant?
    /// The limit for whom a change costs an encoder: follows a lower one at once, a higher one in time. Bits a second.
    package private(set) var settled: Int?

    package init() {}

    /// Bits a second of the codec; nil for no limit.
    package var bitrate: Int? {
        guard let estimate, let request else { return estimate ?? request }
        return min(estimate, request)
    }

    /// REMB.
    /// - Parameter bitrate: bits a second.
    package mutating func estimated(_ bitrate: Int) { estimate = max(0, bitrate) }

    /// TMMBR.
    /// - Parameters:
    ///   - bitrate: bits a second, what a packet has beside its payload counted in.
    ///   - overhead: octets that a packet has beside its payload.
    package mutating func requested(_ bitrate: Int, overhead: Int) {
        request = Self.payload(of: bitrate, overhead: overhead)
    }

    package mutating func settle(now: MediaInstant) {
        let (wanted, held) = (bitrate ?? .max, settled ?? .max)
        guard wanted != held else { return }
        guard wanted < held || lastChange.map({ now.milliseconds(since: $0) >= Self.patience }) ?? true else { return }
        settled = bitrate
        lastChange = now
    }

    /// What is left for the codec of a rate that counts packet heads too (RFC 5104 §4.2.1.2), bits a second.
    package static func payload(of bitrate: Int, overhead: Int) -> Int {
        let size = Double(defaultVideoPayloadSize)
        // The wire can say 10^24 (RFC 5104 §4.2.1.1): no more than any quality asks for is of interest.
        return Int(Double(min(max(0, bitrate), largest)) * size / (size + Double(max(0, overhead))))
    }

    /// More than any picture is sent with: no limit, where one has to be said. Bits a second.
    package static let largest = 1_000_000_000
    /// What is asked of a camera at the least, whatever receivers say: it is to be seen by others too.
    package static let smallest = 64_000
}
