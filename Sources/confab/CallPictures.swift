// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Dispatch
import UserAgent

/// Where a call's pictures are shown: a window, files, or nowhere.
struct CallPictures {
    private let call: Call
    private let recorder: SceneRecorder?
    private let wantsWindow: Bool
    private let feed: AsyncStream<SessionInput>.Continuation
    private var window: VideoWindow?
    private var watching: Task<Void, Never>?
    private var question: String?
    /// Not only to be had by a window: events say who is seen.
    private static let interval = Duration.milliseconds(200)

    init(
        _ call: Call, wantsWindow: Bool, recorder: SceneRecorder?, _ feed: AsyncStream<SessionInput>.Continuation
    ) {
        self.call = call
        self.wantsWindow = wantsWindow
        self.recorder = recorder
        self.feed = feed
    }

    mutating func show(_ event: CallEvent) {
        switch event {
        case .video(.started): begin()
        case .roster(let roster): window?.setTitle(roster.name ?? roster.conference)
        case .notice, .video, .heldByPeer, .digit, .chat: if let text = PlainLine.text(event) { window?.note(text) }
        default: break
        }
    }

    private mutating func begin() {
        guard watching == nil else { return }
        let (call, feed) = (call, feed)
        watching = Task {
            var tracker = SeenTracker()
            while !Task.isCancelled {
                if let seen = tracker.take(call.videoTiles()) { feed.yield(.seen(seen)) }
                try? await Task.sleep(for: Self.interval)
            }
        }
        do throws(DeviceError) {
            try recorder?.start { call.videoTiles() }
            guard wantsWindow else { return }
            window = try VideoWindow(title: call.remote, tiles: { call.videoTiles() }) { feed.yield(.window($0)) }
        } catch {
            feed.yield(.event(.notice("\(error)")))
        }
    }

    func note(_ text: String) {
        window?.note(text)
    }

    /// - Parameters:
    ///   - tile: of who is marked.
    ///   - question: that the next key answers.
    mutating func mark(_ tile: UInt64?, question: String?) {
        window?.mark(tile)
        if let question, question != self.question { window?.note(question) }
        self.question = question
    }

    func switchFullScreen() {
        window?.switchFullScreen()
    }

    /// Returns when the window is gone and the files are whole.
    mutating func end() async {
        watching?.cancel()
        let (window, recorder) = (window, recorder)
        self.window = nil
        // Both wait for a thread.
        await withCheckedContinuation { done in
            DispatchQueue.global().async {
                window?.close()
                recorder?.stop()
                done.resume()
            }
        }
    }
}
