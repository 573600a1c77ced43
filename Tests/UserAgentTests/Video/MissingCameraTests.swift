// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Devices
import Synchronization
import TestSupport
import Testing

@testable import UserAgent
@testable import confab

/// Where a system's one camera is plugged in, sooner or later.
private final class CameraSocket: Sendable {
    private let camera = NoisyPattern(.bob, noise: false)
    private let isUsed = Atomic(false)
    private let wanted = Mutex<[VideoSourceSpec]>([])

    func plugIn() { isUsed.store(true, ordering: .relaxed) }

    /// What was looked for so far.
    var asked: [VideoSourceSpec] { wanted.withLock { $0 } }

    func open(_ spec: VideoSourceSpec) throws -> MovingPictures {
        wanted.withLock { $0.append(spec) }
        guard isUsed.load(ordering: .relaxed) else {
            throw DeviceError.noPictures(source: "default camera", reason: "this machine has no camera")
        }
        return MovingPictures(camera)
    }
}

@Suite("A system without a camera", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct MissingCameraTests {
    @Test("v looks for a camera that was not there, says where there still is none, and shows one that is")
    func key() async throws {
        let socket = CameraSocket()
        let call = try await FaceToFace.begin { options in
            options.video.camera = nil
            options.openPictures = { try socket.open($0) }
        }
        let words: String = try await call.incoming.first { event in
            if case .notice(let words) = event, words.hasPrefix("no camera") { words } else { nil }
        }
        #expect(words.contains("the others are seen all the same"))
        try await call.incoming.sees(.ada, as: "Ada")
        try await call.incoming.misses("Bob", because: "no camera")
        try await call.outgoing.misses("bob", because: "camera off")

        let (inputs, feed) = AsyncStream<SessionInput>.makeStream()
        var told = inputs.makeAsyncIterator()
        var talk = Conversation(
            call: call.incoming, options: try CallCommand.parse(["sip:bob@h"]).call,
            view: CallView(.json, began: .now),
            pictures: CallPictures(call.incoming, wantsWindow: false, recorder: nil, feed), feed: feed)
        _ = talk.take(.key("v"))
        guard case .event(.notice(let refusal))? = await told.next() else {
            Issue.record("nothing is said")
            return
        }
        #expect(refusal.contains("this machine has no camera"))
        #expect(socket.asked == [.camera(nil), .camera(nil)])
        try await call.outgoing.misses("bob", because: "camera off", within: .milliseconds(100))

        socket.plugIn()
        _ = talk.take(.key("v"))
        try await call.outgoing.sees(.bob, as: "bob")
        _ = talk.take(.key("v"))
        try await call.outgoing.misses("bob", because: "camera off")
        _ = talk.take(.key("v"))
        try await call.outgoing.sees(.bob, as: "bob")
        await call.end()
    }
}
