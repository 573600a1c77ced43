// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP
import Synchronization

/// What one member says, on its way into a file of its own that begins with the recording. The media thread gives samples; they are encoded
/// where they are written.
final class MemberTrack: Sendable {
    /// For people.
    let name: String
    let ring = DatagramRing<RecordingTag>(capacity: 256, blank: RecordingTag(kind: .clock, ticks: 0))
    private let writer = Mutex<TrackWriter?>(nil)

    init(_ name: String) { self.name = name }

    /// Makes the file. Blocks on the disk.
    func open(path: String, title: String) throws(RoomRecording.Failure) {
        let description = MatroskaDescription(title: title, member: name)
        let failure = writer.withLock { writer -> RoomRecording.Failure? in
            do throws(RoomRecording.Failure) { writer = try TrackWriter(path: path, description) } catch {
                return error
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// Takes 20 ms that the member says.
    ///
    /// - Parameter time: of the room's mixer, ms.
    func take(_ frame: ReceivedFrame, time: Int) {
        let samples = unsafe frame.samples
        // Two halves: a frame of 48000 Hz is larger than a datagram.
        let half = samples.count / 2
        for part in 0..<2 {
            let tag = RecordingTag(
                kind: .audio, ticks: UInt32(truncatingIfNeeded: (time + part * 10) * 48),
                sampleRate: frame.sampleRate)
            let bytes = unsafe UnsafeRawBufferPointer(
                UnsafeBufferPointer(rebasing: samples[part * half..<(part + 1) * half]))
            unsafe ring.give(Span<UInt8>(_unsafeBytes: bytes), tag)
        }
    }

    func write() throws(RoomRecording.Failure) {
        let failure = writer.withLock { writer -> RoomRecording.Failure? in
            guard writer != nil else { return nil }
            while ring.take({ bytes, tag in writer?.take(bytes, tag) }) {}
            do throws(RoomRecording.Failure) { try writer?.file.flush() } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    func close() {
        writer.withLock { writer in
            writer?.file.close()
            writer = nil
        }
    }
}

/// Encodes samples of whatever rate into a file.
private struct TrackWriter: ~Copyable {
    var file: RecordingFile
    private let encoder: AudioEncoder
    private var resampler: Resampler?
    /// The first half of a frame.
    private var half: [Int16] = []
    private var halfTag: RecordingTag?

    init(path: String, _ description: MatroskaDescription) throws(RoomRecording.Failure) {
        guard let encoder = try? AudioEncoder(RoomRecording.encoder) else {
            throw .cannotWrite(path: path, reason: "no memory for an encoder")
        }
        let made = try RecordingFile(path: path, description)
        self.encoder = encoder
        file = made
    }

    mutating func take(_ bytes: borrowing Span<UInt8>, _ tag: RecordingTag) {
        guard tag.kind == .audio else { return file.take(bytes, tag) }
        var samples: [Int16] = []
        samples.reserveCapacity(bytes.count)
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            samples.append(Int16(bitPattern: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8))
        }
        guard let first = halfTag, first.ticks &+ 480 == tag.ticks, first.sampleRate == tag.sampleRate else {
            (half, halfTag) = (samples, tag)
            return
        }
        halfTag = nil
        encode(half + samples, first)
    }

    private mutating func encode(_ samples: [Int16], _ tag: RecordingTag) {
        let wide = wide(samples, tag.sampleRate)
        var packet = [UInt8](repeating: 0, count: 1275)
        let size = unsafe wide.withUnsafeBufferPointer { samples in
            unsafe packet.withUnsafeMutableBytes { try? unsafe encoder.encode(samples, into: $0) }
        }
        guard let size, size > 0 else { return }
        let bytes = Array(packet.prefix(size))
        file.take(bytes.span, tag)
    }

    /// 20 ms at 48000 Hz.
    private mutating func wide(_ samples: [Int16], _ rate: Int) -> [Int16] {
        guard rate != 48_000 else { return samples }
        if resampler?.inputRate != rate { resampler = try? Resampler(from: rate, to: 48_000) }
        var wide = [Int16](repeating: 0, count: 960)
        _ = unsafe samples.withUnsafeBufferPointer { input in
            unsafe wide.withUnsafeMutableBufferPointer { unsafe resampler?.process(input, into: $0) }
        }
        return wide
    }
}
