// SPDX-License-Identifier: GPL-3.0-or-later

/// The payload types that a leg may receive, each with its RTP clock. Stored inline: asked for every packet.
package struct PayloadClocks: Sendable {
    private var rates = InlineArray<128, UInt32>(repeating: 0)
    /// All of them.
    package private(set) var payloadTypes = PayloadTypeSet()
    /// Those that carry telephone events (RFC 4733), whose timestamps stand still while an event lasts.
    package private(set) var telephoneEvents = PayloadTypeSet()

    package init() {}

    /// Adds `payloadType` (0–127) with its RTP clock in Hz. RTCP shadows 64–95 (RFC 5761 §4): not negotiable.
    package mutating func insert(_ payloadType: UInt8, clockRate: Int, isTelephoneEvent: Bool = false) {
        precondition(payloadType < 128 && clockRate > 0, "a payload type is 0–127 and has a clock")
        rates[Int(payloadType)] = UInt32(clockRate)
        payloadTypes.insert(payloadType)
        if isTelephoneEvent { telephoneEvents.insert(payloadType) }
    }

    /// The RTP clock of `payloadType` in Hz; nil where it was not negotiated.
    package func clockRate(of payloadType: UInt8) -> Int? {
        guard payloadType < 128 else { return nil }
        let rate = rates[Int(payloadType)]
        return rate == 0 ? nil : Int(rate)
    }
}
