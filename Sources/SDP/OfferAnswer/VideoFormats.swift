// SPDX-License-Identifier: GPL-3.0-or-later

extension MediaDescription {
    /// The formats in the order of the `m=` line, retransmission among them: by `rtpmap`, else by `known` (what the other
    /// side said of the number). Numbers that nothing explains are left out; of the static ones of RFC 3551 none is a codec
    /// of today.
    ///
    /// Where a number of `known` comes back with the same codec and no parameters at all, those known count: some peers
    /// answer without repeating them.
    package func videoFormats(known: [UInt8: VideoCodecDescription] = [:]) -> [VideoFormat] {
        let maps = Dictionary(rtpMaps.map { ($0.payloadType, $0) }, uniquingKeysWith: { first, _ in first })
        let parameters = formatParameters
        var seen: Set<UInt8> = []
        return formats.compactMap { text in
            guard let payloadType = RTPMap.payloadType(text), seen.insert(payloadType).inserted else { return nil }
            let earlier = known[payloadType]
            guard let map = maps[payloadType] else {
                return earlier.map { codec in
                    var codec = codec
                    if let stated = parameters[text] { codec.fmtp = stated }
                    return VideoFormat(payloadType: payloadType, codec: codec)
                }
            }
            var codec = VideoCodecDescription(map, fmtp: parameters[text] ?? FormatParameters())
            if parameters[text] == nil, let earlier, earlier.encodingName == codec.encodingName {
                codec.fmtp = earlier.fmtp
            }
            return VideoFormat(payloadType: payloadType, codec: codec)
        }
    }

    /// Adds a format with its `rtpmap` and parameters.
    mutating func append(_ format: VideoFormat) {
        formats.append("\(format.payloadType)")
        append("rtpmap", format.codec.rtpMap(payloadType: format.payloadType).value)
        if !format.codec.fmtp.isEmpty { append("fmtp", "\(format.payloadType) \(format.codec.fmtp.value)") }
    }
}

extension [VideoFormat] {
    /// The retransmission formats here: payload type to the one that it retransmits (RFC 4588 §8.1).
    var retransmissions: [UInt8: UInt8] {
        reduce(into: [:]) { found, format in
            if let original = format.codec.associatedPayloadType { found[format.payloadType] = original }
        }
    }

    /// The retransmission format of a payload type.
    func retransmission(of payloadType: UInt8) -> VideoFormat? {
        first { $0.codec.associatedPayloadType == payloadType }
    }

    var codecs: [UInt8: VideoCodecDescription] {
        Dictionary(map { ($0.payloadType, $0.codec) }, uniquingKeysWith: { first, _ in first })
    }
}
