// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// One Matroska file (RFC 9559) with one track of Opus (RFC 7845). Clusters of a second are written whole and one after the other, and the
/// segment's size is left open, so that a file that nobody closed is a file all the same.
struct OpusRecordingFile: ~Copyable {
    /// 20 ms of nothing, in CELT.
    private static let silence: [UInt8] = [0xF8, 0xFF, 0xFE]
    /// Ticks of a frame.
    private static let frame: Int64 = 960
    /// Silence longer than that is no pause but a mistake, ticks: an hour.
    private static let longestSilence: Int64 = 48_000 * 3600

    private let path: String
    private let descriptor: Int32
    private var cluster: [UInt8] = []
    private var clusterStart: Int64 = 0
    /// Where the next frame belongs, ticks from the beginning of the file.
    private var position: Int64 = 0
    /// What the room's clock said at `position`; nil while paused.
    private var clock: UInt32?
    private var durationPlace: Int = 0

    init(path: String, title: String) throws(RoomRecording.Failure) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: Self.reason(errno)) }
        let (head, place) = Self.head(title)
        durationPlace = place
        try write(head)
    }

    deinit { Glibc.close(descriptor) }

    mutating func take(_ bytes: borrowing Span<UInt8>, _ tag: RecordingTag) {
        switch tag.kind {
        case .start: clock = tag.ticks
        case .pause: clock = nil
        case .clock: fill(to: tag.ticks)
        case .audio:
            fill(to: tag.ticks)
            guard clock != nil else { return }
            var frame: [UInt8] = []
            frame.reserveCapacity(bytes.count)
            for index in bytes.indices { frame.append(bytes[index]) }
            append(frame)
        }
    }

    /// Writes what is complete.
    mutating func flush() throws(RoomRecording.Failure) {
        guard position - clusterStart >= 48_000 else { return }
        try endCluster()
    }

    /// Writes the rest, and how long it became.
    mutating func close() {
        try? endCluster()
        let bits = (Double(position) / 48).bitPattern
        let duration = (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
        _ = unsafe duration.withUnsafeBytes {
            unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(durationPlace))
        }
    }

    /// Puts silence where nobody said anything.
    private mutating func fill(to ticks: UInt32) {
        guard let clock else { return }
        // Signed: what comes a little late is not a gap of a day.
        var missing = Int64(Int32(bitPattern: ticks &- clock))
        guard missing <= Self.longestSilence else {
            self.clock = ticks
            return
        }
        while missing >= Self.frame {
            append(Self.silence)
            missing -= Self.frame
        }
    }

    private mutating func append(_ frame: [UInt8]) {
        // A block's time is of 16 bits, ms from its cluster's.
        if position - clusterStart >= 48 * 30_000 { try? endCluster() }
        let time = UInt16(truncatingIfNeeded: (position - clusterStart) / 48)
        let head: [UInt8] = [0x81, UInt8(time >> 8), UInt8(time & 0xFF), 0x80]
        cluster += EBML.element(0xA3, head + frame)
        position += Self.frame
        clock = clock.map { $0 &+ UInt32(Self.frame) }
    }

    private mutating func endCluster() throws(RoomRecording.Failure) {
        guard !cluster.isEmpty else { return }
        let time = EBML.unsigned(0xE7, UInt64(clusterStart / 48))
        let whole = EBML.element(0x1F43_B675, time + cluster)
        cluster.removeAll(keepingCapacity: true)
        clusterStart = position
        try write(whole)
    }

    private func write(_ bytes: [UInt8]) throws(RoomRecording.Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if errno == ENOSPC || errno == EDQUOT { throw .diskFull(path: path) }
                throw .cannotWrite(path: path, reason: Self.reason(errno))
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// - Returns: all that stands before the first cluster, and where in it the duration stands.
    private static func head(_ title: String) -> ([UInt8], durationPlace: Int) {
        let ebml = EBML.element(
            0x1A45_DFA3,
            EBML.unsigned(0x4286, 1) + EBML.unsigned(0x42F7, 1) + EBML.unsigned(0x42F2, 4) + EBML.unsigned(0x42F3, 8)
                + EBML.element(0x4282, Array("matroska".utf8)) + EBML.unsigned(0x4287, 4) + EBML.unsigned(0x4285, 2))
        // Of unknown size: to the end of the file.
        let segment: [UInt8] = [0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        let before =
            EBML.unsigned(0x2AD7B1, 1_000_000) + EBML.element(0x7BA9, Array(title.utf8))
            + EBML.element(0x4D80, Array("Confab".utf8)) + EBML.element(0x5741, Array("Confab".utf8))
        let duration = EBML.element(0x4489, [UInt8](repeating: 0, count: 8))
        let info = EBML.element(0x1549_A966, before + duration)
        let audio = EBML.element(0xE1, EBML.element(0xB5, [0x47, 0x3B, 0x80, 0x00]) + EBML.unsigned(0x9F, 1))
        // RFC 7845 §5.1: version, channels, pre-skip 312, 48000 Hz, gain 0, mapping family 0.
        let opus = Array("OpusHead".utf8) + [1, 1, 0x38, 0x01, 0x80, 0xBB, 0, 0, 0, 0, 0]
        let track = EBML.element(
            0xAE,
            EBML.unsigned(0xD7, 1) + EBML.unsigned(0x73C5, 1) + EBML.unsigned(0x83, 2) + EBML.unsigned(0x9C, 0)
                + EBML.element(0x86, Array("A_OPUS".utf8)) + EBML.element(0x63A2, opus)
                + EBML.unsigned(0x56AA, 6_500_000) + EBML.unsigned(0x56BB, 80_000_000)
                + EBML.unsigned(0x23E383, 20_000_000) + audio)
        let head = ebml + segment + info
        return (head + EBML.element(0x1654_AE6B, track), durationPlace: head.count - 8)
    }
}

/// The elements that Matroska is made of (RFC 8794).
private enum EBML {
    static func element(_ id: UInt32, _ content: [UInt8]) -> [UInt8] {
        big(UInt64(id)) + size(content.count) + content
    }

    static func unsigned(_ id: UInt32, _ value: UInt64) -> [UInt8] {
        let bytes = big(value)
        return element(id, bytes.isEmpty ? [0] : bytes)
    }

    /// Eight octets at most, a marker bit in the first (§4).
    private static func size(_ count: Int) -> [UInt8] {
        for width in 1...7 where count < 1 << (7 * width) - 1 {
            let marked = UInt64(count) | 1 << UInt64(7 * width)
            return (0..<width).map { UInt8(truncatingIfNeeded: marked >> UInt64(8 * (width - 1 - $0))) }
        }
        return [1] + (0..<7).map { UInt8(truncatingIfNeeded: count >> (8 * (6 - $0))) }
    }

    /// Without leading zeros.
    private static func big(_ value: UInt64) -> [UInt8] {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
        return Array(bytes.drop { $0 == 0 })
    }
}
