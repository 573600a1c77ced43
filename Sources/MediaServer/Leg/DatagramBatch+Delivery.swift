// SPDX-License-Identifier: GPL-3.0-or-later
package import RTP

extension DatagramBatch {
    /// Datagrams of one leg that are looked at in one turn at most: what a flood sends beyond that stays in the socket, and the
    /// kernel drops it there.
    private static let mostForOneLeg = 32

    /// Gives `leg` what waits at `descriptor`, one of its ports, each datagram with its arrival. After `begin`.
    ///
    /// - Parameter now: the present, as given to `begin`.
    /// - Returns: how many there were.
    package func deliver(to leg: AudioLeg, from descriptor: Int32, now: MediaInstant) -> Int {
        var delivered = 0
        repeat {
            guard let received = try? receive(from: descriptor) else { return delivered }
            for packet in 0..<received {
                withDatagram(packet) { datagram, source, arrival in
                    leg.receive(datagram, from: source, now: arrival, waited: now.nanoseconds(since: arrival))
                }
            }
            delivered += received
            guard received == capacity else { return delivered }
        } while delivered < Self.mostForOneLeg
        return delivered
    }
}
