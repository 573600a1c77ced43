// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Devices
import Focus
import Picture
import RTP
import SDP
import TestSupport
import Testing

@testable import UserAgent

extension UserAgent {
    /// What is agreed of a call's video, by line.
    fileprivate func agreedVideo(of call: Call) -> [NegotiatedVideo] { calls[call.id]?.negotiation?.videos ?? [] }

    fileprivate func videoWire(of call: Call) -> (wire: VideoWire, port: Int)? {
        calls[call.id]?.video.map { ($0.wire, $0.port) }
    }
}

@Suite("A conference behind a bad network", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct LossyConferenceTests {
    private func options(_ person: Patch, slots: Int) -> UserAgent.Options {
        var options = UserAgent.Options.visible(person, codecs: [.vp8])
        options.video.quality = .medium
        options.video.slots = slots
        options.openPictures = { _ in MovingPictures(NoisyPattern(person)) }
        return options
    }

    /// The focus names an address at which nobody listens but the bad network.
    @Test(
        "a twentieth of the packets lost both ways: they come again as RTX, and pictures stay whole", arguments: [0, 4])
    func retransmissions(slots: Int) async throws {
        let meeting = try await Meeting.begin {
            $0.media.bind = "127.0.0.1"
            $0.media.advertised = "127.0.0.2"
        }
        let ada = try await UserAgent.start(options(.ada, slots: slots))
        let bob = try await UserAgent.start(options(.bob, slots: slots))
        let calls = [
            try await ada.call(meeting.uri("demo"), microphone: "none", speaker: "none"),
            try await bob.call(meeting.uri("demo"), microphone: "none", speaker: "none"),
        ]
        var paths: [LossyPath] = []
        for (agent, call) in zip([ada, bob], calls) {
            try await call.waitUntilEstablished()
            // Camera and screen at least.
            try await Condition.await("all lines", within: .seconds(5)) {
                await agent.agreedVideo(of: call).count == 2 + slots
            }
            let remote = try #require(await agent.agreedVideo(of: call).first?.remoteRTP)
            let port = try #require(UInt16(exactly: remote.port))
            #expect(remote.host == "127.0.0.2")
            var condition = NetworkCondition(loss: .independent(call === calls[0] ? 0.05 : 0), delay: 10)
            condition.reorders = false
            let here = try #require(await agent.videoWire(of: call)).port
            paths.append(
                try LossyPath(
                    between: .loopback(port: UInt16(here)), .loopback(port: port), condition,
                    near: try #require(SocketAddress(host: "127.0.0.2", port: Int(port)))))
        }
        let (first, second, path) = (calls[0], calls[1], paths[0])
        try await first.sees(.bob, as: "Bob")
        try await second.sees(.ada, as: "Ada")
        let before = path.traffic
        // A machine that is held up shows nothing fresh meanwhile.
        try await Condition.await("fresh pictures both ways", within: .seconds(12)) {
            async let down = TestPattern.freshness(for: .seconds(4)) { first.tile("Bob")?.picture?.frame }
            async let up = TestPattern.freshness(for: .seconds(4)) { second.tile("Ada")?.picture?.frame }
            let shares = try await (down, up)
            return shares.0 > 0.95 && shares.1 > 0.95
        }
        let lines = await ada.agreedVideo(of: first)
        let wire = try #require(await ada.videoWire(of: first)).wire
        let main = try #require(lines.first)
        let again = try #require(main.sendRetransmissions[main.sendPayloadType])
        let shown = try #require(slots == 0 ? main : lines.first { $0.role == .slot(0) })
        let (rtx, original) = try #require(shown.remoteRetransmissionSSRCs.first)
        #expect(shown.remoteSSRCs == [original] && shown.receiveRetransmissions[again] == main.sendPayloadType)
        // How many a twentieth of four seconds is, is chance. Up: what the camera sends again has its payload type and SSRC. Down: the
        // line's that shows Bob, as the answer announced them.
        try await Condition.await("losses, and what comes again", evidence: { "\(before) \(path.traffic)" }) {
            let (up, down) = path.traffic
            return up.lost - before.0.lost > 5 && down.lost - before.1.lost > 5
                && up.count(again, wire.main.retransmissionSSRC) > 5 && down.count(again, rtx) > 5
        }
        // And no other streams.
        let (up, down) = path.traffic
        #expect(up.streams.count == 2, "\(up.streams)")
        #expect(down.streams.count == 2, "\(down.streams)")
        try await Condition.await("packets that the focus mended") {
            let figure = await meeting.focus.metrics().first { $0.name == "confab_video_packets_repaired_total" }
            guard case .counter(let samples)? = figure?.values else { return false }
            return samples.first.map { $0.value > 5 } == true
        }
        for path in paths { path.stop() }
        await meeting.end(ada, bob)
    }
}
