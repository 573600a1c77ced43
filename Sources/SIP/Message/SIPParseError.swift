// SPDX-License-Identifier: GPL-3.0-or-later

/// Why a piece of SIP text could not be read. Each case carries the offending text.
package enum SIPParseError: Error, Hashable, Sendable, CustomStringConvertible {
    case uri(String)
    case nameAddress(String)
    case via(String)
    case cSeq(String)
    case parameters(String)

    package var description: String {
        switch self {
        case .uri(let text): "not a URI: \(text)"
        case .nameAddress(let text): "not a name and address: \(text)"
        case .via(let text): "not a Via: \(text)"
        case .cSeq(let text): "not a CSeq: \(text)"
        case .parameters(let text): "not a parameter list: \(text)"
        }
    }
}
