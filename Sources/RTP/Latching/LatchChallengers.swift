// SPDX-License-Identifier: GPL-3.0-or-later

/// The sources that are on their way to being latched on, with how many packets in a row each has sent. Four at most,
/// so that one flooding stranger cannot keep the true peer from being counted; stored inline.
struct LatchChallengers: Sendable {
    private struct Challenger {
        var source: SocketAddress
        var ssrc: UInt32
        var lastSequence: UInt16
        var inRow: Int
    }

    private var places = InlineArray<4, Challenger?>(repeating: nil)
    private var nextPlace = 0

    /// Counts one packet.
    /// - Returns: how many have come in a row from this source with this SSRC, this one included.
    mutating func record(_ header: RTPHeader, from source: SocketAddress) -> Int {
        for index in places.indices {
            guard var challenger = places[index], challenger.source == source else { continue }
            let follows =
                challenger.ssrc == header.ssrc && header.sequenceNumber == challenger.lastSequence &+ 1
            challenger.inRow = follows ? challenger.inRow + 1 : 1
            challenger.ssrc = header.ssrc
            challenger.lastSequence = header.sequenceNumber
            places[index] = challenger
            return challenger.inRow
        }
        places[nextPlace] = Challenger(
            source: source, ssrc: header.ssrc, lastSequence: header.sequenceNumber, inRow: 1)
        nextPlace = (nextPlace + 1) % places.count
        return 1
    }

    mutating func removeAll() {
        for index in places.indices { places[index] = nil }
        nextPlace = 0
    }
}
