// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Foundation
import Picture
import RTP
import TestSupport
import Testing

@testable import UserAgent

/// Two people who see each other, without a conference between them.
struct FaceToFace {
    let ada: UserAgent
    let bob: UserAgent
    let outgoing: Call
    let incoming: Call

    static func begin(
        codecs: [VideoOptions.Codec] = VideoOptions.Codec.allCases, microphone: String = "none",
        change: (inout UserAgent.Options) -> Void = { _ in }
    ) async throws -> FaceToFace {
        let ada = try await UserAgent.start(.visible(.ada, codecs: codecs))
        var options = UserAgent.Options.visible(.bob, codecs: codecs)
        options.acceptsCalls = true
        change(&options)
        let bob = try await UserAgent.start(options)
        let outgoing = try await ada.call("sip:bob@127.0.0.1:\(await bob.port)", microphone: "none", speaker: "none")
        var calls = bob.incoming.makeAsyncIterator()
        let incoming = try #require(await calls.next())
        try await incoming.answer(microphone: microphone, speaker: "none")
        try await outgoing.waitUntilEstablished()
        try await incoming.waitUntilEstablished()
        return FaceToFace(ada: ada, bob: bob, outgoing: outgoing, incoming: incoming)
    }

    func end() async {
        await outgoing.hangUp()
        await incoming.waitUntilEnded()
        await ada.stop()
        await bob.stop()
    }
}

