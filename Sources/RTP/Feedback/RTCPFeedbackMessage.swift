// SPDX-License-Identifier: GPL-3.0-or-later

/// A feedback packet of a compound, read. Copyable and without references: entries stay in the datagram.
package enum RTCPFeedbackMessage: Hashable, Sendable {
    case pictureLoss(PictureLossIndication)
    case fullIntra(FullIntraRequests)
    case lost(NegativeAcknowledgement)
    case bitrateLimits(TemporaryMaximumBitrates)
    case estimatedBitrate(ReceiverEstimatedBitrate)
    /// Slice loss, reference picture selection and whatever else: nothing to be done about it.
    case other

    /// nil where `packet` is not feedback.
    package init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        switch packet.type {
        case .transportFeedback:
            if let lost = NegativeAcknowledgement(packet, in: datagram) {
                self = .lost(lost)
            } else if let limits = TemporaryMaximumBitrates(packet, in: datagram) {
                self = .bitrateLimits(limits)
            } else {
                self = .other
            }
        case .payloadFeedback:
            if let loss = PictureLossIndication(packet, in: datagram) {
                self = .pictureLoss(loss)
            } else if let requests = FullIntraRequests(packet, in: datagram) {
                self = .fullIntra(requests)
            } else if let estimate = ReceiverEstimatedBitrate(packet, in: datagram) {
                self = .estimatedBitrate(estimate)
            } else {
                self = .other
            }
        default: return nil
        }
    }

    /// Whether it asks the source `ssrc` for a key frame. A picture loss that names no stream at all is taken to mean
    /// the only one there is.
    package func wantsKeyFrame(of ssrc: UInt32, in datagram: Span<UInt8>) -> Bool {
        switch self {
        case .pictureLoss(let loss): loss.mediaSSRC == ssrc || loss.mediaSSRC == 0
        case .fullIntra(let requests): requests.request(for: ssrc, in: datagram) != nil
        case .lost, .bitrateLimits, .estimatedBitrate, .other: false
        }
    }
}
