// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Geometry
import MediaServer
import Picture
import RTP
import SDP
import Synchronization
import TestSupport
import Testing
import Video

@testable import UserAgent

/// One end of a call's video without any signalling: a thread, a pattern for a camera, and a board.
private final class End: Sendable {
    let board = VideoBoard()
    let playout = PlayoutClock()
    let wire: VideoWire
    let thread: CallVideo
    let camera: OutgoingPictures
    let address: SocketAddress
    /// How good the camera's picture was to be, one after the other.
    let targets = Targets()

    final class Targets: Sendable {
        let list = Mutex<[VideoTarget]>([])
    }

    init(
        _ patch: Patch, quality: VideoQuality = .medium,
        makeEncoder: @escaping VideoEncoderMaker = VideoCodec.usualEncoder
    ) throws {
        var range = try #require(MediaPortRange(40_000...49_999))
        let sockets = LegSockets(try range.open(on: .loopback()))
        address = sockets.localAddress
        camera = try OutgoingPictures(
            MovingPictures(NoisyPattern(patch), makeEncoder: makeEncoder), token: PictureToken(),
            quality: .medium, preview: { _ in }, report: { _ in })
        wire = VideoWire(cname: "\(patch)")
        thread = try CallVideo(
            sockets, identity: wire, quality: quality, board: board, playout: playout
        ) { [targets] report in
            if case .target(let target) = report { targets.list.withLock { $0.append(target) } }
        }
        try thread.start()
        thread.post(.source(.main, camera))
    }