@Suite("A call with video", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct VideoCallTests {
    @Test("each sees the other and, in a tile of its own, itself", arguments: VideoOptions.Codec.allCases)
    func sees(codec: VideoOptions.Codec) async throws {
        // What a machine that is held up makes late is not late each time.
        var isInTime = false
        for _ in 1...3 where !isInTime {
            let call = try await FaceToFace.begin(codecs: [codec])
            let due = Condition.deadline(after: .seconds(1))
            try await call.outgoing.sees(.bob, as: "bob")
            try await call.incoming.sees(.ada, as: "Ada")
            isInTime = ContinuousClock.now < due
            let tiles = call.outgoing.videoTiles()
            #expect(tiles.map(\.kind) == [.me, .member])
            try await call.outgoing.sees(.ada, as: "Ada")
            await call.end()
        }
        #expect(isInTime, "the first picture is late")
    }

    @Test("a camera that is switched off is gone at once, and comes back")
    func cameraOff() async throws {
        let call = try await FaceToFace.begin()
        try await call.incoming.sees(.ada, as: "Ada")
        try await call.outgoing.setCamera(false)
        try await call.incoming.misses("Ada", because: "camera off", within: .milliseconds(800))
        try await call.outgoing.misses("Ada", because: "camera off", within: .milliseconds(100))
        try await call.outgoing.sees(.bob, as: "bob")
        try await call.outgoing.setCamera(true)
        try await call.incoming.sees(.ada, as: "Ada")
        try await call.outgoing.switchCamera(to: VideoSourceSpec(parsing: Patch.cyd.camera))
        try await call.incoming.sees(.cyd, as: "Ada")
        await call.end()
    }

    @Test("who begins with the camera off sees all the same")
    func receiveOnly() async throws {
        let call = try await FaceToFace.begin { $0.video.isCameraOn = false }
        try await call.incoming.sees(.ada, as: "Ada")
        try await call.outgoing.misses("bob", because: "camera off")
        try await call.incoming.setCamera(true)
        try await call.outgoing.sees(.bob, as: "bob")
        await call.end()
    }

    @Test("hold takes the pictures away both ways, resume brings them back")
    func hold() async throws {
        let call = try await FaceToFace.begin()
        try await call.incoming.sees(.ada, as: "Ada")
        try await call.outgoing.sees(.bob, as: "bob")
        try await call.outgoing.hold()
        try await call.incoming.misses("Ada", because: "on hold", within: .milliseconds(800))
        try await call.outgoing.misses("bob", because: "on hold")
        try await call.outgoing.resume()
        try await call.incoming.sees(.ada, as: "Ada")
        try await call.outgoing.sees(.bob, as: "bob")
        await call.end()
    }

    @Test("who takes no video is talked to all the same")
    func audioOnly() async throws {
        let call = try await FaceToFace.begin { $0.video.isEnabled = false }
        try await call.outgoing.misses("bob", because: "no video")
        await call.end()
    }

    @Test("a camera that cannot be had is said in words that help")
    func noSuchCamera() async throws {
        var options = UserAgent.Options.visible(.ada)
        options.video.camera = "/dev/video99"
        let ada = try await UserAgent.start(options)
        await #expect {
            _ = try await ada.call("sip:bob@127.0.0.1:9", microphone: "none", speaker: "none")
        } throws: {
            guard case .device(let text)? = $0 as? UserAgentError else { return false }
            return text.contains("camera:/dev/video99")
        }
        await ada.stop()
    }

    @Test("a camera that is unplugged ends its pictures with a word, and is back when plugged in again")
    func unplugged() async throws {
        let camera = NoisyPattern(.bob, noise: false)
        let call = try await FaceToFace.begin { $0.openPictures = { _ in MovingPictures(camera) } }
        try await call.outgoing.sees(.bob, as: "bob")
        camera.unplug(true)
        let words: String = try await call.incoming.first { event in
            if case .video(.sourceLost(let words)) = event { words } else { nil }
        }
        #expect(words.contains("unplugged"))
        try await call.outgoing.misses("bob", because: "camera off", within: .milliseconds(800))
        try await call.incoming.misses("Bob", because: "camera lost")
        camera.unplug(false)
        let isBack: Bool = try await call.incoming.first { event in
            if case .video(.sourceReturned) = event { true } else { nil }
        }
        #expect(isBack)
        try await call.outgoing.sees(.bob, as: "bob")
        await call.end()
    }

    @Test("a lost camera that is switched is given up, with a word, and looked for when it is switched again")
    func lostAndGivenUp() async throws {
        let camera = NoisyPattern(.bob, noise: false)
        let call = try await FaceToFace.begin { $0.openPictures = { _ in MovingPictures(camera) } }
        try await call.outgoing.sees(.bob, as: "bob")
        camera.unplug(true)
        try await call.incoming.misses("Bob", because: "camera lost")
        try await call.incoming.toggleCamera()
        let words: String = try await call.incoming.first { event in
            if case .notice(let words) = event, words.contains("given up") { words } else { nil }
        }
        #expect(words.contains("Switch it on"))
        try await call.incoming.misses("Bob", because: "camera off")
        camera.unplug(false)
        try await call.incoming.toggleCamera()
        try await call.outgoing.sees(.bob, as: "bob")
        await call.end()
    }

    @Test("a camera that has shown nothing so far is on: switching it switches it off")
    func lateCamera() async throws {
        let camera = NoisyPattern(.bob, noise: false)
        camera.unplug(true)
        let call = try await FaceToFace.begin { $0.openPictures = { _ in MovingPictures(camera) } }
        try await call.incoming.misses("Bob", because: VideoBoard.awaited)
        try await call.incoming.toggleCamera()
        try await call.incoming.misses("Bob", because: "camera off")
        camera.unplug(false)
        try await call.incoming.toggleCamera()
        try await call.outgoing.sees(.bob, as: "bob")
        await call.end()
    }

    @Test("a film's sound goes with its pictures, into the microphone's")
    func film() async throws {
        let film = NoisyPattern(.bob, noise: false)
        let call = try await FaceToFace.begin(microphone: "tone:1000") {
            $0.openPictures = { _ in
                MovingPictures(
                    film, sound: ToneSource(frequency: Exchange.callerTone, sampleRate: 48_000), isRecording: true)
            }
        }
        try await call.outgoing.sees(.bob, as: "bob")
        try await Exchange.listen(to: call.outgoing, until: { $0 > -30 }, for: .milliseconds(300))
        await call.incoming.mute(true)
        // The microphone is silent, the film is not.
        try await Exchange.listen(to: call.outgoing, until: { $0 > -30 }, for: .milliseconds(500))
        try await call.incoming.setCamera(false)
        try await Exchange.listen(to: call.outgoing, until: { $0 < -60 }, for: .milliseconds(300))
        await call.end()
    }

    @Test("how long sound takes is known to the pictures soon after the call begins")
    func playout() async throws {
        let call = try await FaceToFace.begin(microphone: "tone:440")
        let playout = try #require(await call.ada.calls[call.outgoing.id]?.playout)
        // From the first sender report on; asked of a sound that is 100 ms ahead, as one that was heard already is due at once.
        try await Condition.await("a playout of 0 to 150 ms", within: .seconds(8)) {
            let now = MediaInstant.now()
            let sampled = NTPTimestamp(at: now).unixNanoseconds + 100_000_000
            return (100...250).contains(playout.due(sampled: sampled, now: now).milliseconds(since: now))
        }
        await call.end()
    }

    @Test("the end of a call frees its sockets and threads")
    func end() async throws {
        let warm = try await FaceToFace.begin()
        await warm.end()
        let before = (Resources.descriptors, Resources.threads)
        for _ in 0..<3 {
            let call = try await FaceToFace.begin()
            try await call.incoming.sees(.ada, as: "Ada")
            await call.end()
        }
        try await Condition.await(
            "as many as before", within: .seconds(3),
            evidence: { "\(before), now \(Resources.descriptors), \(Resources.threads)" }
        ) {
            Resources.descriptors <= before.0 && Resources.threads <= before.1
        }
    }
}

/// What this process has open.
private enum Resources {
    static var descriptors: Int { count("/proc/self/fd") }
    static var threads: Int { count("/proc/self/task") }

    private static func count(_ folder: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0
    }
}
