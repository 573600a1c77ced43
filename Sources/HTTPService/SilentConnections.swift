// SPDX-License-Identifier: GPL-3.0-or-later
package import HummingbirdCore
package import NIOCore

extension HTTP1Channel.Configuration {
    /// Connections end when for `patience` no byte has gone either way.
    package static func ending(afterSilenceOf patience: TimeAmount) -> Self {
        Self(additionalChannelHandlers: [IdleStateHandler(allTimeout: patience), SilenceEnd()], idleTimeout: patience)
    }
}

/// Hummingbird's own timeout looks away while it answers: whoever reads no answer would keep its connection for ever.
private final class SilenceEnd: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        context.close(promise: nil)
    }
}
