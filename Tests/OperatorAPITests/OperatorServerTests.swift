// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import OperatorAPI
import Synchronization
import Testing

@Suite struct OperatorServerTests {
    @Test func everyCommandGoesThroughAndNamesTheOperator() async throws {
        try await withFolder { folder in
            let focus = FakeFocus()
            try await focus.join("alice", name: "Alice", "demo")
            try await focus.join("bob", name: "Bob", "demo")
            try await withServer(at: folder + "/s", focus) { client async throws in
                #expect(try await client.version() == VersionInfo(program: "confabd", version: "0.1.0", api: 1))
                #expect(try await client.rooms().map(\.name) == ["demo"])
                #expect(try await client.rooms().first?.created == Date(timeIntervalSince1970: 1_800_000_000))
                #expect(try await client.room("demo").members.map(\.displayName) == ["Alice", "Bob"])
                #expect(try await client.command(.mute("2"), in: "demo").member?.mutedBy == "operator tester")
                #expect(try await !client.command(.mute("bob"), in: "demo").changed, "again, by name, without effect")
                #expect(try await client.command(.unmute("sip:bob@example.org"), in: "demo").member?.muted == false)
                #expect(try await client.command(.lock, in: "demo").room?.locked == true)
                #expect(try await client.command(.lock, in: "demo").room?.locked == true)
                #expect(try await client.command(.unlock, in: "demo").room?.locked == false)
                #expect(try await client.command(.showVideo(.grid), in: "demo").room?.video == .grid)
                #expect(try await client.room("demo").summary.video == .grid)
                let why = try await client.explain("bob", in: "demo")
                let words = RoomText(now: .now, colours: false).explain(why)
                #expect(words.hasPrefix("2 Bob <sip:bob@example.org> in demo, connected\n"))
                #expect(words.contains("What is wrong\n  nothing that shows\n") && !words.contains("\u{1b}"))
                #expect(try await client.command(.kick("Bob"), in: "demo").member?.id == "2")
                #expect(try await client.command(.cancel, in: "demo").removed?.map(\.id) == ["1"])
                #expect(try await client.create("demo").origin == .operator)
                #expect(try await client.statistics().rooms == 1)
            }
            #expect(await Set(focus.operators) == ["tester"])
        }
    }

    @Test func whatIsArrangedTakesThePlaceOfAllThatWas() async throws {
        try await withFolder { folder in
            try await withServer(at: folder + "/s", FakeFocus()) { client async throws in
                var room = RoomDefinition(name: "board")
                (room.title, room.owner, room.maxMembers) = ("The board", "ann", 3)
                (room.video, room.record, room.recordAs) = (.grid, true, .audio)
                #expect(try await client.arrange(room) == room)
                (room.title, room.owner, room.maxMembers, room.video, room.recordAs) = (nil, nil, nil, nil, nil)
                #expect(try await client.arrange(room) == room)
                #expect(try await client.arrangedRooms() == [room])
            }
        }
        let body = #"{"name":"board","title":null,"owner":null,"maxMembers":null,"video":null,"schedule":[]}"#
        let read = try WireFormat.decode(RoomDefinition.self, from: Array(body.utf8))
        #expect(read == RoomDefinition(name: "board"))
    }

    @Test func whatWasSaidIsExportedAndIsNoFormula() async throws {
        try await withFolder { folder in
            try await withServer(at: folder + "/s", FakeFocus()) { client async throws in
                let messages = try await client.messages(RecordQuery(room: "demo"))
                #expect(messages.map(\.number) == [7])
                let csv = RecordText.csv(messages)
                #expect(csv.hasSuffix("demo,7,2027-01-15T08:00:00Z,sip:ann@h,Ann,,\"'=1+1, \"\"x\"\"\"\r\n"), "\(csv)")
            }
        }
    }

    @Test(
        "an export is whole, though the focus gives pages only, and something is said meanwhile",
        arguments: [4, 5, 7, 100])
    func pages(_ size: Int) async throws {
        try await withFolder { folder in
            let focus = FakeFocus()
            await focus.say(10)
            try await withServer(at: folder + "/s", focus) { client async throws in
                let all = try await RecordPages.all(RecordQuery(), limit: nil, size: size) {
                    query async throws(OperatorClientError) in
                    let page = try await client.messages(query)
                    await focus.say(1)
                    return page
                }
                #expect(all.map(\.number) == Array((1...10).reversed()))
                let some = try await RecordPages.all(RecordQuery(), limit: 6, size: size) {
                    query async throws(OperatorClientError) in
                    try await client.messages(query)
                }
                #expect(some.count == 6)
            }
        }
    }

