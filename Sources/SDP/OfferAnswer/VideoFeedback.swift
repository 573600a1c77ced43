// SPDX-License-Identifier: GPL-3.0-or-later

/// Kinds of RTCP feedback on video that may be sent (RFC 4585 §4.2, RFC 5104 §7.1).
package struct VideoFeedback: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `nack`: lost packets, one by one.
    package static let negativeAcknowledgement = VideoFeedback(rawValue: 1 << 0)
    /// `nack pli`.
    package static let pictureLoss = VideoFeedback(rawValue: 1 << 1)
    /// `ccm fir`.
    package static let fullIntra = VideoFeedback(rawValue: 1 << 2)
    /// `ccm tmmbr`.
    package static let temporaryBitrate = VideoFeedback(rawValue: 1 << 3)
    /// `goog-remb`.
    package static let estimatedBitrate = VideoFeedback(rawValue: 1 << 4)

    package static let all: VideoFeedback = [
        .negativeAcknowledgement, .pictureLoss, .fullIntra, .temporaryBitrate, .estimatedBitrate,
    ]

    /// What one `a=rtcp-fb` stands for; empty for what we do not know. Several words are taken each by itself: Polycom
    /// writes `ccm fir tmmbr` in one line.
    package init(_ feedback: RTCPFeedback) {
        let words = (feedback.parameter ?? "").fields.map { $0.lowercased() }
        self = []
        switch feedback.kind.lowercased() {
        case "nack":
            if words.isEmpty { insert(.negativeAcknowledgement) }
            if words.contains("pli") { insert(.pictureLoss) }
        case "ccm":
            if words.contains("fir") { insert(.fullIntra) }
            if words.contains("tmmbr") { insert(.temporaryBitrate) }
        case "goog-remb": insert(.estimatedBitrate)
        default: break
        }
    }

    /// The attributes that say so, one each.
    package func attributes(payloadType: UInt8? = nil) -> [RTCPFeedback] {
        let words: [(VideoFeedback, String, String?)] = [
            (.negativeAcknowledgement, "nack", nil), (.pictureLoss, "nack", "pli"), (.fullIntra, "ccm", "fir"),
            (.temporaryBitrate, "ccm", "tmmbr"), (.estimatedBitrate, "goog-remb", nil),
        ]
        return words.compactMap { kind, name, parameter in
            contains(kind) ? RTCPFeedback(payloadType: payloadType, kind: name, parameter: parameter) : nil
        }
    }
}

extension MediaDescription {
    /// What this line says of a payload type, by its number or by the wildcard, whatever the profile.
    func videoFeedback(of payloadType: UInt8) -> VideoFeedback {
        feedback.reduce(into: []) { kinds, feedback in
            if feedback.payloadType == nil || feedback.payloadType == payloadType {
                kinds.formUnion(VideoFeedback(feedback))
            }
        }
    }

    /// What both understand, for the payload types answered, each as it was offered: by its number or by the wildcard.
    func agreedVideoFeedback(_ ours: VideoFeedback, payloadTypes: [UInt8]) -> [RTCPFeedback] {
        var found: [RTCPFeedback] = []
        for offered in feedback {
            if let payloadType = offered.payloadType, !payloadTypes.contains(payloadType) { continue }
            let common = VideoFeedback(offered).intersection(ours)
            for attribute in common.attributes(payloadType: offered.payloadType) where !found.contains(attribute) {
                found.append(attribute)
            }
        }
        return found
    }
}
