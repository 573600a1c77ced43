// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Picture
import RTP
import SDP
import Synchronization
import Video

/// From coded pictures to the board, on a thread of its own: decodes each when its time has come. Callable from any thread.
final class IncomingPictures: Sendable {
    private let shared: Shared
    private let thread: DeviceThread

    /// - Parameter board: where pictures are put up.
    /// - Throws: what the system refuses.
    init(_ board: VideoBoard) throws {
        let shared = Shared(bell: try WakeSignal(), board: board)
        self.shared = shared
        thread = try DeviceThread(name: "video-in") { shared.run($0) }
    }

    /// Whom to tell that a stream can go on with a key frame only; called on this or the submitting thread.
    func whenBroken(_ body: @escaping @Sendable (VideoRole) -> Void) {
        shared.whenBroken.withLock { $0 = body }
    }

    /// Takes the next picture of a stream.
    /// - Parameters:
    ///   - item: without its bytes.
    ///   - bytes: are copied.
    func submit(_ item: DecodeQueue.Item, bytes: Span<UInt8>, now: MediaInstant) {
        var item = item
        item.bytes = shared.queue.withLock { $0.takeBuffer() }
        unsafe bytes.withUnsafeBytes { unsafe item.bytes.append(contentsOf: $0) }
        let isKept = shared.queue.withLock { [item] in $0.push(item, now: now) }
        guard isKept else { return shared.broken(item.role) }
        shared.bell.raise()
    }

    /// Forgets a stream: its pictures end.
    func end(_ role: VideoRole) {
        shared.queue.withLock { queue in
            queue.end(role)
        }
        shared.ended.withLock { _ = $0.insert(role) }
        shared.board.clear(role)
    }

    /// Ends the thread; waits for it.
    func stop() {
        shared.bell.raise()
        thread.stop()
    }
}

private final class Shared: Sendable {
    let queue = Mutex(DecodeQueue())
    /// Streams whose decoders are to be let go of.
    let ended = Mutex<Set<VideoRole>>([])
    let bell: WakeSignal
    let board: VideoBoard
    let whenBroken = Mutex<(@Sendable (VideoRole) -> Void)?>(nil)

    init(bell: consuming WakeSignal, board: VideoBoard) {
        self.bell = bell
        self.board = board
    }

    func broken(_ role: VideoRole) {
        whenBroken.withLock { $0 }?(role)
    }

    func run(_ thread: DeviceThread) {
        guard var poll = try? EventPoll(), (try? poll.add(bell.descriptor, token: 0)) != nil else { return }
        ThreadRank.behind.take()
        var decoders: [VideoRole: any VideoDecoder] = [:]
        while !thread.isStopping {
            for role in ended.withLock({ ended in
                defer { ended = [] }
                return ended
            }) {
                decoders[role] = nil
            }
            let now = MediaInstant.now()
            switch queue.withLock({ $0.next(now: now) }) {
            case .decode(let item):
                decode(item, with: &decoders)
                queue.withLock { $0.giveBack(item.bytes) }
            case .wait(let due):
                let patience = due.map { max(1, min($0.milliseconds(since: now), 100)) } ?? 100
                _ = try? poll.wait(milliseconds: patience)
                bell.clear()
            }
        }
    }

    private func decode(_ item: DecodeQueue.Item, with decoders: inout [VideoRole: any VideoDecoder]) {
        let codec: VideoCodec = item.codec == .h264 ? .h264 : .vp8
        if decoders[item.role]?.codec != codec { decoders[item.role] = try? codec.makeDecoder() }
        guard let decoder = decoders[item.role] else { return }
        do throws(VideoDecodeError) {
            guard let picture = try decoder.decode(item.bytes, timestamp: item.timestamp) else { return }
            board.show(SharedPicture(picture), in: item.role, of: item.contributor, now: .now())
        } catch {
            queue.withLock { $0.fail(item.role) }
            broken(item.role)
        }
    }
}
