// SPDX-License-Identifier: GPL-3.0-or-later

/// The level of a packet's audio as its sender states it (RFC 6464 §3), or of one talker in a mix (RFC 6465 §3).
package struct AudioLevel: Hashable, Sendable {
    /// Digital silence.
    package static let silence = AudioLevel(decibelsBelowOverload: 127)

    /// Decibels below overload: 0 the loudest, 127 the quietest (−127 dBov).
    package var decibelsBelowOverload: UInt8
    /// The sender believes that this is voice. RFC 6464 only; a mix does not say.
    package var isVoice: Bool

    /// `decibelsBelowOverload` over 127 is taken as 127.
    @inlinable
    package init(decibelsBelowOverload: UInt8, isVoice: Bool = false) {
        self.decibelsBelowOverload = min(decibelsBelowOverload, 127)
        self.isVoice = isVoice
    }

    /// The wire form of RFC 6464: the V bit over seven bits of level.
    @inlinable
    package init(clientToMixer byte: UInt8) {
        decibelsBelowOverload = byte & 0x7F
        isVoice = byte & 0x80 != 0
    }

    /// The wire form of RFC 6464.
    @inlinable
    package var clientToMixerByte: UInt8 { decibelsBelowOverload | (isVoice ? 0x80 : 0) }
}

extension RTPHeader {
    /// The client-to-mixer level (RFC 6464) under the negotiated extension `identifier`; nil where absent. No
    /// allocation.
    @inlinable
    package func clientToMixerLevel(_ identifier: UInt8, in datagram: Span<UInt8>) -> AudioLevel? {
        guard let element = extensionElement(identifier, in: datagram), !element.isEmpty else { return nil }
        return AudioLevel(clientToMixer: datagram[element.lowerBound])
    }

    /// The talkers of a mix: the CSRC list with the mixer-to-client levels (RFC 6465) under the extension
    /// `identifier`, or without levels (silence) where the extension is absent or `identifier` is nil.
    @inlinable
    package func contributingSources(levels identifier: UInt8?, in datagram: Span<UInt8>) -> ContributingSources {
        var sources = ContributingSources()
        var levels: Range<Int>?
        if let identifier { levels = extensionElement(identifier, in: datagram) }
        for index in 0..<Int(contributingSourceCount) {
            guard let ssrc = contributingSource(index, in: datagram) else { break }
            var level = AudioLevel.silence
            if let levels, index < levels.count {
                level = AudioLevel(decibelsBelowOverload: datagram[levels.lowerBound + index] & 0x7F)
            }
            sources.append(ssrc, level: level)
        }
        return sources
    }
}
