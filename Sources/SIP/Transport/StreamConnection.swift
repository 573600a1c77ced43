// SPDX-License-Identifier: GPL-3.0-or-later

import NIOCore

/// One TCP connection: bytes to messages, messages to bytes. Lives on the transport's event loop.
final class StreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let core: TransportCore
    /// Known from the start where we connect, with `channelActive` where we accept.
    private(set) var flow: Flow?
    /// Where responses go once this connection is closed: the source's address, the port its Via names.
    private(set) var returnAddress: SIPAddress?
    let isOutgoing: Bool

    private var framer: StreamFramer
    private var channel: (any Channel)?
    private var waiting: [[UInt8]] = []
    private var waitingBytes = 0
    private var messageTimer: Scheduled<Void>?
    private var isClosing = false

    /// A connection that we open.
    init(core: TransportCore, flow: Flow) {
        self.core = core
        self.flow = flow
        isOutgoing = true
        framer = StreamFramer(limits: core.configuration.limits)
    }

    /// A connection that we accept.
    init(accepting core: TransportCore) {
        self.core = core
        isOutgoing = false
        framer = StreamFramer(limits: core.configuration.limits)
    }

    // MARK: Sending

    func send(_ bytes: [UInt8]) {
        guard let channel, channel.isActive else {
            waiting.append(bytes)
            waitingBytes += bytes.count
            if waitingBytes > core.configuration.outboundBytes { fail(.congested) }
            return
        }
        guard !isClosing else { return fail(.connectionGone) }
        // A peer that takes nothing gets no more memory: its connection is closed.
        guard channel.isWritable else { return fail(.congested) }
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Closes after a failure that the transactions on this flow have to hear of.
    private func fail(_ failure: SIPTransportFailure) {
        if let flow { core.failed(flow, failure) }
        close()
    }

    func close() {
        isClosing = true
        channel?.close(promise: nil)
    }

    // MARK: Receiving

    func handlerAdded(context: ChannelHandlerContext) {
        channel = context.channel
    }

    func channelActive(context: ChannelHandlerContext) {
        if flow == nil {
            guard let local = SIPAddress(context.channel.localAddress),
                let remote = SIPAddress(context.channel.remoteAddress), core.mayAccept(from: remote)
            else { return close() }
            flow = core.accepted(self, local: local, remote: remote)
        }
        for bytes in waiting { context.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
        waiting = []
        waitingBytes = 0
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing, let flow else { return }
        framer.append(unwrapInboundIn(data).readableBytesView)
        do {
            while let frame = try framer.next() {
                switch frame {
                case .ping:
                    context.channel.writeAndFlush(ByteBuffer(bytes: [0x0D, 0x0A]), promise: nil)
                case .message(let bytes):
                    received(core.parse(bytes), flow)
                }
                guard !isClosing else { return }
            }
        } catch {
            refuse(error, flow)
        }
        watchMessage(context)
    }

    private func received(_ outcome: SIPParseOutcome, _ flow: Flow) {
        if case .message(.request(let request)) = outcome, let via = request.topVia {
            returnAddress = ResponsePath.returnAddress(of: via, from: flow.remote)
        }
        core.received(outcome, over: flow, from: flow.remote)
    }

    private func refuse(_ error: StreamFramingError, _ flow: Flow) {
        switch error {
        case .headTooLarge: core.received(.discard(.notSIP), over: flow, from: flow.remote)
        case .messageTooLarge(let head):
            core.received(
                SIPParser.refusal(of: head, status: 413, limits: core.configuration.limits), over: flow,
                from: flow.remote)
        case .badContentLength(let head):
            let outcome = SIPParser.refusal(
                of: head, status: 400, reason: "Malformed Content-Length", limits: core.configuration.limits)
            core.received(outcome, over: flow, from: flow.remote)
        }
        // Pending writes go out before the close.
        close()
    }

    /// A message that has begun must end in time; the clock does not start anew with each byte.
    private func watchMessage(_ context: ChannelHandlerContext) {
        guard framer.pendingBytes > 2 else {
            messageTimer?.cancel()
            messageTimer = nil
            return
        }
        guard messageTimer == nil else { return }
        let limit = TimeAmount(core.configuration.messageTimeout)
        messageTimer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { self.close() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { close() } else { context.fireUserInboundEventTriggered(event) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close()
    }

    func channelInactive(context: ChannelHandlerContext) {
        messageTimer?.cancel()
        messageTimer = nil
        if flow != nil { core.closed(self) }
        context.fireChannelInactive()
    }
}
