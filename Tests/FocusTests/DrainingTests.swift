// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import Glibc
import RTP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Draining {
        @Test func everybodyIsToldAndTheFocusIsGoneLongBeforeTheDeadline() async throws {
            try await withFocus { rig in
                var members: [TestMember] = []
                for number in 0..<4 {
                    members.append(try await rig.join("room\(number % 2)", "m\(number)", .tone(440)))
                }
                let ports = try members.map { try rig.mediaAddress(of: $0) }
                let took = await ContinuousClock().measure { await rig.focus.drain(within: .seconds(8)) }
                #expect(took < .seconds(3), "draining took \(took)")
                for member in members {
                    let end = try await member.isHungUp()
                    #expect(end.reason?.cause == 503)
                }
                #expect(FreePort.isFree(rig.port))
                for port in ports {
                    try await Condition.await("port \(port.port) free") { (try? MediaSocket(binding: port)) != nil }
                }
            }
        }

        @Test func aMemberThatDoesNotAnswerDelaysNoLongerThanTheDeadlineAndNewCallsAreRefused() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                await ann.vanish()
                let caller = try await rig.member("caller")
                // Long enough that all of what follows is asked of a focus that still drains.
                let late = Condition.deadline(after: .seconds(6))
                async let drained = ContinuousClock().measure { await rig.focus.drain(within: .seconds(4)) }
                try await Condition.await("draining") { await rig.focus.rooms().isEmpty }
                let refused = await #expect(throws: CallRefused.self) { try await caller.dial(rig.uri("team")) }
                #expect(refused?.response?.status == 503)
                #expect(refused?.response?.headers.first("Retry-After") == "60")
                #expect(refused?.response?.headers.first("Warning")?.contains("shutting down") == true)
                #expect(try await caller.request(outside: .options, to: rig.uri("team")).status == 503)
                let took = await drained
                #expect(took >= .milliseconds(3900) && ContinuousClock.now < late)
            }
        }

        @Test func anEmptyFocusIsGoneAtOnce() async throws {
            try await withFocus { rig in
                let soon = Condition.deadline(after: .seconds(1))
                await rig.focus.drain(within: .seconds(8))
                #expect(ContinuousClock.now < soon)
                #expect(FreePort.isFree(rig.port))
            }
        }

        /// Descriptors of this process.
        private static func descriptorCount() -> Int {
            guard let directory = opendir("/proc/self/fd") else { return -1 }
            defer { closedir(directory) }
            var count = 0
            while readdir(directory) != nil { count += 1 }
            return count
        }

        @Test func fiveHundredLegsAreCancelledAtOnceAndGiveBackWhatTheyHeld() async throws {
            try await withFocus { rig in
                let sink = try MemberAudio()
                defer { sink.close() }
                let body = WireCall.description(port: sink.port)
                var calls: [WireCall] = []
                for number in 0..<500 { calls.append(try WireCall("m\(number)", to: rig.port)) }
                let before = Self.descriptorCount()
                for start in stride(from: 0, to: calls.count, by: 25) {
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for call in calls[start..<start + 25] {
                            group.addTask {
                                let response = try await call.invite(rig.uri("team"), body: body)
                                await call.ack()
                                return response.status
                            }
                        }
                        for try await status in group { #expect(status == 200) }
                    }
                }
                try await Condition.await("500 members") { try await rig.focus.room("team").summary.members == 500 }
                #expect(Self.descriptorCount() >= before + 1000)
                #expect(try await rig.focus.command(.cancel, in: "team", by: "op").removed?.count == 500)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for call in calls {
                        group.addTask {
                            let bye = try await call.answersBye(within: .seconds(20))
                            #expect(bye.headers.first("Reason")?.contains("410") == true)
                        }
                    }
                    try await group.waitForAll()
                }
                try await Condition.await(
                    "all descriptors back", evidence: { "\(Self.descriptorCount()), before \(before)" }
                ) {
                    Self.descriptorCount() <= before
                }
                // And it still works.
                let ann = try await rig.join("next", "ann", .tone(440))
                let bob = try await rig.join("next", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
            }
        }
    }
}
