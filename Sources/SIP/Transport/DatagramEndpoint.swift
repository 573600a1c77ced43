// SPDX-License-Identifier: GPL-3.0-or-later

import NIOCore
import NIOPosix

/// One bound UDP socket.
struct DatagramEndpoint {
    let local: SIPAddress
    let channel: any Channel
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
        if binding.address.isIPv6 {
            bootstrap = bootstrap.channelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
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
