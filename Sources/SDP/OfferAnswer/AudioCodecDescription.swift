// SPDX-License-Identifier: GPL-3.0-or-later

/// A codec as SDP names it.
package struct AudioCodecDescription: Hashable, Sendable {
    /// Lower case: `opus`, `g722`, `pcmu`, `pcma`, `telephone-event`.
    package var encodingName: String
    /// Of the RTP timestamp, in Hz: 48000 for Opus, 8000 for G.722 although it samples at 16000 (RFC 3551 §4.5.2).
    package var clockRate: Int
    /// 2 for Opus always (RFC 7587 §7), whatever is sent.
    package var channels: Int
    package var fmtp: FormatParameters

    package init(encodingName: String, clockRate: Int, channels: Int = 1, fmtp: FormatParameters = FormatParameters()) {
        self.encodingName = encodingName
        self.clockRate = clockRate
        self.channels = channels
        self.fmtp = fmtp
    }

    package static let opus = AudioCodecDescription(
        encodingName: "opus", clockRate: 48_000, channels: 2, fmtp: FormatParameters(parsing: "useinbandfec=1"))
    package static let g722 = AudioCodecDescription(encodingName: "g722", clockRate: 8_000)
    package static let pcma = AudioCodecDescription(encodingName: "pcma", clockRate: 8_000)
    package static let pcmu = AudioCodecDescription(encodingName: "pcmu", clockRate: 8_000)

    /// DTMF (RFC 4733) on the given clock: the sixteen keys.
    package static func telephoneEvent(clockRate: Int) -> AudioCodecDescription {
        AudioCodecDescription(
            encodingName: "telephone-event", clockRate: clockRate, fmtp: FormatParameters(parsing: "0-15"))
    }

    package var isTelephoneEvent: Bool { encodingName == "telephone-event" }

    /// The same codec, whatever its parameters.
    package func isSameCodec(as other: AudioCodecDescription) -> Bool {
        encodingName == other.encodingName && clockRate == other.clockRate && channels == other.channels
    }

    /// The payload type RFC 3551 §6 gives it.
    package var staticPayloadType: UInt8? {
        Self.staticPayloadTypes.first { $0.value.isSameCodec(as: self) }?.key
    }

    /// RFC 3551 §6, for formats without `rtpmap`. Codecs we do not have stand here so that their numbers are understood.
    static let staticPayloadTypes: [UInt8: AudioCodecDescription] = [
        0: .pcmu, 3: AudioCodecDescription(encodingName: "gsm", clockRate: 8_000),
        4: AudioCodecDescription(encodingName: "g723", clockRate: 8_000), 8: .pcma, 9: .g722,
        13: AudioCodecDescription(encodingName: "cn", clockRate: 8_000),
        15: AudioCodecDescription(encodingName: "g728", clockRate: 8_000),
        18: AudioCodecDescription(encodingName: "g729", clockRate: 8_000),
    ]

    /// Reads a map tolerantly: `opus/48000` lacks its channels, `G722/16000` states the sampling rate.
    init(_ map: RTPMap, fmtp: FormatParameters) {
        let name = map.encodingName.lowercased()
        self.init(encodingName: name, clockRate: map.clockRate, channels: map.channels ?? 1, fmtp: fmtp)
        if name == "opus" && clockRate == 48_000 { channels = 2 }
        if name == "g722" && clockRate == 16_000 { clockRate = 8_000 }
    }

    func rtpMap(payloadType: UInt8) -> RTPMap {
        let lowerCase = encodingName == "opus" || isTelephoneEvent
        return RTPMap(
            payloadType: payloadType, encodingName: lowerCase ? encodingName : encodingName.uppercased(),
            clockRate: clockRate, channels: channels == 1 ? nil : channels)
    }
}

/// A payload type and what it stands for.
package struct AudioFormat: Hashable, Sendable {
    package var payloadType: UInt8
    package var codec: AudioCodecDescription

    package init(payloadType: UInt8, codec: AudioCodecDescription) {
        self.payloadType = payloadType
        self.codec = codec
    }
}

extension MediaDescription {
    /// The formats in the order of the `m=` line: by `rtpmap`, else by `known` (what the other side said of the number), else by
    /// RFC 3551. Numbers that nothing explains are left out.
    package func audioFormats(known: [UInt8: AudioCodecDescription] = [:]) -> [AudioFormat] {
        let maps = Dictionary(rtpMaps.map { ($0.payloadType, $0) }, uniquingKeysWith: { first, _ in first })
        let parameters = formatParameters
        var seen: Set<UInt8> = []
        return formats.compactMap { text in
            guard let payloadType = RTPMap.payloadType(text), seen.insert(payloadType).inserted else { return nil }
            let fmtp = parameters[text] ?? FormatParameters()
            if let map = maps[payloadType] {
                return AudioFormat(payloadType: payloadType, codec: AudioCodecDescription(map, fmtp: fmtp))
            }
            guard var codec = known[payloadType] ?? AudioCodecDescription.staticPayloadTypes[payloadType] else {
                return nil
            }
            codec.fmtp = fmtp
            return AudioFormat(payloadType: payloadType, codec: codec)
        }
    }

    /// Adds a format with its `rtpmap` (static types too: RFC 3264 §6.1 SHOULD) and parameters.
    mutating func append(_ format: AudioFormat) {
        formats.append("\(format.payloadType)")
        append("rtpmap", format.codec.rtpMap(payloadType: format.payloadType).value)
        if !format.codec.fmtp.isEmpty { append("fmtp", "\(format.payloadType) \(format.codec.fmtp.value)") }
    }
}
