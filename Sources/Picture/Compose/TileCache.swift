// SPDX-License-Identifier: GPL-3.0-or-later

/// Scaled pictures and lines of text that the canvases of one thread share: a camera is scaled once for all canvases on
/// which it has the same size.
package final class TileCache {
    private struct Key: Hashable {
        let source: UInt64
        let size: PictureSize
    }

    private struct Entry {
        let picture: PictureFrame
        /// Of the picture that was scaled.
        var stamp: UInt64
        var lastTurn: UInt64
    }

    let text: TextRenderer
    private var entries: [Key: Entry] = [:]
    private var turn: UInt64 = 0

    /// Turns after which a size that nobody asked for is forgotten: some ten seconds.
    private static let patience: UInt64 = 256

    package init(text: TextRenderer = TextRenderer()) {
        self.text = text
    }

    /// Scaled pictures kept.
    package var count: Int { entries.count }

    /// `picture` in `size`; scaled only when it is another one than last time.
    func scaled(
        _ picture: PictureFrame, source: UInt64, _ size: PictureSize, _ report: inout ComposeReport
    ) -> PictureFrame {
        if picture.size == size { return picture }
        let key = Key(source: source, size: size)
        if let index = entries.index(forKey: key) {
            entries.values[index].lastTurn = turn
            let kept = entries.values[index].picture
            if entries.values[index].stamp != picture.stamp {
                Self.scale(picture, into: kept, &report)
                entries.values[index].stamp = picture.stamp
            }
            return kept
        }
        let scaled = PictureFrame(uninitialized: size)
        Self.scale(picture, into: scaled, &report)
        entries[key] = Entry(picture: scaled, stamp: picture.stamp, lastTurn: turn)
        return scaled
    }

    private static func scale(_ picture: PictureFrame, into scaled: PictureFrame, _ report: inout ComposeReport) {
        let start = ContinuousClock.now
        scaled.scale(picture, into: scaled.size.area)
        report.scaling += ContinuousClock.now - start
        report.scaled += 1
    }

    /// To be called once for each canvas and turn.
    func nextTurn() {
        turn += 1
        guard turn.isMultiple(of: Self.patience) else { return }
        let oldest = turn - Self.patience
        guard entries.values.contains(where: { $0.lastTurn < oldest }) else { return }
        entries = entries.filter { $0.value.lastTurn >= oldest }
    }
}
