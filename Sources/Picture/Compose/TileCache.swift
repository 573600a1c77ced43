// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry

/// Scaled pictures, shapes and lines of text that the canvases of one thread share: a camera is scaled once for all canvases on
/// which it has the same size.
package final class TileCache {
    private struct Key: Hashable {
        let source: UInt64
        let size: PictureSize
        let isMirrored: Bool
    }

    private struct Entry {
        let picture: PictureFrame
        /// The picture before it was mirrored; nil for one that is not.
        let unmirrored: PictureFrame?
        /// Of the picture that was scaled.
        var stamp: UInt64
        var lastTurn: UInt64
    }

    let text: TextRenderer
    private var entries: [Key: Entry] = [:]
    private var shapes: [Shape: OpacityMask] = [:]
    private var turn: UInt64 = 0

    /// Turns after which a size that nobody asked for is forgotten: some ten seconds.
    private static let patience: UInt64 = 256
    private static let shapeCapacity = 64

    package init(text: TextRenderer = TextRenderer()) {
        self.text = text
    }

    /// Scaled pictures kept.
    package var count: Int { entries.count }

    /// `picture` in `size`; scaled only when it is another one than last time.
    func scaled(
        _ picture: PictureFrame, source: UInt64, _ size: PictureSize, isMirrored: Bool = false,
        _ report: inout ComposeReport
    ) -> PictureFrame {
        if picture.size == size, !isMirrored { return picture }
        let key = Key(source: source, size: size, isMirrored: isMirrored)
        if let index = entries.index(forKey: key) {
            entries.values[index].lastTurn = turn
            if entries.values[index].stamp != picture.stamp {
                Self.scale(picture, into: entries.values[index], &report)
                entries.values[index].stamp = picture.stamp
            }
            return entries.values[index].picture
        }
        let entry = Entry(
            picture: PictureFrame(uninitialized: size),
            unmirrored: isMirrored ? PictureFrame(uninitialized: size) : nil, stamp: picture.stamp, lastTurn: turn)
        Self.scale(picture, into: entry, &report)
        entries[key] = entry
        return entry.picture
    }

    private static func scale(_ picture: PictureFrame, into entry: Entry, _ report: inout ComposeReport) {
        let start = ContinuousClock.now
        (entry.unmirrored ?? entry.picture).scale(picture, into: entry.picture.size.area)
        if let unmirrored = entry.unmirrored { entry.picture.mirror(unmirrored) }
        report.scaling += ContinuousClock.now - start
        report.scaled += 1
    }

    /// A shape, drawn once.
    func mask(_ shape: Shape) -> OpacityMask {
        if let mask = shapes[shape] { return mask }
        // Each size of a window brings others.
        if shapes.count >= Self.shapeCapacity { shapes.removeAll(keepingCapacity: true) }
        let mask = shape.mask
        shapes[shape] = mask
        return mask
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
