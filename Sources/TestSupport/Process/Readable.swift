// SPDX-License-Identifier: GPL-3.0-or-later

import Dispatch
import Synchronization

/// Waits for what comes by a descriptor, woken by the kernel.
package enum Readable {
    /// - Returns: whether there is something to read, or an end to be read, within `patience`. Cancellation ends the wait with false.
    ///   The descriptor may be closed afterwards, not before.
    package static func wait(_ descriptor: Int32, within patience: Duration) async -> Bool {
        let watch = ReadWatch(descriptor)
        return await withTaskCancellationHandler {
            await watch.result(within: patience)
        } onCancel: {
            watch.end(false)
        }
    }
}

private final class ReadWatch: Sendable {
    private struct State {
        var result: Bool?
        var continuation: CheckedContinuation<Bool, Never>?
    }

    private let source: Mutex<any DispatchSourceRead>
    private let state = Mutex(State())
    private static let queue = DispatchQueue(label: "confab.tests.readable")

    init(_ descriptor: Int32) {
        source = Mutex(DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue))
    }

    func result(within patience: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            state.withLock { $0.continuation = continuation }
            source.withLock { source in
                source.setEventHandler { [self] in end(true) }
                source.setCancelHandler { [self] in finish() }
                source.activate()
            }
            let milliseconds = max(0, Int(patience / .milliseconds(1)))
            Self.queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
                self?.end(false)
            }
        }
    }

    /// The first of something read, time passed and cancellation decides.
    func end(_ result: Bool) {
        state.withLock { if $0.result == nil { $0.result = result } }
        source.withLock { $0.cancel() }
    }

    /// The kernel has let go of the descriptor.
    private func finish() {
        let (continuation, result) = state.withLock { state in
            defer { state.continuation = nil }
            return (state.continuation, state.result)
        }
        continuation?.resume(returning: result ?? false)
    }
}
