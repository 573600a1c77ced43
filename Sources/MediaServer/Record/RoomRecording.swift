// SPDX-License-Identifier: GPL-3.0-or-later
package import Audio
import Dispatch
import Synchronization

/// What a room says and shows, on its way into files: Opus and VP8 in Matroska, written by a queue of its own.
///
/// What has been written is whole at any time: the file of a focus that was killed plays up to its last second.
package final class RoomRecording: Sendable {
    /// How recordings end by themselves.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// Less is free than has to stay free.
        case diskFull(path: String)
        case folderMissing(String)
        case cannotWrite(path: String, reason: String)

        package var description: String {
            switch self {
            case .diskFull(let path): "the disk is nearly full: \(path) ends here"
            case .folderMissing(let folder):
                "the folder \(folder) is missing: make it, so that the focus may write there"
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
    private let writer: Mutex<RecordingFile?>
    /// What the canvas of the room shows; nil: sound alone is recorded.
    let pictures: RecordedPictures?
    private let title: String
    /// Where a member's own sound goes; nil: there is the mix alone.
    private let trackPath: (@Sendable (_ number: Int, _ name: String) -> String)?
    /// Of members who are or were there.
    private let trackCount = Atomic<Int>(0)
    /// Changed on the queue.
    private let tracks = Mutex<[MemberTrack]>([])
    private let isOver = Atomic<Bool>(false)
    /// Its files are written to the end.
    package var isClosed: Bool { isOver.load(ordering: .acquiring) }
    /// Dispatch sources may be used from any thread.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer
    private let onFailure: @Sendable (Failure) -> Void
    private let reserve: DiskReserve

    /// Makes the file, which does not exist yet. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - title: for people, in the file.
    ///   - notice: what everybody hears when it begins or goes on, and who comes later.
    ///   - pictures: what the canvas of the room shows, for a track of its own.
    ///   - trackPath: makes the path of the file that a member has for itself, of its number and name; nil: members have none.
    ///   - reserve: what has to stay free on the disk.
    ///   - onFailure: called once, on the writing queue, where it ends by itself.
    /// - Throws: `Failure`.
    package init(
        path: String, title: String, notice: SpokenAnnouncement = SpokenAnnouncement(.recording),
        pictures: RecordedPictures? = nil, trackPath: (@Sendable (_ number: Int, _ name: String) -> String)? = nil,
        reserve: DiskReserve, onFailure: @escaping @Sendable (Failure) -> Void
    ) throws(Failure) {
        self.path = path
        self.title = title
        self.notice = notice
        self.pictures = pictures
        self.trackPath = trackPath
        self.reserve = reserve
        self.onFailure = onFailure
        guard try reserve.space(at: path) >= Self.leastRoom else { throw .diskFull(path: path) }
        let description = MatroskaDescription(title: title, picture: pictures?.format.size)
        writer = Mutex(try RecordingFile(path: path, description))
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

    // MARK: Tracks

    /// A file for what a member says; nil where members have none. It is made on the writing queue.
    func makeTrack(_ name: String) -> MemberTrack? {
        guard let trackPath else { return nil }
        let track = MemberTrack(name)
        let path = trackPath(trackCount.add(1, ordering: .relaxed).newValue, name)
        queue.async { [self] in
            do throws(Failure) { try track.open(path: path, title: title) } catch { return fail(error) }
            tracks.withLock { $0.append(track) }
        }
        return track
    }

    /// Nothing more comes of that member.
    func finish(_ track: MemberTrack) {
        queue.async { [self] in
            do throws(Failure) { try track.write() } catch { fail(error) }
            track.close()
            tracks.withLock { $0.removeAll { $0 === track } }
        }
    }

    // MARK: Writing

    private func write() {
        let failure = writer.withLock { writer -> Failure? in
            guard writer != nil else { return nil }
            // First those: what they belong to was told before they were drawn.
            let shown = pictures?.take() ?? []
            while ring.take({ bytes, tag in writer?.take(bytes, tag) }) {}
            for picture in shown where writer?.take(picture) == false { pictures?.demandKeyframe() }
            do throws(Failure) {
                try writer?.flush()
                for track in tracks.withLock({ $0 }) { try track.write() }
                return try reserve.space(at: path) < 0 ? .diskFull(path: path) : nil
            } catch {
                return error
            }
        }
        if let failure { fail(failure) }
    }

    private func fail(_ failure: Failure) {
        guard end() else { return }
        onFailure(failure)
    }

    /// - Returns: whether it had not ended before.
    @discardableResult
    private func end() -> Bool {
        unsafe timer.cancel()
        tracks.withLock { tracks in
            for track in tracks { track.close() }
            tracks = []
        }
        return writer.withLock { writer in
            guard writer != nil else { return false }
            writer?.close()
            writer = nil
            isOver.store(true, ordering: .releasing)
            return true
        }
    }

    /// Bytes that a recording wants beside those at its beginning. One that a full disk has ended is cut back to its last whole cluster: in
    /// what that leaves free another would begin only to end.
    private static let leastRoom: Int64 = 65_536
}
