// SPDX-License-Identifier: GPL-3.0-or-later

/// Why no media socket could be had.
package enum MediaSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system refused to open or bind it.
    case system(SystemError, SocketAddress)
    /// Every even/odd pair of the range is taken.
    case portsExhausted(ClosedRange<UInt16>)

    package var description: String {
        switch self {
        case .system(let error, let address): "cannot bind \(address): \(error)"
        case .portsExhausted(let range):
            "no free pair of UDP ports in \(range.lowerBound)–\(range.upperBound)"
        }
    }
}
