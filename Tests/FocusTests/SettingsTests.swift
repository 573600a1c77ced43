// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Settings by what they do, at the start and after a reload.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Settings {
        /// An Opus call that would be glad of pauses, and the socket that counts what it is sent.
        private static func opusCall(_ name: String, _ rig: FocusRig) async throws -> MemberAudio {
            let sink = try MemberAudio()
            let body = """
                v=0
                o=- 1 1 IN IP4 127.0.0.1
                s=-
                c=IN IP4 127.0.0.1
                t=0 0
                m=audio \(sink.port) RTP/AVP 96
                a=rtpmap:96 opus/48000/2
                a=fmtp:96 usedtx=1

                """
            let call = try WireCall(name, to: rig.port)
            let answer = try await call.invite(rig.uri("quiet"), body: WireSocket.bytes(body))
            #expect(answer.status == 200)
            await call.ack()
            return sink
        }

        @Test func opusPausesInSilenceUnlessItMayNot() async throws {
            try await withFocus { rig in
                let clock = try await rig.join("quiet", "clock")
                let pausing = try await Self.opusCall("pausing", rig)
                defer { pausing.close() }
                var configuration = await rig.focus.configuration
                configuration.audio.opusDTX = false
                #expect(await rig.focus.reload(configuration).all.map(\.key) == ["audio.opus.dtx"])
                let steady = try await Self.opusCall("steady", rig)
                defer { steady.close() }
                // The streams begin with packets of any kind.
                try await clock.audio.passes(1000)
                @Sendable func counts() -> [Int] {
                    [pausing, steady, clock.audio].map { audio in
                        audio.takesWhatCame()
                        return audio.arrivals.packets
                    }
                }
                let before = counts()
                try await clock.audio.passes(2000)
                let sent = zip(counts(), before).map { $0 - $1 }
                // Running calls keep what they have. As many packets as the clock's, however long it was looked at late.
                #expect(sent[0] * 100 <= sent[2] * 15, "\(sent)")
                #expect((85...115).contains(sent[1] * 100 / sent[2]), "\(sent)")
            }
        }

        @Test func newCallsAreRefusedWhileTooManyTransactionsLive() async throws {
            try await withFocus {
                $0.sip.maxTransactions = 10
                // A transaction lives for 64 times as long: all that follow have to come within that time.
                $0.sip.timerT1 = .milliseconds(80)
            } _: { rig in
                let ann = try await rig.member("ann")
                for _ in 0..<10 {
                    #expect(try await ann.request(outside: .options, to: rig.uri("team")).status == 200)
                }
                let refused = await #expect(throws: CallRefused.self) { try await ann.dial(rig.uri("team")) }
                #expect(refused?.response?.status == 503)
                #expect(refused?.response?.headers.first("Retry-After") != nil)
                #expect(await rig.focus.rooms().isEmpty)
                // Twice as many of the others, so that calls can end.
                #expect(try await ann.request(outside: .options, to: rig.uri("team")).status == 200)
                try await Condition.await("a call that is let in") {
                    (try? await ann.dial(rig.uri("team"))) != nil
                }
            }
        }
    }
}
