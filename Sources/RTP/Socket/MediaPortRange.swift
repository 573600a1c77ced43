// SPDX-License-Identifier: GPL-3.0-or-later

/// Hands out pairs of ports from a configured range, in turn of a random order, so that a port that has just been
/// given back rests before another call gets it and who is in a call cannot guess the ports of the next one.
package struct MediaPortRange: Sendable {
    /// As configured.
    package let ports: ClosedRange<UInt16>
    /// The even ports, in the order in which they are given out.
    private let evenPorts: [UInt16]
    private var next = 0
    /// RTP ports that are opened next, in this order and whatever the range is: those that somebody sends to already.
    package var pinned: [UInt16] = []

    /// Pairs that the range holds.
    package var capacity: Int { evenPorts.count }

    /// Nil where `ports` holds no even port with the odd one above, or begins with port 0.
    package init?(_ ports: ClosedRange<UInt16>) {
        var random = SystemRandomNumberGenerator()
        self.init(ports, using: &random)
    }

    /// The same, in an order that `random` chooses.
    package init?(_ ports: ClosedRange<UInt16>, using random: inout some RandomNumberGenerator) {
        guard ports.lowerBound > 0, ports.upperBound > ports.lowerBound else { return nil }
        let firstEven = Int(ports.lowerBound) + Int(ports.lowerBound % 2)
        let inOrder = stride(from: firstEven, to: Int(ports.upperBound), by: 2)
        evenPorts = inOrder.map { UInt16($0) }.shuffled(using: &random)
        guard !evenPorts.isEmpty else { return nil }
        self.ports = ports
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
        for _ in evenPorts.indices {
            let port = evenPorts[next]
            next = (next + 1) % evenPorts.count
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
