// SPDX-License-Identifier: GPL-3.0-or-later
package import RTP

extension DatagramBatch {
    /// Datagrams of one leg that are looked at in one turn at most: about as many as its socket holds. What a flood sends beyond
    /// that, the kernel drops.
    private static let mostForOneLeg = 1024

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
