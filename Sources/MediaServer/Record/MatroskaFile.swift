// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// One Matroska file (RFC 9559) with a track of Opus (RFC 7845), and perhaps one of VP8. Clusters of a second are written whole and one after
/// the other, and the segment's size is left open, so that a file that nobody closed is a file all the same. One that was closed knows its
/// size and length, and has cues.
struct MatroskaFile: ~Copyable {
    enum Track: UInt8 {
        case sound = 1
        case picture = 2
    }

    /// A frame, at a time in ms since the file's beginning.
    private struct Block {
        let track: Track
        let time: Int64
        let isKeyframe: Bool
        let bytes: [UInt8]
    }

    let path: String
    private let descriptor: Int32
    private let head: MatroskaDescription.Head
    private var cues: MatroskaCues
    /// Octets in the file.
    private var size = 0
    private var waiting: [Block] = []
    /// All before is written, ms.
    private var written: Int64 = 0

    /// Milliseconds of a cluster.
    private static let cluster: Int64 = 1000

    /// - Throws: `RoomRecording.Failure` where the file cannot be made, or exists.
    init(path: String, _ description: MatroskaDescription) throws(RoomRecording.Failure) {
        self.path = path
        head = description.head
        cues = MatroskaCues(hasPictures: description.picture != nil)
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: Self.reason(errno)) }
        try write(head.bytes)
    }

    deinit { Glibc.close(descriptor) }

    /// Adds a frame; what comes so late that its place is written already stands where there still is one.
    mutating func append(_ track: Track, at time: Int64, isKeyframe: Bool = true, _ bytes: [UInt8]) {
        waiting.append(Block(track: track, time: max(time, written), isKeyframe: isKeyframe, bytes: bytes))
    }

    /// Writes the clusters that end at `time`, ms, or before: nothing more comes for them.
    mutating func write(until time: Int64) throws(RoomRecording.Failure) {
        while written + Self.cluster <= time { try writeCluster() }
    }

    /// Writes the rest up to `end`, ms, and that it became so long.
    mutating func close(at end: Int64) {
        // Of pictures whose sound is not there any more.
        waiting.removeAll { $0.time > end }
        while !waiting.isEmpty { guard (try? writeCluster()) != nil else { break } }
        replace(at: head.duration, EBML.double(Double(end)))
        let place = size - head.segment
        // A full disk has no room for them: the file is one that nobody closed.
        guard let cues = cues.element, (try? write(cues)) != nil else { return }
        replace(at: head.seekHead, MatroskaCues.seekHead(to: place))
        replace(at: head.segment - 8, EBML.fixedSize(size - head.segment))
    }

    private func replace(at place: Int, _ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(place)) }
    }

    private mutating func writeCluster() throws(RoomRecording.Failure) {
        let start = written
        written += Self.cluster
        // Frames of one track are in their order already.
        let blocks = waiting.filter { $0.time < written }.enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }
        guard !blocks.isEmpty else { return }
        waiting.removeAll { $0.time < written }
        var content = EBML.unsigned(0xE7, UInt64(start))
        for (_, block) in blocks {
            let time = UInt16(truncatingIfNeeded: block.time - start)
            let head = [
                0x80 | block.track.rawValue, UInt8(time >> 8), UInt8(time & 0xFF), block.isKeyframe ? 0x80 : 0,
            ]
            content += EBML.element(0xA3, head + block.bytes)
        }
        let place = size - head.segment
        try write(EBML.element(0x1F43_B675, content))
        for (_, block) in blocks where block.isKeyframe { cues.note(block.track, at: block.time, cluster: place) }
    }

    /// Writes all of it, or nothing.
    private mutating func write(_ bytes: [UInt8]) throws(RoomRecording.Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                // What players take for damage.
                if ftruncate(descriptor, off_t(size)) == 0 { lseek(descriptor, off_t(size), SEEK_SET) }
                if code == ENOSPC || code == EDQUOT { throw .diskFull(path: path) }
                throw .cannotWrite(path: path, reason: Self.reason(code))
            }
            rest = rest.dropFirst(count)
        }
        size += bytes.count
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
