// SPDX-License-Identifier: GPL-3.0-or-later

/// Leaves out pictures that come faster than they are wished for.
struct PicturePace {
    private let period: Int64
    private var next: Int64 = 0

    init(_ wish: CaptureFormat) {
        period = wish.period.nanoseconds
    }

    /// Whether the picture taken at `time` (nanoseconds) is wanted.
    mutating func wants(_ time: Int64) -> Bool {
        // A camera's pictures come a little early as often as a little late.
        guard time >= next - period / 4 else { return false }
        next = max(next, time - period / 2) + period
        return true
    }
}
