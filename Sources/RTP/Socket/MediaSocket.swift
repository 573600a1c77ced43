// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

/// How media sockets are opened.
package struct MediaSocketOptions: Hashable, Sendable {
    /// Kernel receive buffer, bytes; 0 leaves the system's. The kernel caps it at net.core.rmem_max.
    package var receiveBuffer: Int
    /// Kernel send buffer, bytes; 0 leaves the system's.
    package var sendBuffer: Int
    /// Differentiated services code point, 0–63. Expedited Forwarding, 46, is audio's (RFC 3246, RFC 8837).
    package var codePoint: UInt8

    package init(receiveBuffer: Int = 524_288, sendBuffer: Int = 0, codePoint: UInt8 = 46) {
        self.receiveBuffer = receiveBuffer
        self.sendBuffer = sendBuffer
        self.codePoint = codePoint
    }
}

/// One bound, non-blocking UDP socket, closed when its owner lets go of it. Any thread may own it, one at a time.
package struct MediaSocket: ~Copyable, Sendable {
    /// For an `EventPoll` or a `DatagramRoute`; valid as long as this value lives.
    package let descriptor: Int32
    /// Where it is bound, the port filled in by the system if it was asked for 0.
    package let localAddress: SocketAddress

    /// Binds to `address`. No SO_REUSEADDR: with it, Linux would give two owners the same UDP port.
    /// - Throws: the system's error.
    package init(binding address: SocketAddress, options: MediaSocketOptions = .init()) throws(SystemError) {
        var local = address.system
        let opened = unsafe clinux_udp_open(
            &local, Int32(clamping: options.receiveBuffer), Int32(clamping: options.sendBuffer),
            Int32(options.codePoint & 63))
        guard opened >= 0 else { throw SystemError(answer: opened) }
        let named = unsafe clinux_local_address(opened, &local)
        guard named == 0, let bound = SocketAddress(local) else {
            clinux_close(opened)
            throw SystemError(answer: named)
        }
        descriptor = opened
        localAddress = bound
    }

    deinit {
        clinux_close(descriptor)
    }

    /// Receives one datagram into `buffer`.
    /// - Returns: its length in bytes and its source; nil when none waits. A datagram longer than `buffer` is thrown
    ///   away and reported as `SystemError.messageTooLong`.
    package func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> (length: Int, source: SocketAddress)? {
        var peer = clinux_address()
        let answer = unsafe clinux_receive(descriptor, buffer.baseAddress, buffer.count, &peer)
        if answer == -SystemError.wouldBlock.rawValue { return nil }
        guard answer >= 0, let source = SocketAddress(peer) else { throw SystemError(answer: answer) }
        return (Int(answer), source)
    }

    /// Sends one datagram.
    /// - Throws: the system's error; `wouldBlock` where the send buffer is full. Media is dropped then, never queued.
    package func send(_ datagram: Span<UInt8>, to destination: SocketAddress) throws(SystemError) {
        var peer = destination.system
        let answer = unsafe datagram.withUnsafeBytes { bytes in
            unsafe clinux_send(descriptor, bytes.baseAddress, bytes.count, &peer)
        }
        guard answer >= 0 else { throw SystemError(answer: answer) }
    }
}
