// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import RTP
import Synchronization

/// The thread that plays and records for all test members of a process: looks into every socket and sends what is due, each 10 ms.
/// What a late turn missed is sent in the next one, with its own timestamps.
final class MediaPacer: Sendable {
    static let shared = MediaPacer()

    private struct State {
        var streams: [ObjectIdentifier: MemberAudio] = [:]
        var isRunning = false
    }

    private let state = Mutex(State())

    func add(_ stream: MemberAudio) {
        let starts = state.withLock { state in
            state.streams[ObjectIdentifier(stream)] = stream
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { start() }
    }

    func remove(_ stream: MemberAudio) {
        state.withLock { $0.streams[ObjectIdentifier(stream)] = nil }
    }

    private func start() {
        var thread = pthread_t()
        let created = unsafe pthread_create(
            &thread, nil,
            { _ in
                MediaPacer.shared.run()
                return nil
            }, nil)
        precondition(created == 0, "no thread for the media of test members")
        pthread_detach(thread)
    }

    private func run() {
        guard var poll = try? EventPoll(),
            var timer = try? TickTimer(start: MediaInstant.now().advanced(byMilliseconds: 10), milliseconds: 10),
            (try? poll.add(timer.descriptor, token: 0)) != nil
        else { preconditionFailure("no timer for the media of test members") }
        while true {
            _ = try? poll.wait(milliseconds: 1000)
            _ = try? timer.take()
            for stream in state.withLock({ Array($0.streams.values) }) {
                stream.turn(now: .now())
            }
        }
    }
}