    /// - Parameters:
    ///   - retransmits: lost packets come again in a stream of their own, of payload type 97.
    ///   - shares: a line for a shared screen is agreed too.
    func connect(
        to address: SocketAddress, feedback: VideoFeedback, codec: VideoCodecDescription = .vp8,
        retransmits: Bool = false, shares: Bool = false
    ) throws {
        let format = VideoFormat(payloadType: 96, codec: codec)
        let remote = MediaAddress(host: address.host, port: Int(address.port))
        var video = NegotiatedVideo(
            format: format, receivePayloadTypes: [96: codec], remoteRTP: remote, remoteRTCP: remote)
        video.rtcpMux = true
        video.feedback = feedback
        if retransmits { (video.sendRetransmissions, video.receiveRetransmissions) = ([96: 97], [97: 96]) }
        var slides = video
        (slides.role, slides.mediaIndex, slides.direction) = (.slides, 2, .sendonly)
        let lines = [video] + (shares ? [slides] : [])
        thread.post(.update(try lines.map { try #require(VideoLine($0, isHeld: false)) }))
        board.set(own: .init(), people: [.init(id: 1, name: "peer", absence: "no picture yet")], conference: nil)
    }

    var seen: PictureFrame? { board.tiles(now: .now()).last?.picture?.frame }

    func stop() {
        thread.stop {}
        camera.stop()
    }
}

@Suite("A call's video on the wire", .serialized, .timeLimit(.minutes(Condition.minutes(2))))
struct CallVideoTests {
    private func freshness(_ end: End, for duration: Duration) async throws -> Double {
        try await TestPattern.freshness(for: duration) { end.seen }
    }

    /// Waits for a stretch of time of which so much shows a fresh picture: a machine that is held up shows none meanwhile.
    private func staysFresh(_ end: End, for duration: Duration, above share: Double) async throws {
        try await Condition.await("fresh pictures for \(duration)", within: .seconds(12)) {
            try await freshness(end, for: duration) > share
        }
    }

    private func sees(_ end: End, _ patch: Patch, within patience: Duration = .seconds(5)) async throws {
        try await Condition.await("a picture", within: patience) {
            end.seen.map { TestPattern.color(of: $0).distance(to: patch.color) < 24 } ?? false
        }
    }

    enum Mending: CaseIterable {
        case packets, retransmissions, keyframes
    }

    @Test("a twentieth of the packets lost: asked for again, and the picture goes on", arguments: Mending.allCases)
    func loss(mending: Mending) async throws {
        let (first, second) = (try End(.ada), try End(.bob))
        var condition = NetworkCondition(loss: .independent(0.05), delay: 10)
        condition.reorders = false
        let path = try LossyPath(between: first.address, second.address, condition)
        let feedback: VideoFeedback = mending == .keyframes ? [.pictureLoss] : .all
        let retransmits = mending == .retransmissions
        try first.connect(to: path.near, feedback: feedback, retransmits: retransmits)
        try second.connect(to: path.far, feedback: feedback, retransmits: retransmits)
        try await sees(first, .bob)
        try await sees(second, .ada)
        // Where packets come no more, a key frame a second at the most.
        try await staysFresh(second, for: .seconds(3), above: mending == .keyframes ? 0.3 : 0.95)
        // A twentieth of three seconds may be less.
        try await Condition.await("losses, and what is asked for then", evidence: { "\(path.traffic)" }) {
            let (sent, asked) = path.traffic
            return sent.lost > 5 && (mending == .keyframes ? asked.asksForPictures > 1 : asked.asksForPackets > 5)
                && (!retransmits || sent.count(97, first.wire.main.retransmissionSSRC) > 5)
        }
        let asked = path.traffic.1
        let again = path.traffic.0.count(97, first.wire.main.retransmissionSSRC)
        // A camera has its own SSRC and one for what it sends again, which who knows no such thing is never sent.
        #expect(path.traffic.0.streams.count == (retransmits ? 2 : 1), "\(path.traffic.0.streams)")
        #expect(path.traffic.0.count(96, first.wire.main.ssrc) > 0)
        #expect(retransmits ? again > 5 : again == 0)
        if mending != .keyframes {
            #expect(asked.asksForPackets > 5)
        } else {
            #expect(asked.asksForPictures > 1)
            #expect(asked.asksForPackets == 0)
        }
        first.stop()
        second.stop()
        path.stop()
    }

    @Test("H.264 for phones that read single NAL units only")
    func singleNALUnits() async throws {
        let (first, second) = (try End(.ada), try End(.bob))
        let path = try LossyPath(between: first.address, second.address, NetworkCondition())
        try first.connect(to: path.near, feedback: .all, codec: .h264SingleNALUnit)
        try second.connect(to: path.far, feedback: .all, codec: .h264SingleNALUnit)
        try await sees(second, .ada)
        try await staysFresh(second, for: .seconds(1), above: 0.9)
        first.stop()
        second.stop()
        path.stop()
    }

    @Test("a narrow way: the picture gets smaller instead of late, and larger again when there is room")
    func narrow() async throws {
        let (first, second) = (try End(.ada, quality: .auto), try End(.bob))
        var narrow = NetworkCondition()
        // Well below what the smallest picture of 640 pixels is sent with.
        narrow.bandwidth = 200_000
        narrow.queueLimit = 300
        let path = try LossyPath(between: first.address, second.address, NetworkCondition())
        path.set(narrow, second: NetworkCondition())
        try first.connect(to: path.near, feedback: .all)
        try second.connect(to: path.far, feedback: .all)
        try await Condition.await("a smaller picture", within: .seconds(15), evidence: { "\(path.traffic)" }) {
            second.seen.map { $0.size.width < 640 } ?? false
        }
        // The first smaller one need not be small enough yet, and what was sent before it still stands in the queue.
        try await Condition.await("pictures in time", within: .seconds(15), evidence: { "\(path.traffic)" }) {
            try await freshness(second, for: .seconds(2)) > 0.5
        }
        path.set(NetworkCondition())
        try await Condition.await("a larger picture", within: .seconds(25)) {
            second.seen.map { $0.size.width >= 640 } ?? false
        }
        // Its owner is told of each step.
        let widths = first.targets.list.withLock { $0.map(\.size.width) }
        #expect(widths.drop { $0 >= 640 }.contains { $0 >= 640 }, "\(widths)")
        first.stop()
        second.stop()
        path.stop()
    }

    @Test("an encoder that takes too long makes fewer pictures, then smaller ones, of as many bits")
    func slowEncoder() async throws {
        // Beside 15 pictures a second it has no time for anything else; smaller ones cost it nothing.
        let makeEncoder = SlowEncoder.maker { $0.width >= 640 ? 120 : 0 }
        let (first, second) = (try End(.ada, quality: .auto, makeEncoder: makeEncoder), try End(.bob))
        let path = try LossyPath(between: first.address, second.address, NetworkCondition())
        try first.connect(to: path.near, feedback: .all)
        try second.connect(to: path.far, feedback: .all)
        try await sees(second, .ada)
        try await Condition.await(
            "a smaller picture", within: .seconds(15), evidence: { "\(first.targets.list.withLock { $0 })" }
        ) {
            second.seen.map { $0.size.width < 640 } ?? false
        }
        let targets = first.targets.list.withLock { $0 }
        let sizes = targets.map { "\($0.size) \($0.rate)" }
        #expect(sizes.prefix(3) == ["640x360 30", "640x360 15", "480x270 15"])
        // Neither the network nor the other side asked for it.
        #expect(path.traffic.0.lost == 0 && targets.allSatisfy { $0.bitrate >= VideoQuality.auto.start }, "\(targets)")
        try await staysFresh(second, for: .seconds(1), above: 0.9)
        first.stop()
        second.stop()
        path.stop()
    }

    @Test(
        "what the other side says that it takes is obeyed, and what it asks by TMMBR is confirmed for the stream that was meant",
        arguments: [VideoFeedback.estimatedBitrate, .temporaryBitrate])
    func limits(feedback: VideoFeedback) async throws {
        let (first, second) = (try End(.ada, quality: .auto), try End(.bob))
        let path = try LossyPath(between: first.address, second.address, NetworkCondition())
        try first.connect(to: path.near, feedback: .all, shares: true)
        try second.connect(to: path.far, feedback: .all)
        try await sees(second, .ada)
        try await Condition.await("a large picture") { second.seen.map { $0.size.width >= 640 } == true }
        func limit(_ stream: VideoWire.Stream) throws {
            var bytes = [UInt8](repeating: 0, count: 200)
            var buffer = bytes.mutableSpan
            var writer = RTCPWriter()
            writer.append(receiverReport: second.wire.main.ssrc, to: &buffer)
            writer.append(canonicalName: "bob", of: second.wire.main.ssrc, to: &buffer)
            if feedback == .estimatedBitrate {
                writer.append(
                    estimatedBitrate: 150_000, of: [stream.ssrc], senderSSRC: second.wire.main.ssrc, to: &buffer)
            } else {
                writer.append(
                    [TemporaryMaximumBitrate(ssrc: stream.ssrc, bitsPerSecond: 150_000)], isNotification: false,
                    senderSSRC: second.wire.main.ssrc, to: &buffer)
            }
            try path.inject(bytes.span.extracting(0..<writer.length))
        }
        try limit(first.wire.slides)
        if feedback == .temporaryBitrate {
            try await Condition.await("a confirmation", within: .seconds(1)) { !path.traffic.0.limitsInForce.isEmpty }
        }
        #expect(path.traffic.0.limitsInForce[first.wire.main.ssrc] == nil)
        #expect(second.seen.map { $0.size.width >= 640 } == true, "the screen's limit is not the camera's")
        try limit(first.wire.main)
        try await Condition.await("a smaller picture", within: .seconds(3)) {
            second.seen.map { $0.size.width < 640 } ?? false
        }
        let streams = [first.wire.main.ssrc, first.wire.slides.ssrc]
        let confirmed = feedback == .temporaryBitrate ? streams.map { ($0, 150_000) } : []
        #expect(path.traffic.0.limitsInForce == Dictionary(uniqueKeysWithValues: confirmed))
        first.stop()
        second.stop()
        path.stop()
    }

    @Test("a picture is held until its sound is heard", arguments: [0, 150, 250])
    func lipSync(audioDelay: Int) async throws {
        let (first, second) = (try End(.ada), try End(.bob))
        let path = try LossyPath(between: first.address, second.address, NetworkCondition(delay: 10))
        try first.connect(to: path.near, feedback: .all)
        try second.connect(to: path.far, feedback: .all)
        let now = MediaInstant.now()
        // What a loudspeaker would say that plays everything so long after it was said.
        let offset = now.nanoseconds - NTPTimestamp(at: now).unixNanoseconds + Int64(audioDelay) * 1_000_000
        try await sees(second, .ada)
        // From the first sender report on.
        try await Condition.await("pictures \(audioDelay) ms old", within: .seconds(4)) {
            second.playout.set(offset: offset, now: .now())
            guard let clock = second.seen.flatMap({ TestPattern.clock(of: $0) }) else { return false }
            let age = UInt32(truncatingIfNeeded: MediaInstant.now().nanoseconds / 1_000_000) &- clock
            return (audioDelay..<(audioDelay + 80)).contains(Int(age))
        }
        // Most of a stretch of time; not of one in which the machine was held up.
        try await Condition.await("most pictures \(audioDelay) ms old", within: .seconds(8)) {
            var ages: [Int] = []
            try await Condition.watch(for: .milliseconds(800), every: .milliseconds(15)) {
                second.playout.set(offset: offset, now: .now())
                guard let clock = second.seen.flatMap({ TestPattern.clock(of: $0) }) else { return }
                ages.append(Int(UInt32(truncatingIfNeeded: MediaInstant.now().nanoseconds / 1_000_000) &- clock))
            }
            ages.sort()
            return !ages.isEmpty && (audioDelay - 20...audioDelay + 80).contains(ages[ages.count / 2])
        }
        first.stop()
        second.stop()
        path.stop()
    }

    @Test("a key frame comes when the other side asks by INFO, one for all who ask at once")
    func fastUpdate() async throws {
        let (first, second) = (try End(.ada), try End(.bob))
        let path = try LossyPath(between: first.address, second.address, NetworkCondition())
        try first.connect(to: path.near, feedback: .all)
        try second.connect(to: path.far, feedback: .all)
        try await sees(second, .ada)
        // Those of the beginning are over, and the next is not too soon after them.
        let last = Mutex((keyframes: 0, since: ContinuousClock.now))
        try await Condition.await("pictures that build on each other", within: .seconds(5)) {
            let keyframes = path.traffic.0.keyframes
            return last.withLock { last in
                if keyframes != last.keyframes { last = (keyframes, .now) }
                return ContinuousClock.now - last.since > .milliseconds(600)
            }
        }
        let before = path.traffic
        for _ in 0..<5 { first.thread.post(.keyframeWanted) }
        try await Condition.await("a key frame", within: .seconds(1)) {
            path.traffic.0.keyframes > before.0.keyframes
        }
        // A receiver that was held up asks by itself.
        let more = await Condition.holds(within: .milliseconds(500)) {
            let (sent, asked) = path.traffic
            return sent.keyframes > before.0.keyframes + 1 + asked.asksForPictures - before.1.asksForPictures
        }
        #expect(!more)
        first.stop()
        second.stop()
        path.stop()
    }

    @Test("silence takes the picture away, and what comes after it brings it back")
    func stall() async throws {
        let (first, second) = (try End(.ada), try End(.bob))
        let path = try LossyPath(between: first.address, second.address, NetworkCondition())
        try first.connect(to: path.near, feedback: .all)
        try second.connect(to: path.far, feedback: .all)
        try await sees(second, .ada)
        path.set(NetworkCondition(loss: .independent(1)))
        try await Condition.await("no picture", within: .seconds(3)) { second.seen == nil }
        path.set(NetworkCondition())
        try await sees(second, .ada)
        first.stop()
        second.stop()
        path.stop()
    }
}
