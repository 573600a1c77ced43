// SPDX-License-Identifier: GPL-3.0-or-later

/// The sockets of one leg: RTP on an even port and RTCP on the odd one above (RFC 3550 §11).
package struct MediaSocketPair: ~Copyable, Sendable {
    /// RTP, and RTCP too where the two are multiplexed (RFC 5761).
    package let media: MediaSocket
    /// RTCP where the two are apart.
    package let control: MediaSocket

    /// Binds the even `port` and the one above on the host of `address`.
    /// - Throws: the system's error; `addressInUse` where either port is taken.
    package init(
        host address: SocketAddress, port: UInt16, options: MediaSocketOptions = .init()
    ) throws(SystemError) {
        precondition(port % 2 == 0 && port < .max, "RTP goes to an even port")
        let even = try MediaSocket(binding: address.with(port: port), options: options)
        let odd = try MediaSocket(binding: address.with(port: port + 1), options: options)
        media = even
        control = odd
    }
}
