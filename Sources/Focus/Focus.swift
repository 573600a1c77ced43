// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials
package import Logging
import MediaServer
package import NIOCore
import NIOPosix
import RTP
import SDP
package import SIP
import Synchronization

/// The focus of all conferences of this process (RFC 4353 §3): answers calls into rooms, keeps the rooms' rules, and tells the media
/// workers what to do. It never touches a packet.
///
/// Isolated to one NIO event loop, the one that the SIP transport reads on: a message is handled from parse to answer without a change
/// of thread. What it decides is in `ConferenceRegistry` (rooms) and `SIPCore` (calls); this actor carries their effects out.
package actor Focus: SIPEndpointOwner {
    let eventLoop: any EventLoop
    package let endpoint: SIPEndpoint
    let media: MediaServer
    let store: any ConferenceStore
    /// Read while calls are answered already: a focus that starts again after a crash has no time to lose.
    private var prompts = Prompts()
    /// Of languages that rooms ask for.
    private var promptsOfLanguages: [String: Prompts] = [:]
    private var reading: Task<Void, Never>?
    /// What was said in rooms before the focus began, until they are opened.
    var keptChat: [String: [ChatMessage]]
    /// Rooms that operators have arranged, beside those of the configuration.
    var keptRooms: [RoomDefinition]
    var chat = FocusChat()
    var login: FocusLogin
    /// Calls that stood when an earlier focus ended, until they are taken up.
    var keptCalls: [CallJournal]
    /// Rooms that a focus before this one has not ended.
    var keptRoomJournals: [RoomJournal]
    var keptPlaces: [String: [StoredPlace]]
    /// What was written down of rooms last.
    var roomJournals: [String: RoomJournal] = [:]
    /// Names that the store has as cancelled.
    var cancelledNames: Set<String>
    /// Shared files of before a restart, until it is known whose room has come back.
    var keptFiles: [StoredFile]
    /// The one that is being taken up.
    var recovering: CallJournal?
    var traces = CallTraces()
    var refusalsAudited = AdmissionRate(perSecond: 5)
    /// Lookups under way of hosts that members want called.
    var lookups = 0
    var files = FocusFiles()
    /// By token.
    var films: [String: PlayedFilm] = [:]
    /// By room.
    var recordings: [String: RoomRecording] = [:]
    /// Recordings whose last seconds may still be on their way to the disk.
    var closingRecordings: [RoomRecording] = []
    /// Why the recording that was just asked for has not begun.
    var recordingFailure: String?
    var logger: Logger
    let started: WallClock
    package var configuration: FocusConfiguration
    var registry: ConferenceRegistry
    var ports: MediaPortRange
    var calls: [SessionID: FocusCall] = [:]
    var sessions: [MemberID: SessionID] = [:]
    /// Ports of our own legs, RTP and RTCP: a caller that names one as its own would tie two rooms together.
    var ownPorts: Set<UInt16> = []
    /// Names of cameras and screens in CSRC lists and rosters.
    var sourceIDs: Set<UInt32> = []
    var feed = EventFeed()
    var roster = RosterNotifier()
    var counters = FocusCounters()
    var admission: AdmissionRate
    /// A question to the media workers is under way.
    var isCollecting = false
    /// INFO requests under way that ask a camera for a key frame.
    var keyframeRequests: [InDialogRequestID: LegID] = [:]
    private var housekeeping: RepeatedTask?
    /// Numeric addresses of this machine, as of the start.
    let localHosts: Set<String>
    private var drained: [CheckedContinuation<Void, Never>] = []

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe eventLoop.executor.asUnownedSerialExecutor()
    }

    /// Binds the sockets and starts the media workers; `run` begins to answer.
    ///
    /// - Parameter resolver: Finds servers by name.
    /// - Throws: what the storage, the transport or the system refuses, naming the place.
    package static func start(
        _ configuration: FocusConfiguration, store: any ConferenceStore = NoStore(), on eventLoop: any EventLoop,
        resolver: SIPResolver = SIPResolver(), logger: Logger
    ) async throws -> Focus {
        let focus = try Focus(
            configuration, store: store, kept: try await store.load(), eventLoop: eventLoop, resolver: resolver,
            logger: logger)
        do {
            try await focus.listen()
        } catch {
            await focus.media.shutDown()
            throw error
        }
        return focus
    }

    private init(
        _ configuration: FocusConfiguration, store: any ConferenceStore, kept: StoreContents, eventLoop: any EventLoop,
        resolver: SIPResolver, logger: Logger
    ) throws {
        self.configuration = configuration
        self.store = store
        keptChat = kept.chat
        keptRooms = kept.rooms
        keptCalls = kept.journal
        keptRoomJournals = kept.roomJournal
        keptPlaces = kept.places
        cancelledNames = Set(kept.cancelled.map(\.name))
        keptFiles = kept.files
        login = FocusLogin(kept.users, configuration.auth, now: .now)
        self.eventLoop = eventLoop
        self.logger = logger
        started = .now
        localHosts = Set(((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress })
        registry = ConferenceRegistry(policy: configuration.conferencePolicy)
        for name in kept.cancelled { registry.restore(name, now: .now, date: Date()) }
        guard let range = configuration.media.rtpPorts.mediaRange else {
            throw FocusError.portRange(configuration.media.rtpPorts)
        }
        ports = range
        admission = AdmissionRate(perSecond: configuration.sip.maxCallsPerSecond)
        endpoint = SIPEndpoint(
            SIPCore(configuration: configuration.signalling), on: eventLoop, resolver: resolver)
        let reports = MediaReports()
        media = try MediaServer(configuration: configuration.mediaServer) { leg, event in
            reports.deliver(leg, event)
        }
        reports.connect(self, on: eventLoop)
    }

    private func readPrompts() async {
        let language = configuration.prompts.language
        if let language, let read = await readPrompts(language) { prompts = read }
        for wanted in Set(registry.definitions.values.compactMap(\.language)).sorted() where wanted != language {
            if promptsOfLanguages[wanted] == nil { promptsOfLanguages[wanted] = await readPrompts(wanted) }
        }
    }

    /// Reads what rooms want that were arranged just now.
    func readPromptsOfRooms() {
        let before = reading
        reading = Task {
            await before?.value
            await readPrompts()
        }
    }

    /// How callers of a room are told things.
    func prompts(of room: Room?) -> Prompts {
        room?.settings.language.flatMap { promptsOfLanguages[$0] } ?? prompts
    }

    private func readPrompts(_ language: String) async -> Prompts? {
        let folder = configuration.prompts.folder ?? PromptsSettings.standardFolder
        let logger = logger
        return try? await NIOThreadPool.singleton.runIfActive { Self.prompts(language, in: folder, logger) }
    }

    /// Returns when callers are told by voice, where there are recordings.
    package func promptsAreRead() async { await reading?.value }

    /// Reads what callers are told. Blocks on the disk.
    private static func prompts(_ language: String, in folder: String, _ logger: Logger) -> Prompts {
        let prompts = Prompts(folder: "\(folder)/\(language)", logger: logger)
        if prompts.isEmpty {
            logger.notice("no spoken prompts: callers hear notes", metadata: ["folder": "\(folder)/\(language)"])
        }
        return prompts
    }

    private func listen() async throws {
        endpoint.tap = { [weak self] isIncoming, callID, line in
            self?.assumeIsolated { $0.traces.note(callID, isIncoming ? .received : .sent, line) }
        }
        try await endpoint.start(configuration.bindings(), for: self)
        defineRooms()
        openStandingRooms()
        recoverPlaces()
        recoverCalls()
        forgetOrphanedChat()
        recoverFiles()
        housekeeping = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in
            self?.assumeIsolated { $0.everySecond() }
        }
        for address in endpoint.addresses { logger.info("listening", metadata: ["address": "\(address)"]) }
    }

    /// Where SIP is heard, the ports filled in.
    package var addresses: [SIPBinding] { endpoint.addresses }

    // MARK: Turning

    /// Runs `body` on the SIP core and then carries out all that follows from it.
    func withCore<Result>(_ body: (inout SIPCore, ContinuousClock.Instant) -> Result) -> Result {
        let result = body(&endpoint.core, .now)
        settle()
        return result
    }

    /// Takes every output of the SIP core. Handling one may make more: they are taken in the same turn, in order.
    package func settle() {
        endpoint.drain { output in handle(output) }
        if registry.isDraining, isIdle { resumeDrained() }
    }

    private func handle(_ output: SIPCoreOutput) {
        switch output {
        case .session(let id, let event): handle(event, of: id)
        case .request(let request, let transaction, let flow, let session):
            serve(request, transaction, over: flow, in: session)
        case .response(let id, let outcome): finishedNotify(.outside(id), outcome)
        case .sessionResponse(_, let id, let outcome):
            guard !finishedKeyframeRequest(id, outcome), !finishedMessage(id, outcome) else { return }
            finishedNotify(.inside(id), outcome)
        case .transmit, .findFlow: break
        }
    }

    private func finishedNotify(_ request: RosterNotifier.RequestKey, _ outcome: RequestOutcome) {
        let now = ContinuousClock.now
        roster.finished(request, outcome, now: now)
        if roster.isUrgent { sendRosters(now: now) }
    }

    private func everySecond() {
        let now = ContinuousClock.now
        for step in registry.tick(now) + registry.closeRooms(at: Date(), now: now) { perform(step) }
        login.registrar.tick(now: now)
        sendRosters(now: now)
        collectMediaReports()
    }

    // MARK: The end

    /// Refuses new calls from now on, says goodbye to members, and returns when all have left or `deadline` has passed.
    package func drain(within deadline: Duration) async {
        guard !registry.isDraining else { return }
        logger.notice("draining", metadata: ["members": "\(registry.memberCount)", "deadline": "\(deadline)"])
        stopFilms()
        let goodbyes = registry.sayGoodbye(now: .now)
        endLists()
        for step in goodbyes { perform(step) }
        if !isIdle {
            let expiry = eventLoop.scheduleTask(in: .nanoseconds(deadline.nanoseconds)) { [weak self] in
                self?.assumeIsolated { $0.resumeDrained() }
            }
            await withCheckedContinuation { drained.append($0) }
            expiry.cancel()
        }
        await shutDown()
    }

    private var isIdle: Bool { calls.isEmpty && endpoint.core.sessionCount == 0 }

    private func resumeDrained() {
        let waiting = drained
        drained = []
        for continuation in waiting { continuation.resume() }
    }

    /// Stops as a crash would, but for what it has told the store: nobody hears of it.
    package func vanish() async {
        housekeeping?.cancel()
        feed.finish()
        await endpoint.stop()
        // Their programs go on, as they do when ours is killed: a goodbye of theirs would be heard by what is dying.
        forgetFilms()
        await media.shutDown()
        // Their ports are free from now on, whoever still holds on to this focus.
        calls = [:]
    }

    private func shutDown() async {
        housekeeping?.cancel()
        feed.finish()
        await endpoint.stop()
        await media.shutDown()
        // Their ports are free from now on, whoever still holds on to this focus.
        calls = [:]
        await store.flush()
        logger.notice("stopped", metadata: ["calls": "\(counters.calls)"])
    }

    /// Takes over what can change while calls are up; says what takes effect only after a restart.
    package func reload(_ configuration: FocusConfiguration) -> ConfigurationChanges {
        let changes = self.configuration.changes(to: configuration)
        self.configuration = self.configuration.reloaded(with: configuration)
        admission = AdmissionRate(perSecond: self.configuration.sip.maxCallsPerSecond)
        logger.logLevel = Logger.Level(rawValue: self.configuration.log.level.rawValue) ?? logger.logLevel
        for step in registry.reconfigure(self.configuration.conferencePolicy, now: .now) { perform(step) }
        defineRooms()
        return changes
    }
}

/// Why a focus cannot start.
package enum FocusError: Error, CustomStringConvertible {
    case portRange(PortRange)

    package var description: String {
        switch self {
        case .portRange(let range):
            "media.rtp-ports \(range) holds no even port with the odd one above"
        }
    }
}

/// Carries reports of media threads to the focus's event loop. Made before the focus, which the media server's closure must reach.
private final class MediaReports: Sendable {
    private struct Target {
        weak var focus: Focus?
        var eventLoop: (any EventLoop)?
    }

    private let target = Mutex(Target())

    func connect(_ focus: Focus, on eventLoop: any EventLoop) {
        target.withLock { $0 = Target(focus: focus, eventLoop: eventLoop) }
    }

    func deliver(_ leg: LegID, _ event: LegEvent) {
        let target = target.withLock { $0 }
        guard let focus = target.focus, let eventLoop = target.eventLoop else { return }
        eventLoop.execute { focus.assumeIsolated { $0.handle(event, of: leg) } }
    }
}
