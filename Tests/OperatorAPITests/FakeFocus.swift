// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Glibc
import Logging
import OperatorAPI
import ServiceLifecycle

/// A focus without SIP and media: the real rooms behind the real protocol.
actor FakeFocus: ConferenceControl, MetricsSource {
    private var registry = ConferenceRegistry(policy: ConferencePolicy(maxRooms: 5))
    private var feed = EventFeed()
    private let now: ContinuousClock.Instant
    private let clock: WallClock
    /// Who commanded, in order.
    private(set) var operators: [String] = []

    init(date: Date = Date(timeIntervalSince1970: 1_800_000_000)) {
        now = ContinuousClock.now
        clock = WallClock(instant: now, date: date)
    }

    var watchers: Int { feed.count }

    @discardableResult
    func join(_ user: String, name: String? = nil, _ room: String) throws -> MemberID {
        let identity = Identity(displayName: name, user: user, host: "example.org")
        let address = ConferenceAddress(user: room, host: "127.0.0.1")
        let admission = try registry.join(JoinRequest(identity: identity, callID: user), at: address, now: now)
        perform(admission.step)
        perform(registry.established(admission.member, now: now))
        return admission.member
    }

    func command(
        _ command: RoomCommand, in name: String, by operatorName: String
    ) throws(ControlError) -> CommandOutcome {
        try checked(name, command.target?.name, by: operatorName) { () throws(Refusal) in
            let room = try registry.room(name)
            let requester = Requester.operatorNamed(operatorName)
            let member = try command.target.map { target throws(Refusal) in try room.resolve(target, for: requester) }
            let step = try registry.command(command, in: name, by: requester, now: now)
            perform(step)
            let after = try? registry.room(name)
            return CommandOutcome(
                changed: step.changes, room: after?.summary(clock),
                member: member.flatMap { after?.detail(of: $0, clock) ?? room.detail(of: $0, clock) },
                removed: command == .cancel ? room.detail(clock).members : nil)
        }
    }

    func recordings() -> [RecordingDetail] {
        [
            RecordingDetail(
                file: "a.mka", path: "/r/a.mka", kind: .audio, seconds: 61, bytes: 2048, changed: clock.date,
                isOpen: true)
        ]
    }

    private var arranged: [RoomDefinition] = []

    func arrangedRooms() -> [RoomDefinition] { arranged }

    func arrange(_ definition: RoomDefinition, by operatorName: String) throws(ControlError) -> RoomDefinition {
        if let problem = definition.problem { throw .invalid(problem) }
        arranged = arranged.filter { $0.name != definition.name } + [definition]
        return definition
    }

    func forgetRoom(_ name: String, by operatorName: String) throws(ControlError) {
        guard arranged.contains(where: { $0.name == name }) else { throw .unknownRoom(name) }
        arranged.removeAll { $0.name == name }
    }

    private var accounts: [String: UserSummary] = [:]

    func users() -> [UserSummary] { accounts.values.sorted { $0.name < $1.name } }

    func setUser(
        _ name: String, displayName: String?, password: String, isNew: Bool, by operatorName: String
    ) throws(ControlError) -> UserSummary {
        if isNew, accounts[name] != nil { throw .conflict("User \(name) exists already: use password") }
        let user = UserSummary(
            name: name, displayName: displayName, created: clock.date, isUsable: password != "old", places: [])
        accounts[name] = user
        operators.append(operatorName)
        return user
    }

    func removeUser(_ name: String, by operatorName: String) throws(ControlError) {
        guard accounts.removeValue(forKey: name) != nil else { throw .invalid("There is no user \(name)") }
    }

    /// Queries that came.
    private(set) var queries: [RecordQuery] = []

    func calls(_ query: RecordQuery) throws(ControlError) -> [StoredCall] {
        queries.append(query)
        throw .refused("Nothing is kept")
    }

    func audit(_ query: RecordQuery) throws(ControlError) -> [AuditEntry] {
        queries.append(query)
        return [
            AuditEntry(
                at: clock.date, actor: "operator root", room: query.room, command: "mute", target: "=bob, \"x\"",
                outcome: "done")
        ]
    }

    func messages(_ query: RecordQuery) throws(ControlError) -> [ChatMessage] {
        queries.append(query)
        guard said == 0 else {
            return (1...UInt64(said)).reversed().dropFirst(query.offset).prefix(query.limit).map { message($0) }
        }
        return [message(7, in: query.room)]
    }

    private var said = 0

    func say(_ count: Int) { said += count }

    private func message(_ number: UInt64, in room: String? = nil) -> ChatMessage {
        ChatMessage(
            room: room ?? "demo", number: number, sent: clock.date, sender: "sip:ann@h", senderName: "Ann",
            text: "=1+1, \"x\"")
    }

    func leave(_ member: MemberID) { perform(registry.leave(member, .hungUp, now: now)) }

    func drain() { _ = registry.sayGoodbye(now: now) }

    private func perform(_ step: RoomStep?) {
        for effect in step?.effects ?? [] {
            if case .event(let event) = effect {
                feed.publish(ConferenceEvent(event, room: step?.name ?? "", at: clock.date))
            }
        }
    }

    private func checked<Value>(
        _ room: String, _ member: String? = nil, by name: String = "", _ work: () throws(Refusal) -> Value
    ) throws(ControlError) -> Value {
        if !name.isEmpty { operators.append(name) }
        do throws(Refusal) {
            return try work()
        } catch {
            throw ControlError(error, room: room, member: member)
        }
    }

    func version() -> VersionInfo { VersionInfo(program: "confabd", version: "0.1.0", api: 1) }

    func statistics() -> FocusStatistics {
        var statistics = FocusStatistics(started: clock.date)
        statistics.rooms = registry.roomCount
        statistics.members = registry.memberCount
        statistics.packetsDropped = ["unknown-source": 3]
        statistics.sipTransactions = [.init(method: "INVITE", status: 200, count: 7)]
        return statistics
    }

    func metrics() -> [MetricFamily] { statistics().metricFamilies(version: "0.1.0") }

    func rooms() -> [RoomSummary] { registry.allRooms.map { $0.summary(clock) } }

    func room(_ name: String) throws(ControlError) -> RoomDetail {
        try checked(name) { () throws(Refusal) in try registry.room(name).detail(clock) }
    }

    func explain(_ member: String, in room: String?) throws(ControlError) -> Explanation {
        try checked(room ?? "demo", member) { () throws(Refusal) in
            let (_, detail) = try find(member, room ?? "demo")
            return Explanation(
                room: room ?? "demo", member: detail, theirs: ["audio at 192.0.2.7:4000"], ours: [],
                chosen: ["audio: opus"], problems: [],
                events: [.init(at: clock.date, kind: .received, text: "INVITE sip:demo@h SIP/2.0\u{1b}[2J")])
        }
    }

    private func find(_ member: String, _ room: String) throws(Refusal) -> (MemberID, MemberDetail) {
        let found = try registry.room(room)
        let id = try found.resolve(member)
        guard let detail = found.detail(of: id, clock) else { throw Refusal(.unknownMember, member) }
        return (id, detail)
    }

    func create(_ room: String, by name: String) throws(ControlError) -> RoomSummary {
        try checked(room, by: name) { () throws(Refusal) in
            perform(try registry.create(room, by: .operatorNamed(name), now: now))
            return try registry.room(room).summary(clock)
        }
    }

    func events(room: String?) -> AsyncStream<ConferenceEvent> { feed.subscribe(room: room) }
}

/// A folder of its own for each test, gone afterwards.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = "/tmp/confab-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Logs nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs a server until `body` is done, and shuts it down gracefully.
func withServer<Value: Sendable>(
    at path: String, _ focus: FakeFocus, mode: UInt32 = 0o660, group: String? = nil,
    _ body: @escaping @Sendable (OperatorClient) async throws -> Value
) async throws -> Value {
    let (running, signal) = AsyncStream<Void>.makeStream()
    let server = OperatorServer(
        socketPath: path, mode: mode, group: group, control: focus, metrics: focus, logger: silent,
        onRunning: { signal.finish() })
    let services = ServiceGroup(services: [server], logger: silent)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { signal.finish() }
            try await services.run()
        }
        for await _ in running {}
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(OperatorClient(paths: [path], operatorName: "tester")))
        } catch {
            result = .failure(error)
        }
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
        return try result.get()
    }
}
