// SPDX-License-Identifier: GPL-3.0-or-later

/// The scale between RTP ticks and nanoseconds of one RTP clock rate, exact (a reduced fraction, so that hours of ticks
/// neither overflow nor drift by rounding).
package struct RTPTickScale: Hashable, Sendable {
    /// RTP clock rate in Hz (RFC 3550 §5.1): 48000 for Opus, 8000 for G.711 and (sic) G.722.
    package let clockRate: Int
    private let nanosecondsPart: Int64
    private let ticksPart: Int64

    /// - Parameter clockRate: Hz, positive.
    package init(clockRate: Int) {
        precondition(clockRate > 0, "RTP clock rate must be positive, not \(clockRate)")
        self.clockRate = clockRate
        var (large, small) = (Int64(1_000_000_000), Int64(clockRate))
        while small != 0 { (large, small) = (small, large % small) }
        nanosecondsPart = 1_000_000_000 / large
        ticksPart = Int64(clockRate) / large
    }

    /// Nanoseconds that `ticks` last.
    package func nanoseconds(ticks: Int64) -> Int64 {
        ticks &* nanosecondsPart / ticksPart
    }

    /// Whole ticks in `nanoseconds`, rounded toward zero.
    package func ticks(nanoseconds: Int64) -> Int64 {
        nanoseconds &* ticksPart / nanosecondsPart
    }
}
