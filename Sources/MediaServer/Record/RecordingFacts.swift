// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// What a recording's file says of itself, whether somebody closed it or not.
package struct RecordingFacts: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// What everybody said.
        case mix
        case mixWithPicture
        /// What one member said.
        case member
    }

    package private(set) var content = Content.mix
    package private(set) var seconds = 0.0

    /// Looks into the file. Blocks on the disk: a file that nobody closed is read from cluster to cluster.
    ///
    /// - Returns: nil for what is no file of ours.
    package init?(path: String) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let head = Self.read(descriptor, at: 0, count: 16_384)
        guard let ebml = Element(head, at: 0), ebml.id == 0x1A45_DFA3,
            let segment = Element(head, at: ebml.end), segment.id == 0x1853_8067
        else { return nil }
        var place = segment.content
        var duration = 0.0
        while let element = Element(head, at: place), element.id != 0x1F43_B675 {
            guard element.end <= head.count else { break }
            if element.id == 0x1549_A966, let found = element.first(0x4489, in: head) {
                duration = Double(bitPattern: found.unsigned(head)) / 1000
            }
            if element.id == 0x1654_AE6B { readTracks(element, head) }
            place = element.end
        }
        seconds = duration > 0 ? duration : Self.end(descriptor, place)
    }

    private mutating func readTracks(_ tracks: Element, _ head: [UInt8]) {
        for track in tracks.children(in: head) {
            if track.first(0x536E, in: head) != nil { content = .member }
            if track.first(0x83, in: head)?.unsigned(head) == 1 { content = .mixWithPicture }
        }
    }

    /// The end of the last whole cluster, seconds.
    private static func end(_ descriptor: Int32, _ start: Int) -> Double {
        var (place, last) = (start, 0.0)
        while true {
            let head = read(descriptor, at: place, count: 24)
            guard let cluster = Element(head, at: 0), cluster.id == 0x1F43_B675,
                let time = Element(head, at: cluster.content), time.id == 0xE7
            else { return last }
            // A cluster is of a second, but for the last one of a file that was closed.
            last = Double(time.unsigned(head)) / 1000 + 1
            place += cluster.end
        }
    }

    private static func read(_ descriptor: Int32, at place: Int, count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let size = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(place))
        }
        return Array(bytes.prefix(max(0, size)))
    }
}

/// One element of EBML (RFC 8794) among bytes that may end anywhere.
private struct Element {
    let id: UInt32
    let content: Int
    /// That of the bytes' owner where the size is unknown.
    let end: Int

    init?(_ bytes: [UInt8], at start: Int) {
        guard start >= 0, start < bytes.count else { return nil }
        let idWidth = bytes[start].leadingZeroBitCount + 1
        guard idWidth <= 4, start + idWidth < bytes.count else { return nil }
        id = bytes[start..<start + idWidth].reduce(0) { $0 << 8 | UInt32($1) }
        let first = bytes[start + idWidth]
        let width = first.leadingZeroBitCount + 1
        guard width <= 8, start + idWidth + width <= bytes.count else { return nil }
        content = start + idWidth + width
        var size = UInt64(first) & (1 << UInt64(8 - width) - 1)
        for byte in bytes[(start + idWidth + 1)..<content] { size = size << 8 | UInt64(byte) }
        guard size < 1 << 48 || size == 1 << UInt64(7 * width) - 1 else { return nil }
        end = size < 1 << 48 ? content + Int(size) : content
    }

    func children(in bytes: [UInt8]) -> [Element] {
        var (children, place) = ([Element](), content)
        while place < end, let child = Element(bytes, at: place), child.end > place, child.end <= bytes.count {
            children.append(child)
            place = child.end
        }
        return children
    }

    func first(_ id: UInt32, in bytes: [UInt8]) -> Element? { children(in: bytes).first { $0.id == id } }

    func unsigned(_ bytes: [UInt8]) -> UInt64 {
        guard end <= bytes.count, end - content <= 8 else { return 0 }
        return bytes[content..<end].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
