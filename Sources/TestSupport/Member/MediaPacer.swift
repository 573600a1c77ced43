// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import RTP
import Synchronization

/// What a `MediaPacer` plays.
protocol PacedStream: AnyObject, Sendable {
    /// Looks into the stream's sockets and sends what is due. On the pacer's thread.
    func turn(now: MediaInstant)
}

/// A thread that plays and records for all test members of a process: looks into every socket and sends what is due, again and again.
/// What a late turn missed is sent in the next one, with its own timestamps.
final class MediaPacer: Sendable {
    /// Members have processors of their own in the world: what signalling of fifty of them costs here delays nobody's speech.
    static let audio = MediaPacer(milliseconds: 10, rank: .first)
    /// Apart from the other: pictures take time.
    static let video = MediaPacer(milliseconds: 5, rank: nil)

    private struct State {
        var streams: [ObjectIdentifier: any PacedStream] = [:]
        var isRunning = false
    }

    private let state = Mutex(State())
    private let milliseconds: Int
    private let rank: ThreadRank?

    private init(milliseconds: Int, rank: ThreadRank?) {
        self.milliseconds = milliseconds
        self.rank = rank
    }

    func add(_ stream: any PacedStream) {
        let starts = state.withLock { state in
            state.streams[ObjectIdentifier(stream)] = stream
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { start() }
    }

    func remove(_ stream: any PacedStream) {
        state.withLock { $0.streams[ObjectIdentifier(stream)] = nil }
    }

    private func start() {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        let created = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<MediaPacer>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        precondition(created == 0, "no thread for the media of test members")
        pthread_detach(thread)
    }

    private func run() {
        rank?.take()
        let start = MediaInstant.now().advanced(byMilliseconds: milliseconds)
        guard var poll = try? EventPoll(), var timer = try? TickTimer(start: start, milliseconds: milliseconds),
            (try? poll.add(timer.descriptor, token: 0)) != nil
        else { preconditionFailure("no timer for the media of test members") }
        while true {
            _ = try? poll.wait(milliseconds: 1000)
            _ = try? timer.take()
            for stream in state.withLock({ Array($0.streams.values) }) { stream.turn(now: .now()) }
        }
    }
}