    @Test(arguments: ["a b", "50%", "ü/ö", "a?b#c", "..", "房间", "+1;x=y"])
    func anyRoomNameIsReached(_ name: String) async throws {
        try await withFolder { folder in
            let focus = FakeFocus()
            try await focus.join("alice", name)
            try await withServer(at: folder + "/s", focus) { client async throws in
                #expect(try await client.room(name).summary.name == name)
                #expect(try await client.command(.cancel, in: name).changed)
            }
        }
    }

    @Test func whatIsGoneOrUnknownIsToldInOneLine() async throws {
        try await withFolder { folder in
            let focus = FakeFocus()
            try await focus.join("alice", "demo")
            let bob = try await focus.join("bob", "demo")
            try await focus.join("bob", "demo")
            try await withServer(at: folder + "/s", focus) { client async throws in
                let room = await #expect(throws: OperatorClientError.self) { try await client.room("nope") }
                #expect(room?.exitCode == 3)
                #expect(room?.description == "No room nope. `confabctl list` shows the rooms there are.")

                let ambiguous = await #expect(throws: OperatorClientError.self) {
                    try await client.command(.mute("bob"), in: "demo")
                }
                #expect(ambiguous?.exitCode == 4)

                await focus.leave(bob)
                let member = await #expect(throws: OperatorClientError.self) {
                    try await client.command(.kick(.named(bob.description)), in: "demo")
                }
                #expect(member?.exitCode == 3)
                #expect(
                    member?.description
                        == "No member 2 in room demo. It may have left; `confabctl show demo` shows who is there.")

                let exists = await #expect(throws: OperatorClientError.self) { try await client.create("demo") }
                #expect(exists?.exitCode == 4)
                let invalid = await #expect(throws: OperatorClientError.self) { try await client.create("") }
                #expect(invalid?.exitCode == 1)

