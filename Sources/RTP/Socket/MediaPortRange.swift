// SPDX-License-Identifier: GPL-3.0-or-later

/// Hands out pairs of ports from a configured range, in turn from a random start, so that a port that has just been
/// given back rests before another call gets it and a stranger cannot guess the next one from outside.
package struct MediaPortRange: Sendable {
    /// As configured.
    package let ports: ClosedRange<UInt16>
    private let firstEven: Int
    private let pairCount: Int
    private var next: Int
    /// RTP ports that are opened next, in this order and whatever the range is: those that somebody sends to already.
    package var pinned: [UInt16] = []

    /// Pairs that the range holds.
    package var capacity: Int { pairCount }

    /// Nil where `ports` holds no even port with the odd one above, or begins with port 0.
    package init?(_ ports: ClosedRange<UInt16>) {
        var random = SystemRandomNumberGenerator()
        self.init(ports, using: &random)
    }

    /// The same, from a start that `random` chooses.
    package init?(_ ports: ClosedRange<UInt16>, using random: inout some RandomNumberGenerator) {
        firstEven = Int(ports.lowerBound) + Int(ports.lowerBound % 2)
        pairCount = (Int(ports.upperBound) - firstEven + 1) / 2
        guard ports.lowerBound > 0, pairCount > 0 else { return nil }
        self.ports = ports
        next = Int.random(in: 0..<pairCount, using: &random)
    }

    /// Opens the next free pair on the host of `address` (its port is ignored).
    /// - Throws: `portsExhausted` when every pair is in use; `system` for what another port would not help.
    package mutating func open(
        on address: SocketAddress, options: MediaSocketOptions = .init()
    ) throws(MediaSocketError) -> MediaSocketPair {
        if !pinned.isEmpty {
            let port = pinned.removeFirst()
            do throws(SystemError) {
                return try MediaSocketPair(host: address, port: port, options: options)
            } catch {
                throw .system(error, address.with(port: port))
            }
        }
        for _ in 0..<pairCount {
            let port = UInt16(firstEven + 2 * next)
            next = (next + 1) % pairCount
            do throws(SystemError) {
                return try MediaSocketPair(host: address, port: port, options: options)
            } catch {
                // EACCES: a port below 1024 that this process may not have; another one may do.
                guard error == .addressInUse || error == .permissionDenied else {
                    throw .system(error, address.with(port: port))
                }
            }
        }
        throw .portsExhausted(ports)
    }
}
