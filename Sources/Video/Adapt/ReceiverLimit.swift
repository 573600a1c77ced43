// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// What one receiver can take of what it is sent: what it says by REMB, by TMMBR (RFC 5104 §4.2.1) or both; where it says
/// nothing, what its reports of loss show. A pure machine.
package struct ReceiverLimit: Sendable {
    /// Milliseconds before more is believed where that costs something: estimates go up and down.
    private static let patience = 10_000

    /// Shares of packets lost: more is too much was sent, less is a clean way.
    private static let (heavy, clean) = (0.1, 0.02)

    private var estimate: Int?
    private var request: Int?
    /// Follows from loss; nil while the way is clean.
    private var suffered: Int?
    private var lastChange: MediaInstant?
    /// The limit for whom a change costs an encoder: follows a lower one at once, a higher one in time. Bits a second.
    package private(set) var settled: Int?

    package init() {}

    /// Bits a second of the codec; nil for no limit.
    package var bitrate: Int? { said ?? suffered }

    /// The same as the receiver itself has named it.
    package var said: Int? {
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

    /// A receiver report (RFC 3550 §6.4.2).
    ///
    /// Heavy loss takes half of its share off what was sent; each clean report gives a twelfth more, until the limit is well
    /// above what is sent and so none any more.
    ///
    /// - Parameters:
    ///   - lost: share of packets lost on the way to the receiver alone, 0 to 1.
    ///   - sent: bits a second that left since the report before.
    package mutating func reported(lost: Double, of sent: Int) {
        guard said == nil else { return suffered = nil }
        guard sent > 0 else { return }
        if lost > Self.heavy {
            suffered = max(Self.smallest, Int(Double(sent) * (1 - lost / 2)))
        } else if lost < Self.clean, let limit = suffered {
            let more = limit + limit / 12
            suffered = more > sent + sent / 2 ? nil : more
        }
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
