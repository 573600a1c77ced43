// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NIOCore
import NIOPosix

/// One bound UDP socket.
struct DatagramEndpoint {
    let local: SIPAddress
    let channel: any Channel
    let sender: DatagramSender
}

/// The sending side of a UDP socket. A datagram that the system refuses costs nothing but itself: NIO's channel would close the socket for
/// all because of one address to which no route leads, or that a firewall forbids.
final class DatagramSender: Sendable {
    private let descriptor: CInt

    /// Shares a socket that somebody else reads from, and may close.
    /// - Throws: `IOError` where there is no descriptor left.
    init(sharing socket: CInt) throws {
        descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "dup") }
    }

    deinit { close(descriptor) }

    /// Sends one datagram; does not block.
    /// - Throws: `IOError`: EAGAIN while the socket's buffer is full.
    func send(_ bytes: [UInt8], to remote: NIOCore.SocketAddress) throws(IOError) {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe remote.withSockAddr { address, size in
                unsafe sendto(descriptor, bytes.baseAddress, bytes.count, 0, address, socklen_t(size))
            }
        }
        guard result >= 0 else { throw IOError(errnoCode: errno, reason: "sendto") }
    }

    /// A UDP socket at an address, whose owner is the caller.
    /// - Throws: `IOError`.
    static func bound(to address: NIOCore.SocketAddress) throws -> CInt {
        let isIPv6 = address.protocol == .inet6
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        if isIPv6 {
            var only: CInt = 1
            let size = socklen_t(MemoryLayout<CInt>.size)
            _ = unsafe setsockopt(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &only, size)
        }
        let result = unsafe address.withSockAddr { pointer, size in
            unsafe bind(descriptor, pointer, socklen_t(size))
        }
        guard result == 0 else {
            let error = errno
            close(descriptor)
            throw IOError(errnoCode: error, reason: "bind")
        }
        return descriptor
    }
}

/// Receives datagrams of one socket. Lives on the transport's event loop.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let core: TransportCore
    private var local = SIPAddress(host: "", port: 0)

    init(core: TransportCore) {
        self.core = core
    }

    func channelActive(context: ChannelHandlerContext) {
        if let address = SIPAddress(context.channel.localAddress) { local = address }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let source = SIPAddress(envelope.remoteAddress) else { return }
        var arrivedAt = local
        if local.isWildcard, let destination = envelope.metadata?.packetInfo?.destinationAddress.ipAddress {
            arrivedAt.host = destination
        }
        core.receivedDatagram(Array(envelope.data.readableBytesView), at: arrivedAt, from: source)
    }

    /// An ICMP error of an earlier datagram comes here; the socket lives on. Transactions find out by their timers.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

extension DatagramBootstrap {
    /// A bootstrap for SIP over UDP on `eventLoop`.
    static func sip(on eventLoop: any EventLoop, _ binding: SIPBinding) -> DatagramBootstrap {
        // Datagrams are read one by one into buffers that hold the largest there is.
        var bootstrap = DatagramBootstrap(group: eventLoop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65536))
            .channelOption(.maxMessagesPerRead, value: 64)
        if binding.address.isWildcard { bootstrap = bootstrap.channelOption(.receivePacketInfo, value: true) }
        return bootstrap
    }

    /// Raises a socket's buffers: past the system's limit where we may, up to it otherwise. Bursts of requests wait in
    /// them while the loop is busy.
    static func raiseBuffers(of channel: any Channel, to bytes: Int) async {
        // SO_RCVBUFFORCE and SO_SNDBUFFORCE of <asm-generic/socket.h>, which the Glibc module does not show.
        let options: [(force: CInt, plain: NIOBSDSocket.Option)] = [(33, .so_rcvbuf), (32, .so_sndbuf)]
        for option in options {
            let value = SocketOptionValue(bytes)
            let forced = ChannelOptions.Types.SocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: option.force))
            do { try await channel.setOption(forced, value: value).get() } catch {
                let plain = ChannelOptions.Types.SocketOption(level: .socket, name: option.plain)
                // Without either the socket works with the size it has.
                _ = try? await channel.setOption(plain, value: value).get()
            }
        }
    }
}
