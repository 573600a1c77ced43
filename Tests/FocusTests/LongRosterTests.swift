// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// The roster of a room with so many members that no datagram holds it.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct LongRosters {
        private static let count = 200
        /// Bytes, over IPv4.
        private static let longestDatagram = 65_507

        /// Members without media: what they say to each other is no matter here.
        private static func join(_ numbers: Range<Int>, _ rig: FocusRig) async throws -> [WireCall] {
            var calls: [WireCall] = []
            for number in numbers {
                let call = try WireCall("m\(number)", to: rig.port)
                let name = "Member number \(number) of the general assembly of the whole society"
                let answer = try await call.invite(
                    rig.uri("hall"), body: WireCall.description(port: 9000),
                    headers: ["From": "\"\(name)\" <sip:m\(number)@members.test>;tag=m\(number)-tag"])
                #expect(answer.status == 200)
                await call.ack()
                calls.append(call)
            }
            return calls
        }

        private static func names(_ numbers: Range<Int>) -> Set<String> {
            Set(numbers.map { "sip:m\($0)@members.test" })
        }

        /// RFC 3261 §18.1.1, to a subscriber whose SUBSCRIBE came as a datagram.
        @Test func whatIsTooLongForADatagramArrivesWholeOverTCP() async throws {
            try await withFocus {
                $0.media.rtpTimeout = nil
            } _: { rig in
                let calls = try await Self.join(0..<Self.count, rig)
                try await Condition.await("all are in") {
                    try await rig.focus.room("hall").summary.members == Self.count
                }
                let watcher = try await rig.member("watcher", TestMember.Options().with { $0.longestMessage = 1 << 20 })
                #expect(try await watcher.subscribe(rig.uri("hall")).status == 200)
                var info = try await Rosters.awaitRoster("all of them", of: watcher, within: .seconds(20)) {
                    $0.users.count == Self.count
                }
                #expect(Set(info.users.map(\.entity)) == Self.names(0..<Self.count))
                #expect(info.scope == .full && info.userCount == Self.count)
                let first = try #require(await watcher.notifications.first?.request)
                #expect(first.body.count > Self.longestDatagram)
                #expect(first.topVia?.transport == "TCP")

                // What changes for one is told as that; what changes for all is as long as the whole.
                let more = try await Self.join(Self.count..<Self.count + 1, rig)
                _ = try await Rosters.awaitRoster("one more", of: watcher, within: .seconds(20)) {
                    $0.users.count == Self.count + 1
                }
                let short = try #require(await watcher.notifications.last?.request)
                #expect(short.body.count < 4096)
                _ = try await rig.focus.command(.muteAll, in: "hall", by: "op")
                _ = try await Rosters.awaitRoster("all but the creator muted", of: watcher, within: .seconds(20)) {
                    $0.users.count { $0.endpoints.first?.mutedBy == "operator op" } == Self.count
                }
                let long = try #require(
                    await watcher.notifications.last(where: { $0.request.body.count > Self.longestDatagram })?.request)
                #expect(long.cSeq != first.cSeq && long.topVia?.transport == "TCP")

                for call in [calls[1]] + more { #expect(try await call.request(.bye).status == 200) }
                info = try await Rosters.awaitRoster("two fewer", of: watcher, within: .seconds(20)) {
                    $0.users.count == Self.count - 1
                }
                #expect(Set(info.users.map(\.entity)) == Self.names(0..<Self.count).subtracting(Self.names(1..<2)))
                var version: UInt32 = 0
                for notification in await watcher.notifications {
                    let next = try ConferenceInfo(parsing: notification.request.body).version
                    #expect(next == version + 1)
                    version = next
                }
            }
        }
    }
}
