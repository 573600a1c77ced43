// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import RTP
import SDP
import SIP
import Synchronization
import TestSupport
import Testing

extension LiveFocus {
    /// What `/metrics` and `confabctl show` say of packets, beside what a phone itself sent, left out and got.
    @Suite(.serialized) struct FiguresTests {
        /// The metrics as Prometheus reads them, by name with labels.
        private static func metrics(at port: Int) async throws -> [String: Double] {
            let folder = try InteropFolder("metrics")
            // By no proxy, whatever the environment says.
            let script = """
                import sys, urllib.request as r
                print(r.build_opener(r.ProxyHandler({})).open(sys.argv[1]).read().decode())
                """
            var launch = ChildProcess.Launch("python3", ["-c", script, "http://127.0.0.1:\(port)/metrics"])
            launch.output = folder.path("output")
            let process = try ChildProcess(launch)
            #expect(await process.waitForExit(within: .seconds(10)) == .status(0))
            return process.printed.split(separator: "\n").reduce(into: [:]) { values, line in
                let words = line.split(separator: " ")
                if words.count == 2, !line.hasPrefix("#") { values[String(words[0])] = Double(words[1]) }
            }
        }

        /// Silence of PCMU.
        private static func packet(_ sequence: UInt16, _ ssrc: UInt32 = 0x0102_0304) -> [UInt8] {
            RTPBytes(
                payloadType: 0, sequence: sequence, timestamp: UInt32(sequence) * 160, ssrc: ssrc,
                payload: [UInt8](repeating: 0xFF, count: 160)
            ).bytes
        }

        /// Sends silence, nine packets of ten, for at least twelve seconds, and takes what comes meanwhile.
        private static func talk(
            _ phone: WireSocket, to media: SocketAddress, until isEnough: @Sendable () -> Bool
        ) async throws -> (sent: Int, got: Int) {
            var counts = (sent: 0, got: 0)
            var sequence = UInt16(0)
            let clock = ContinuousClock()
            let begin = clock.now
            while sequence < 600 || !isEnough() || (counts.got <= 500 && sequence < 1500) {
                if sequence % 10 != 9 {
                    await phone.send(packet(sequence), to: media)
                    counts.sent += 1
                }
                counts.got += await phone.takesWhatCame()
                try await clock.sleep(until: begin + .milliseconds(20) * Int(sequence))
                sequence += 1
            }
            return counts
        }

        @Test func packetsInOutAndLostAreThoseOfThePhone() async throws {
            let port = try FreePort.allocate()
            let focus = try await FocusProcess.start(
                .init(settings: ["operator": ["metrics-listen": "\"127.0.0.1:\(port)\""]]))
            let phone = try WireCall("phone", to: focus.port)
            // Where it sends its media is what the answer to its call says.
            let listener = try WireSocket(to: 9)
            let response = try await phone.invite(
                focus.uri("demo"), body: WireCall.description(port: Int(listener.address.port)))
            #expect(response.status == 200)
            await phone.ack()
            let answer = try SessionDescription(parsing: response.body)
            let media = SocketAddress.loopback(port: UInt16(clamping: try #require(answer.media.first).port))
            let began = ContinuousClock.now

            // What comes before the call stands is for nobody, and not counted.
            var early = 0
            try await Condition.await("its media") {
                early += await listener.takesWhatCame()
                return early > 0
            }

            // Every tenth is lost on its way, for longer than two reports are apart and for as long as anybody looks.
            let enough = Atomic(false)
            async let flow = Self.talk(listener, to: media, until: { enough.load(ordering: .relaxed) })
            func loss() async throws -> Double? {
                try await focus.members(of: "demo").first?["lossPercent"] as? Double
            }
            try await Condition.await("a tenth of loss", within: .seconds(20), every: .milliseconds(500)) {
                try await loss().map { (8...12).contains($0) } == true
            }
            let member = try #require(try await focus.members(of: "demo").first)
            #expect(member["jitterMilliseconds"] as? Double != nil, "\(member)")
            let shown = try await focus.ctl("show", "demo")
            #expect(shown.output.contains(/\b(8|9|1[012])(\.\d)? ?%/), "\(shown.output)")
            // From a port that nobody named, while the phone's own is heard.
            let stranger = try WireSocket(to: 9)
            for sequence in UInt16(0)..<7 { await stranger.send(Self.packet(sequence, 99), to: media) }

            enough.store(true, ordering: .relaxed)
            let counts = try await flow
            var got = early + counts.got
            // All of it has been taken in before its call ends.
            let all = Double(counts.sent + 7)
            try await Condition.await("all packets", every: .milliseconds(200)) {
                got += await listener.takesWhatCame()
                return try await Self.metrics(at: port)["confab_packets_received_total"] == all
            }
            #expect(try await phone.request(.bye).status == 200)
            // Its media has ended when the last tick with it is over.
            try await Condition.await("the end of the room") {
                got += await listener.takesWhatCame()
                return try await focus.members(of: "demo").isEmpty
            }
            let figures = try await Self.metrics(at: port)
            #expect(figures["confab_packets_received_total"] == all)
            let dropped = figures.filter { $0.key.hasPrefix("confab_packets_dropped_total") }
            #expect(dropped == ["confab_packets_dropped_total{reason=\"foreign-source\"}": 7])
            got += await listener.takesWhatCame()
            // RTCP goes to the port above, once in two to eight seconds.
            let written = try Int(#require(figures["confab_packets_sent_total"]))
            let reports = 4 + Int(began.duration(to: .now) / Duration.seconds(2))
            #expect(got > 500 && (got + 2...got + reports).contains(written), "\(got) came")
            await focus.stop()
        }
    }
}
