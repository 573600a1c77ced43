// SPDX-License-Identifier: GPL-3.0-or-later

/// Which kinds of message an RTCP datagram held.
package struct RTCPContents: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let senderReport = RTCPContents(rawValue: 1 << 0)
    package static let receiverReport = RTCPContents(rawValue: 1 << 1)
    package static let sourceDescription = RTCPContents(rawValue: 1 << 2)
    package static let bye = RTCPContents(rawValue: 1 << 3)
    package static let applicationDefined = RTCPContents(rawValue: 1 << 4)
    /// Generic NACK (RFC 4585 §6.2.1).
    package static let negativeAcknowledgement = RTCPContents(rawValue: 1 << 5)
    /// Picture loss indication (RFC 4585 §6.3.1).
    package static let pictureLoss = RTCPContents(rawValue: 1 << 6)
    /// Full intra request (RFC 5104 §4.3.1).
    package static let fullIntraRequest = RTCPContents(rawValue: 1 << 7)
    /// Feedback of another message type.
    package static let otherFeedback = RTCPContents(rawValue: 1 << 8)
    package static let extendedReport = RTCPContents(rawValue: 1 << 9)
    package static let other = RTCPContents(rawValue: 1 << 10)

    /// The kind of one packet.
    package init(of packet: RTCPPacket) {
        switch packet.type {
        case .senderReport: self = .senderReport
        case .receiverReport: self = .receiverReport
        case .sourceDescription: self = .sourceDescription
        case .bye: self = .bye
        case .applicationDefined: self = .applicationDefined
        case .transportFeedback: self = packet.count == 1 ? .negativeAcknowledgement : .otherFeedback
        case .payloadFeedback:
            switch packet.count {
            case 1: self = .pictureLoss
            case 4: self = .fullIntraRequest
            default: self = .otherFeedback
            }
        case .extendedReport: self = .extendedReport
        default: self = .other
        }
    }
}