                await focus.drain()
                let draining = await #expect(throws: OperatorClientError.self) { try await client.create("x") }
                #expect(draining?.description == "The focus is shutting down")
            }
        }
    }

    @Test func watchersSeeEventsInOrderAndOnlyOfTheirRoom() async throws {
        try await withFolder { folder in
            let focus = FakeFocus()
            try await withServer(at: folder + "/s", focus) { client async throws in
                let (lines, sink) = AsyncStream<String>.makeStream()
                let watching = Task {
                    try await client.watch(room: "demo", onReady: { sink.yield("ready") }) { event in
                        sink.yield("\(event.sequence) \(event.kind.rawValue) \(event.memberName ?? "-")")
                    }
                }
                var seen: [String] = []
                for await line in lines {
                    seen.append(line)
                    if line == "ready" {
                        try await focus.join("carol", "other")
                        let alice = try await focus.join("alice", name: "Alice", "demo")
                        _ = try await client.command(.mute("alice"), in: "demo")
                        await focus.leave(alice)
                    }
                    if line.contains("room-ended") { break }
                }
                #expect(
                    seen == [
                        "ready", "1 room-opened -", "2 member-joined Alice", "3 member-muted Alice",
                        "4 member-left Alice", "5 room-ended -",
                    ])
                watching.cancel()
                _ = await watching.result
            }
        }
    }

    @Test func watcherWhoGoesIsForgottenAndShutdownEndsTheOthers() async throws {
        try await withFolder { folder in
            let focus = FakeFocus()
            let (ready, signal) = AsyncStream<Void>.makeStream()
            let second = Mutex<Task<Void, any Error>?>(nil)
            try await withServer(at: folder + "/s", focus) { client async throws in
                var readiness = ready.makeAsyncIterator()
                let first = Task { try await client.watch(onReady: { signal.yield() }) { _ in } }
                await readiness.next()
                let other = Task { try await client.watch(onReady: { signal.yield() }) { _ in } }
                await readiness.next()
                second.withLock { $0 = other }
                first.cancel()
                _ = await first.result
                var user = 0
                while await focus.watchers > 1 {
                    user += 1
                    try await focus.leave(focus.join("u\(user)", "demo"))
                    await Task.yield()
                }
            }
            // The server is down though the second still watched; its stream has ended without an error.
            try await second.withLock { $0 }?.value
        }
    }

    @Test func metricsAreServedOnTheSocketAndOverTCP() async throws {
        try await withFolder { folder in
            let focus = FakeFocus()
            try await focus.join("alice", "demo")
            let text = try await withServer(at: folder + "/s", focus) { try await $0.metrics() }
            #expect(text.contains("# TYPE confab_rooms gauge\nconfab_rooms 1\n"))
            #expect(text.contains("confab_packets_dropped_total{reason=\"unknown-source\"} 3\n"))
            #expect(text.contains("confab_sip_transactions_total{method=\"INVITE\",status=\"200\"} 7\n"))

            let (ports, signal) = AsyncStream<Int>.makeStream()
            let server = OperatorServer(
                metricsHost: "127.0.0.1", port: 0, metrics: focus, logger: silent, onRunning: { signal.yield($0 ?? 0) })
            let running = Task { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let whole = try await request(port: port, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(whole.hasPrefix("HTTP/1.1 200 OK"))
            #expect(whole.contains("text/plain; version=0.0.4"))
            #expect(whole.contains("confab_members 1\n"))
            let other = try await request(port: port, "GET /v1/rooms HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(other.hasPrefix("HTTP/1.1 404"), "only metrics over TCP")
            running.cancel()
            _ = await running.result
        }
    }

    private func request(port: Int, _ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var all = ""
            for try await chunk in inbound { all += String(buffer: chunk) }
            return all
        }
    }

    // MARK: The socket file

    @Test(arguments: [0o600, 0o660, 0o666] as [UInt32])
    func socketHasItsPermissions(_ mode: UInt32) async throws {
        try await withFolder { folder in
            try await withServer(at: folder + "/s", FakeFocus(), mode: mode) { _ async throws in
                let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/s")
                let permissions = try #require(attributes[.posixPermissions])
                #expect("\(permissions)" == "\(mode)")
            }
            #expect(OperatorSocket.probe(folder + "/s") == .missing, "gone after the end")
        }
    }

    @Test func folderIsMadeWhenMissing() async throws {
        try await withFolder { folder in
            try await withServer(at: folder + "/run/s", FakeFocus()) { _ async throws in
                #expect(OperatorSocket.probe(folder + "/run/s") == .live)
            }
        }
    }

    @Test func socketOfADeadProcessIsReplaced() async throws {
        try await withFolder { folder in
            let path = folder + "/a b"
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(unixDomainSocketPath: path).get()
            #expect(rename(path, path + ".kept") == 0)
            try await channel.close().get()
            #expect(rename(path + ".kept", path) == 0)
            #expect(OperatorSocket.probe(path) == .stale)
            try await withServer(at: path, FakeFocus()) { _ async throws in #expect(OperatorSocket.probe(path) == .live)
            }
        }
    }

    @Test func socketOfALiveFocusIsLeftAlone() async throws {
        try await withFolder { folder in
            let path = folder + "/s"
            try await withServer(at: path, FakeFocus()) { client async throws in
                let focus = FakeFocus()
                let second = OperatorServer(socketPath: path, control: focus, metrics: focus, logger: silent)
                let error = await #expect(throws: OperatorServerError.self) { try await second.run() }
                #expect(error == .alreadyRunning(path))
                #expect(try await client.rooms() == [])
            }
        }
    }

    @Test func badPlacesAreRefusedWithOneLine() async throws {
        try await withFolder { folder in
            let focus = FakeFocus()
            try Data("x".utf8).write(to: URL(filePath: folder + "/file"))
            for path in ["relative", folder + "/file", folder + "/" + String(repeating: "x", count: 108), "/proc/no/s"]
            {
                let server = OperatorServer(socketPath: path, control: focus, metrics: focus, logger: silent)
                let error = await #expect(throws: OperatorServerError.self) { try await server.run() }
                #expect(error?.description.contains("\n") == false)
                #expect(error?.description.contains(path) == true)
            }
            let server = OperatorServer(
                socketPath: folder + "/s", group: "no-such-group", control: focus, metrics: focus, logger: silent)
            let error = await #expect(throws: OperatorServerError.self) { try await server.run() }
            #expect(error == .unknownGroup("no-such-group"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        }
    }
}
