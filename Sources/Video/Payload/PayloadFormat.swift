// SPDX-License-Identifier: GPL-3.0-or-later

/// How a video codec's pictures stand in RTP packets, for codecs that can be forwarded. VP8 and H.264 can be taken apart and put together too; VP9 and AV1 are only
/// looked at as far as a switch needs.
package enum PayloadFormat: Int, CaseIterable, Hashable, Sendable {
    case vp8
    case h264
    case vp9
    case av1

    /// RTP ticks a second of all of them (RFC 7741 §4.1, RFC 6184 §5.1, RFC 9628 §4.1).
    package static let clockRate = 90_000

    /// The encoding name of `a=rtpmap`.
    package var encodingName: String {
        switch self {
        case .vp8: "VP8"
        case .h264: "H264"
        case .vp9: "VP9"
        case .av1: "AV1"
        }
    }

    /// The codec of an encoding name, whose case does not matter (RFC 8866 §6.6); nil for one that is not here.
    package init?(encodingName: some StringProtocol) {
        let name = encodingName.uppercased()
        guard let codec = Self.allCases.first(where: { $0.encodingName == name }) else { return nil }
        self = codec
    }
}
