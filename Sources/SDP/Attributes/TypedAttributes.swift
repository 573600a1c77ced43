// SPDX-License-Identifier: GPL-3.0-or-later

// Attributes read as types. What cannot be read is left out here and stays in `attributes` as it came.

extension AttributeBearing {
    package var headerExtensions: [HeaderExtensionMap] {
        values("extmap").compactMap { HeaderExtensionMap(parsing: $0) }
    }

    /// SDES keys (RFC 4568), raw.
    package var crypto: [String] { values("crypto") }
}

extension SessionDescription {
    package var groups: [MediaGroup] { values("group").compactMap { MediaGroup(parsing: $0) } }
}

extension MediaDescription {
    package var rtpMaps: [RTPMap] { values("rtpmap").compactMap { RTPMap(parsing: $0) } }

    /// Parameters by format; the first line of a format counts.
    package var formatParameters: [String: FormatParameters] {
        var found: [String: FormatParameters] = [:]
        for value in values("fmtp") {
            let (format, rest) = value.trimmed.cut(at: UInt8(ascii: " "))
            guard let rest, found[String(format)] == nil else { continue }
            found[String(format)] = FormatParameters(parsing: rest)
        }
        return found
    }

    package var rtcp: RTCPAttribute? { value("rtcp").flatMap { RTCPAttribute(parsing: $0) } }

    /// Milliseconds; nil where absent or zero.
    package var ptime: Int? { Self.milliseconds(value("ptime")) }
    package var maxptime: Int? { Self.milliseconds(value("maxptime")) }

    private static func milliseconds(_ text: String?) -> Int? {
        guard let number = text?.trimmed.leadingDecimal, (1...10_000).contains(number) else { return nil }
        return number
    }

    package var feedback: [RTCPFeedback] { values("rtcp-fb").compactMap { RTCPFeedback(parsing: $0) } }
    package var sources: [SourceAttribute] { values("ssrc").compactMap { SourceAttribute(parsing: $0) } }

    /// RFC 5888.
    package var mid: String? { value("mid")?.trimmed }
    /// RFC 4574: the roster of RFC 4575 names streams by it.
    package var label: String? { value("label")?.trimmed }
    /// RFC 4796, for example `slides`.
    package var content: [String] {
        value("content")?.parts(separatedBy: UInt8(ascii: ",")).map(\.trimmed) ?? []
    }

    /// RFC 4796: a shared screen.
    package var isSlides: Bool { content.contains { $0.lowercased() == "slides" } }

    /// RFC 8866 §6.11: pictures a second at most, more than 0; some write a fraction.
    package var framerate: Double? {
        guard let text = value("framerate")?.trimmed, text.utf8.count <= 15, text.utf8.allSatisfy(Self.isDecimal),
            let rate = Double(text), rate > 0
        else { return nil }
        return rate
    }

    private static func isDecimal(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// RFC 5576 §4.2.
    package var sourceGroups: [SourceGroup] { values("ssrc-group").compactMap { SourceGroup(parsing: $0) } }
    /// RFC 8830: the media stream that this belongs to, and perhaps the track.
    package var msid: String? { value("msid")?.trimmed }

    /// RFC 9143 §6: not to be taken outside a bundle.
    package var bundleOnly: Bool { has("bundle-only") }
    /// RFC 8858: RTCP is not heard elsewhere.
    package var rtcpMuxOnly: Bool { has("rtcp-mux-only") }
    /// RFC 5761.
    package var rtcpMux: Bool { has("rtcp-mux") }
    /// RFC 5506.
    package var rtcpReducedSize: Bool { has("rtcp-rsize") }
}
