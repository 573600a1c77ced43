// SPDX-License-Identifier: GPL-3.0-or-later

/// `a=rtpmap` (RFC 8866 §6.6).
package struct RTPMap: Hashable, Sendable {
    /// 0 to 127.
    package var payloadType: UInt8
    /// As written; compare without regard to case.
    package var encodingName: String
    /// Of the RTP timestamp, in Hz: 8000 for G.722 (RFC 3551 §4.5.2).
    package var clockRate: Int
    package var channels: Int?

    package init(payloadType: UInt8, encodingName: String, clockRate: Int, channels: Int? = nil) {
        self.payloadType = payloadType
        self.encodingName = encodingName
        self.clockRate = clockRate
        self.channels = channels
    }

    package init?(parsing value: String) {
        let fields = value.fields
        guard fields.count >= 2, let payloadType = Self.payloadType(fields[0]) else { return nil }
        let parts = fields[1].parts(separatedBy: UInt8(ascii: "/"))
        guard parts.count >= 2, !parts[0].isEmpty, let clockRate = parts[1].decimal, clockRate > 0 else { return nil }
        self.init(
            payloadType: payloadType, encodingName: String(parts[0]), clockRate: clockRate,
            channels: parts.count > 2 ? parts[2].decimal : nil)
    }

    package var value: String {
        "\(payloadType) \(encodingName)/\(clockRate)" + (channels.map { "/\($0)" } ?? "")
    }

    static func payloadType(_ text: some StringProtocol) -> UInt8? {
        guard let number = text.decimal, number <= 127 else { return nil }
        return UInt8(number)
    }
}
