// SPDX-License-Identifier: GPL-3.0-or-later

import CORTP

/// The `RtpTransport` that oRTP sees in place of a socket. What oRTP sends goes to the `RTPSession` that `data` names;
/// what it receives is injected by that session, so there is never anything to read.
enum ORTPEndpoint {
    /// A transport whose memory and `session` outlive the oRTP session that it is set on.
    static func make(for session: RTPSession) -> RtpTransport {
        var transport = unsafe RtpTransport()
        unsafe transport.data = Unmanaged.passUnretained(session).toOpaque()
        unsafe transport.t_getsocket = { _ in -1 }
        unsafe transport.t_sendto = { transport, message, _, _, _ in
            guard let owner = unsafe transport?.pointee.data, let message = unsafe message else { return 0 }
            return unsafe Unmanaged<RTPSession>.fromOpaque(owner)._withUnsafeGuaranteedRef { session in
                unsafe session.emit(message)
            }
        }
        unsafe transport.t_recvfrom = { _, _, _, _, _ in 0 }
        unsafe transport.t_close = { _ in }
        // Mandatory, and would have to free the transport if oRTP owned it.
        unsafe transport.t_destroy = { _ in }
        return unsafe transport
    }
}
