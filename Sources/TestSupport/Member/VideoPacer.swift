// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import RTP
import Synchronization

/// The thread that encodes, sends and decodes for all cameras of a process, each 5 ms. Apart from `MediaPacer`: pictures take time.
final class VideoPacer: Sendable {
    static let shared = VideoPacer()

    private struct State {
        var streams: [ObjectIdentifier: MemberVideo] = [:]
        var isRunning = false
    }

    private let state = Mutex(State())

    func add(_ stream: MemberVideo) {
        let starts = state.withLock { state in
            state.streams[ObjectIdentifier(stream)] = stream
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { start() }
    }

    func remove(_ stream: MemberVideo) {
        state.withLock { $0.streams[ObjectIdentifier(stream)] = nil }
    }

    private func start() {
        var thread = pthread_t()
        let created = unsafe pthread_create(
            &thread, nil,
            { _ in
                VideoPacer.shared.run()
                return nil
            }, nil)
        precondition(created == 0, "no thread for the video of test members")
        pthread_detach(thread)
    }

    private func run() {
        guard var poll = try? EventPoll(),
            var timer = try? TickTimer(start: MediaInstant.now().advanced(byMilliseconds: 5), milliseconds: 5),
            (try? poll.add(timer.descriptor, token: 0)) != nil
        else { preconditionFailure("no timer for the video of test members") }
        while true {
            _ = try? poll.wait(milliseconds: 1000)
            _ = try? timer.take()
            for stream in state.withLock({ Array($0.streams.values) }) {
                stream.state.withLock { $0.turn(now: .now()) }
            }
        }
    }
}
