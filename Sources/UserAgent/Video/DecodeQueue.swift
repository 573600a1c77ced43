// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import SDP
import Video

/// Coded pictures that wait to be decoded, each until its time. A pure machine: never holds more than it is told, and what comes too late
/// is skipped up to the next key frame, so that an overworked machine shows fewer pictures instead of older ones.
struct DecodeQueue {
    struct Item {
        var role: VideoRole
        var codec: PayloadFormat
        var isKeyframe: Bool
        /// RTP ticks.
        var timestamp: UInt32
        /// Whom the picture shows (CSRC).
        var contributor: UInt32?
        /// When it is to be seen.
        var due: MediaInstant
        var bytes: [UInt8]
    }

    /// What is to be done now.
    enum Step {
        case decode(Item)
        /// Nothing before then; nil: before something comes.
        case wait(MediaInstant?)
    }

    /// Pictures of one stream.
    static let longest = 60
    /// Milliseconds behind its time at which a picture is skipped.
    static let latest = 400
    /// Buffers kept to be used again.
    private static let kept = 32

    private var items: [Item] = []
    private var spare: [[UInt8]] = []
    /// Streams that go on with a key frame only.
    private var broken: Set<VideoRole> = []
    private var lastDue: [VideoRole: MediaInstant] = [:]

    var count: Int { items.count }

    /// An empty buffer to fill, that of an earlier picture where there is one.
    mutating func takeBuffer() -> [UInt8] {
        spare.popLast() ?? []
    }

    /// A picture is decoded: its buffer can be used again.
    mutating func giveBack(_ buffer: [UInt8]) {
        guard spare.count < Self.kept else { return }
        var buffer = buffer
        buffer.removeAll(keepingCapacity: true)
        spare.append(buffer)
    }

    /// Adds the next picture of its stream.
    /// - Returns: false where it, or what it builds on, is skipped: a key frame has to be asked for.
    mutating func push(_ item: Item, now: MediaInstant) -> Bool {
        var item = item
        let waiting = items.filter { $0.role == item.role }
        if let first = waiting.first {
            let late = now.milliseconds(since: first.due)
            // A key frame makes up for all that waits, which is dropped as soon as it is behind at all.
            if waiting.count >= Self.longest || late > Self.latest || item.isKeyframe && late > Self.latest / 4 {
                drop(item.role)
                broken.insert(item.role)
            }
        }
        if item.isKeyframe { broken.remove(item.role) }
        guard !broken.contains(item.role) else {
            giveBack(item.bytes)
            return false
        }
        // Pictures build on one another: never out of order, whatever the clocks say.
        item.due = max(item.due, lastDue[item.role] ?? item.due)
        lastDue[item.role] = item.due
        items.append(item)
        return true
    }

    /// The picture that is due, the most urgent of all streams.
    mutating func next(now: MediaInstant) -> Step {
        guard let index = items.indices.min(by: { items[$0].due < items[$1].due }) else { return .wait(nil) }
        guard items[index].due <= now else { return .wait(items[index].due) }
        return .decode(items.remove(at: index))
    }

    /// Forgets a stream.
    mutating func end(_ role: VideoRole) {
        drop(role)
        broken.remove(role)
        lastDue[role] = nil
    }

    /// A picture could not be decoded: nothing that waits can be.
    mutating func fail(_ role: VideoRole) {
        broken.insert(role)
        while let first = items.firstIndex(where: { $0.role == role }), !items[first].isKeyframe {
            giveBack(items.remove(at: first).bytes)
        }
        if items.contains(where: { $0.role == role }) { broken.remove(role) }
    }

    private mutating func drop(_ role: VideoRole) {
        for item in items where item.role == role { giveBack(item.bytes) }
        items.removeAll { $0.role == role }
        lastDue[role] = nil
    }
}
