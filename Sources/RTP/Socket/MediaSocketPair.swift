// SPDX-License-Identifier: GPL-3.0-or-later

/// The sockets of one leg: RTP on an even port and RTCP on the odd one above (RFC 3550 §11).
package struct MediaSocketPair: ~Copyable, Sendable {
    /// RTP, and RTCP too where the two are multiplexed (RFC 5761).
    package let media: MediaSocket
    /// RTCP; nil once `releaseControl` has been called. Not `package`: to look into it from outside would consume it.
    private var control: MediaSocket?

    /// Binds the even `port` and the one above on the host of `address`.
    /// - Throws: the system's error; `addressInUse` where either port is taken.
    package init(
        host address: SocketAddress, port: UInt16, options: MediaSocketOptions = .init()
    ) throws(SystemError) {
        precondition(port % 2 == 0 && port < .max, "RTP goes to an even port")
        let even = try MediaSocket(binding: address.with(port: port), options: options)
        let odd = try MediaSocket(binding: address.with(port: port + 1), options: options)
        media = even
        control = consume odd
    }

    /// The RTCP socket's descriptor and address; nil once `releaseControl` has been called.
    package var controlEndpoint: (descriptor: Int32, localAddress: SocketAddress)? {
        switch control {
        case .some(let socket): (socket.descriptor, socket.localAddress)
        case .none: nil
        }
    }

    /// Sends one datagram from the RTCP socket; from the RTP socket where that is closed.
    /// - Throws: the system's error.
    package func sendControl(_ datagram: Span<UInt8>, to destination: SocketAddress) throws(SystemError) {
        switch control {
        case .some(let socket): try socket.send(datagram, to: destination)
        case .none: try media.send(datagram, to: destination)
        }
    }

    /// Closes the RTCP socket, when rtcp-mux has been agreed on.
    package mutating func releaseControl() {
        control = nil
    }
}
