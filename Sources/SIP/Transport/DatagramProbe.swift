// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// Asks a host whether anybody listens on a UDP port. Who sends from a bound socket, as SIP does, hears nothing of ICMP
/// errors (RFC 3261 §18.4) and waits for 32 s.
package enum DatagramProbe {
    /// Sends an empty line, which SIP elements skip (RFC 3261 §7.5).
    /// - Returns: true where "port unreachable" came back within `patience`; false where nothing did.
    package static func isRefused(_ remote: SIPAddress, within patience: Duration = .milliseconds(300)) async -> Bool {
        guard let descriptor = SourceAddress.connected(to: remote) else { return false }
        defer { close(descriptor) }
        let line: [UInt8] = [13, 10, 13, 10]
        guard unsafe line.withUnsafeBytes({ unsafe send(descriptor, $0.baseAddress, $0.count, 0) }) >= 0 else {
            return errno == ECONNREFUSED
        }
        try? await Task.sleep(for: patience)
        var error: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == ECONNREFUSED
    }
}
