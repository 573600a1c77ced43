// SPDX-License-Identifier: GPL-3.0-or-later
package import Audio
import Dispatch
import Glibc
import Synchronization

/// What a room says, on its way into a file: Opus in Matroska, written by a queue of its own.
///
/// What has been written is whole at any time: the file of a focus that was killed plays up to its last second.
package final class RoomRecording: Sendable {
    /// How recordings end by themselves.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// Less is free than has to stay free.
        case diskFull(path: String)
        case cannotWrite(path: String, reason: String)

        package var description: String {
            switch self {
            case .diskFull(let path): "the disk is nearly full: \(path) ends here"
            case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)"
            }
        }
    }

    /// What a room is recorded with.
    static let encoder = EncoderParameters(codec: .opus, bitrate: 48_000, complexity: 5)

    package let path: String
    /// What everybody hears when it begins or goes on, and who comes later.
    let notice: SpokenAnnouncement
    let ring = DatagramRing<RecordingTag>(capacity: 512, blank: RecordingTag(kind: .clock, ticks: 0))
    private let queue: DispatchQueue
    private let writer: Mutex<OpusRecordingFile?>
    /// Dispatch sources may be used from any thread.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer
    private let onFailure: @Sendable (Failure) -> Void
    private let minimumFree: Int64

    /// Makes the file, which does not exist yet. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - title: for people, in the file.
    ///   - notice: what everybody hears when it begins or goes on, and who comes later.
    ///   - minimumFree: bytes that have to stay free on the disk.
    ///   - onFailure: called once, on the writing queue, where it ends by itself.
    /// - Throws: `Failure`.
    package init(
        path: String, title: String, notice: SpokenAnnouncement = SpokenAnnouncement(.recording), minimumFree: Int64,
        onFailure: @escaping @Sendable (Failure) -> Void
    ) throws(Failure) {
        self.path = path
        self.notice = notice
        self.minimumFree = minimumFree
        self.onFailure = onFailure
        guard Self.free(at: path) >= minimumFree else { throw .diskFull(path: path) }
        writer = Mutex(try OpusRecordingFile(path: path, title: title))
        queue = DispatchQueue(label: "recording")
        unsafe timer = DispatchSource.makeTimerSource(queue: queue)
        unsafe timer.schedule(deadline: .now() + .milliseconds(200), repeating: .milliseconds(200))
        unsafe timer.setEventHandler { [weak self] in self?.write() }
        unsafe timer.resume()
    }

    /// Nothing more comes; what has come is written and the file closed, on the writing queue.
    func finish() {
        queue.async { [self] in
            write()
            end()
        }
    }

    /// Returns when all that came before `finish` is in the file.
    package func waitUntilWritten() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }

    private func write() {
        let failure = writer.withLock { writer -> Failure? in
            guard writer != nil else { return nil }
            while ring.take({ bytes, tag in writer?.take(bytes, tag) }) {}
            do throws(Failure) { try writer?.flush() } catch { return error }
            return Self.free(at: path) < minimumFree ? .diskFull(path: path) : nil
        }
        guard let failure else { return }
        end()
        onFailure(failure)
    }

    private func end() {
        unsafe timer.cancel()
        writer.withLock { writer in
            writer?.close()
            writer = nil
        }
    }

    /// Bytes free for others than root on the disk of a file; none where that cannot be told.
    private static func free(at path: String) -> Int64 {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var status = statvfs()
        guard unsafe statvfs(folder.isEmpty ? "/" : folder, &status) == 0 else { return 0 }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }
}
