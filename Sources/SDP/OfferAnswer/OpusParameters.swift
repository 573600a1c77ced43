// SPDX-License-Identifier: GPL-3.0-or-later

/// What the peer asks of the Opus we send it (RFC 7587 §6.1, §7.1). All of it is declarative: nothing here is ever a mismatch.
package struct OpusParameters: Hashable, Sendable {
    /// Bits a second, 6000 to 510000; nil leaves it to us.
    package var maxaveragebitrate: Int?
    /// The highest sampling rate the peer makes use of, in Hz, 8000 to 48000.
    package var maxplaybackrate: Int
    package var useinbandfec: Bool
    package var usedtx: Bool
    package var cbr: Bool
    package var stereo: Bool

    package init(
        maxaveragebitrate: Int? = nil, maxplaybackrate: Int = 48_000, useinbandfec: Bool = false, usedtx: Bool = false,
        cbr: Bool = false, stereo: Bool = false
    ) {
        self.maxaveragebitrate = maxaveragebitrate
        self.maxplaybackrate = maxplaybackrate
        self.useinbandfec = useinbandfec
        self.usedtx = usedtx
        self.cbr = cbr
        self.stereo = stereo
    }

    /// Values out of range are brought into it, what cannot be read is as if absent.
    package init(_ fmtp: FormatParameters) {
        self.init(
            maxaveragebitrate: fmtp.number("maxaveragebitrate").map { min(max($0, 6_000), 510_000) },
            maxplaybackrate: fmtp.number("maxplaybackrate").map { min(max($0, 8_000), 48_000) } ?? 48_000,
            useinbandfec: fmtp.number("useinbandfec") == 1, usedtx: fmtp.number("usedtx") == 1,
            cbr: fmtp.number("cbr") == 1, stereo: fmtp.number("stereo") == 1)
    }
}
