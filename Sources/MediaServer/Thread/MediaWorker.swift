// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP
import Synchronization

/// One media thread with the rooms that live on it: ticks every 20 ms, carries out commands in order.
///
/// As to audio it sleeps from tick to tick: audio is played at ticks only, so a packet that comes in between need not wake anybody. It waits
/// in its socket, stamped with its arrival by the kernel, until the tick looks. Video is forwarded in the turn in which it comes. Rooms tick at one of four phases, 5 ms apart, so that many small
/// rooms do not wait for one another.
///
/// An actor on an executor of its own: everything in it belongs to its thread, so that the packet path takes no lock. Commands come by a
/// mailbox (`post`), which keeps their order; questions by `await`, answered between two turns of the loop.
actor MediaWorker {
    nonisolated let executor: MediaExecutor
    private nonisolated let mailbox = Mutex<[MediaCommand]>([])
    let configuration: MediaServerConfiguration
    let report: @Sendable (LegID, LegEvent) -> Void

    /// Timer, doorbell and video ports: what the thread sleeps on. Tokens of ports are `VideoPort`s.
    var poll: EventPoll
    /// RTCP ports, asked at each tick which of them has something, as few have. Tokens are numbers of legs.
    private var controlPoll: EventPoll
    private var timer: TickTimer
    let batch = DatagramBatch()
    let outgoing = OutgoingDatagrams()
    /// Video's: room for what a turn brings, so that a picture's packets to one receiver are still side by side when they leave.
    let outgoingVideo = OutgoingDatagrams(capacity: 1024)
    private(set) var rooms: [MediaRoomID: MediaRoom] = [:]
    private var roomsOfPhase: [[MediaRoom]] = Array(repeating: [], count: MediaWorker.phases)
    /// The phase that is due next.
    private var phase = 0
    private var governor = LoadGovernor()
    private let effort = EncoderEffort()
    /// Makes the composed pictures of the rooms here.
    nonisolated let gridWorker: GridWorker
    /// Time spent in ticks since phase 0, ns.
    private var worked: Int64 = 0
    /// Turns in a row that began over a tick late.
    private var turnsBehind = 0
    var legs: [LegID: Place] = [:]
    var counters = MediaCounters()

    struct Place {
        let room: MediaRoom
        let member: MediaRoom.Member
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Moments within 20 ms at which rooms tick.
    static let phases = 4
    private static let phaseMilliseconds = 20 / phases
    /// Phases that are made up for after a hiccup: 100 ms.
    private static let backlog = 5 * phases
    /// Turns in a row over a tick late from which on that is no hiccup any more.
    private static let patience = 3

    static let timerToken = UInt64.max
    static let wakeToken = UInt64.max - 1

    init(
        _ configuration: MediaServerConfiguration, report: @escaping @Sendable (LegID, LegEvent) -> Void
    ) throws(SystemError) {
        self.configuration = configuration
        self.report = report
        executor = try MediaExecutor()
        gridWorker = try GridWorker(configuration.grid)
        poll = try EventPoll()
        controlPoll = try EventPoll()
        timer = try TickTimer(
            start: MediaInstant.now().advanced(byMilliseconds: 20), milliseconds: Self.phaseMilliseconds)
    }

    /// Starts the thread.
    nonisolated func start() throws(SystemError) {
        try executor.start { self.assumeIsolated { $0.run() } }
        post(nil)
    }

    /// Gives a command; it is carried out in this thread, after those given before.
    nonisolated func post(_ command: MediaCommand?) {
        if let command { mailbox.withLock { $0.append(command) } }
        executor.wake()
    }

    // MARK: The loop

    private func run() {
        beginPolling()
        while executor.goesOn() { turn() }
        finish()
    }

    private func beginPolling() {
        do throws(SystemError) {
            try poll.add(timer.descriptor, token: Self.timerToken)
            try poll.add(executor.doorbell.descriptor, token: Self.wakeToken)
        } catch {
            preconditionFailure("a poll that was just made refuses its own descriptors: \(error)")
        }
    }

    private func turn() {
        guard let count = try? poll.wait(milliseconds: 1000) else { return }
        var ticks = false
        var hasVideo = false
        for index in 0..<count {
            switch poll.event(index).token {
            case Self.timerToken: ticks = true
            case Self.wakeToken:
                executor.doorbell.clear()
                carryOut(now: .now())
                takeCanvases(now: .now())
            default: hasVideo = true
            }
        }
        // Audio first: a flood of video does not make a tick late by more than a turn.
        if ticks { tick() }
        if hasVideo { forwardVideo(events: count) }
        outgoing.flush()
        outgoingVideo.flush()
    }

    /// Takes what has come to RTCP ports of their own.
    private func listenForReports(now: MediaInstant) {
        let waiting = (try? controlPoll.wait(milliseconds: 0)) ?? 0
        for index in 0..<waiting {
            guard let leg = legs[LegID(controlPoll.event(index).token)]?.member.leg else { continue }
            counters.packetsIn &+= UInt64(batch.deliver(to: leg, from: leg.sockets.controlDescriptor, now: now))
        }
    }

    /// Phases that are due, each for its own deadline, so that timestamps stay those of a steady clock. What a hiccup left behind is made
    /// up for; a thread that falls behind again and again leaves ticks out, since making up for them would put it further behind.
    private func tick() {
        let deadline = timer.nextTick
        guard let due = try? timer.take(), due > 0 else { return }
        let began = MediaInstant.now()
        batch.begin(now: began)
        listenForReports(now: began)
        turnsBehind = due > Self.phases ? turnsBehind + 1 : 0
        let played = min(due, turnsBehind > Self.patience ? Self.phases : Self.backlog)
        // After a long stop whole rounds go at once.
        let rounds = (due - played) / Self.phases
        if rounds > 0 { skip(rounds) }
        for number in (rounds * Self.phases)..<due {
            let now = deadline.advanced(byNanoseconds: Int64(number) * timer.period)
            if number < due - played { skip() } else { play(now) }
            phase = (phase + 1) % Self.phases
        }
        for room in rooms.values {
            room.video?.timePassed(now: began)
            room.video?.updateCanvas(room.members, now: began)
        }
        let spent = MediaInstant.now().nanoseconds(since: began)
        counters.tickNanoseconds &+= UInt64(max(0, spent))
        worked += spent
        // After a hiccup more than one round is over.
        guard phase < due else { return }
        governor.worked(Double(worked) / 20e6)
        effort.limit = governor.limit
        worked = 0
    }

    private func play(_ now: MediaInstant) {
        if !roomsOfPhase[phase].isEmpty {
            counters.ticks &+= 1
            counters.lateness.record(nanoseconds: MediaInstant.now().nanoseconds(since: now))
        }
        for room in rooms.values where room.isFlooded && room.phase != phase { listen(to: room) }
        for room in roomsOfPhase[phase] {
            listen(to: room)
            room.tick(now: now) { member, event in report(member.leg.id, event) }
        }
    }

    private func listen(to room: MediaRoom) {
        let now = MediaInstant.now()
        batch.begin(now: now)
        counters.packetsIn &+= UInt64(room.listen(batch, now: now))
    }

    private func skip() {
        guard !roomsOfPhase[phase].isEmpty else { return }
        counters.missedTicks &+= 1
        for room in roomsOfPhase[phase] { room.skipTicks(1) }
    }

    private func skip(_ rounds: Int) {
        for rooms in roomsOfPhase where !rooms.isEmpty { counters.missedTicks &+= UInt64(rounds) }
        for room in rooms.values { room.skipTicks(rounds) }
    }

    private func finish() {
        let now = MediaInstant.now()
        for place in legs.values { place.member.leg.leave(reason: nil, now: now) }
        for room in rooms.values { room.video?.end(outgoing: outgoingVideo, now: now) }
        outgoing.flush()
        outgoingVideo.flush()
        rooms = [:]
        roomsOfPhase = []
        legs = [:]
    }

    // MARK: Commands

    private func carryOut(now: MediaInstant) {
        let commands = mailbox.withLock { mailbox in
            let commands = mailbox
            if !commands.isEmpty { mailbox = [] }
            return commands
        }
        for command in commands { carryOut(command, now: now) }
    }

    private func carryOut(_ command: MediaCommand, now: MediaInstant) {
        switch command {
        case .openRoom(let room, let mixer):
            guard rooms[room] == nil else { return }
            let phase = roomsOfPhase.indices.min { roomsOfPhase[$0].count < roomsOfPhase[$1].count } ?? 0
            let made = MediaRoom(mixer, phase: phase, effort: effort)
            rooms[room] = made
            roomsOfPhase[phase].append(made)
        case .closeRoom(let id):
            guard let room = rooms.removeValue(forKey: id) else { return }
            roomsOfPhase[room.phase].removeAll { $0 === room }
            for member in room.members { close(member.leg.id, now: now) }
            room.stopRecording()
            counters.add(room.mixer.counters)
            if let video = room.video {
                counters.add(video)
                video.grid.close()
            }
        case .open(let id, let room, let sockets, let identity, let settings, let silenced):
            open(id, in: room, sockets, identity, settings, now: now)
            if silenced, let place = legs[id] { place.room.silence(place.member, true) }
        case .update(let id, let settings):
            guard let place = legs[id] else { return }
            // What the peer sent before it changed its mind belongs to what it had said.
            batch.begin(now: now)
            counters.packetsIn &+= UInt64(
                batch.deliver(to: place.member.leg, from: place.member.leg.sockets.mediaDescriptor, now: now))
            place.member.leg.update(settings, now: now)
            if let video = place.member.video { place.room.video?.hold(video, settings.remoteHolds, now: now) }
            guard (try? place.room.refresh(place.member)) == nil else { return }
            counters.refusedLegs &+= 1
            report(id, .failed)
        case .record(let id, let recording):
            guard let recording else { return rooms[id]?.stopRecording() ?? () }
            if recording.pictures != nil, let room = rooms[id] { _ = video(of: room) }
            if (try? rooms[id]?.startRecording(recording)) == nil { recording.finish() }
        case .pauseRecording(let id, let isPaused):
            rooms[id]?.pauseRecording(isPaused)
        case .gain(let id, let gain):
            if let place = legs[id] { place.room.setGain(place.member, gain) }
        case .hearing(let id, let gain):
            if let place = legs[id] { place.room.setHearing(place.member, gain) }
        case .announce(let id, let announcement):
            if let place = legs[id] { place.room.announce(announcement, to: place.member) }
        case .silence(let id, let silent):
            if let place = legs[id] { place.room.silence(place.member, silent) }
        case .sendDigits(let id, let keys):
            legs[id]?.member.leg.sendDigits(keys)
        case .close(let id):
            close(id, now: now)
        case .setVideo, .setVideoRule, .requestKeyframe, .fastUpdateRefused:
            carryOutVideo(command, now: now)
        }
    }

    private func open(
        _ id: LegID, in room: MediaRoomID, _ sockets: LegSockets, _ identity: LegIdentity, _ settings: LegSettings,
        now: MediaInstant
    ) {
        guard let room = rooms[room], legs[id] == nil else { return }
        do {
            let leg = try AudioLeg(
                id, sockets: sockets, identity: identity, settings: settings, outgoing: outgoing,
                mediaTimeout: configuration.mediaTimeout, maximumDelay: configuration.maximumDelay, now: now)
            try empty(sockets)
            try controlPoll.add(sockets.controlDescriptor, token: id.number)
            let member = try room.add(leg, identity)
            legs[id] = Place(room: room, member: member)
        } catch {
            try? controlPoll.remove(sockets.controlDescriptor)
            counters.refusedLegs &+= 1
            report(id, .failed)
        }
    }

    /// What came before the call stood was not for this room.
    func empty(_ sockets: LegSockets) throws(SystemError) {
        for descriptor in [sockets.mediaDescriptor, sockets.controlDescriptor] {
            // As much as a socket holds: somebody may be sending without end.
            for _ in 0..<64 {
                guard try batch.receive(from: descriptor) > 0 else { break }
            }
        }
    }

    private func close(_ id: LegID, now: MediaInstant) {
        setVideo(of: id, VideoSetup(lines: [], sockets: [:]), now: now)
        guard let place = legs.removeValue(forKey: id) else { return }
        place.room.remove(place.member)
        place.member.leg.leave(reason: nil, now: now)
        // Before the sockets close: the datagram with the BYE names their descriptor.
        outgoing.flush()
        try? controlPoll.remove(place.member.leg.sockets.controlDescriptor)
        counters.add(place.member.leg, now: now)
    }

    // MARK: Questions
    // Commands given before a question are carried out before it is answered.

    /// The legs of a room, or of all rooms.
    func legs(of room: MediaRoomID?) -> [LegID] {
        carryOut(now: .now())
        return room.map { rooms[$0]?.members.map(\.leg.id) ?? [] } ?? Array(legs.keys)
    }

    /// How `some` of the legs fare: a handful, for no tick comes while they are looked at.
    func statistics(of some: ArraySlice<LegID>) -> [LegID: LegStatistics] {
        let now = MediaInstant.now()
        var result: [LegID: LegStatistics] = [:]
        for id in some {
            guard let member = legs[id]?.member else { continue }
            var statistics = LegStatistics(member.leg, isTalking: member.isTalking, now: now)
            statistics.video = videoStatistics(of: member)
            result[id] = statistics
        }
        return result
    }

    /// Figures of this thread since it began.
    func totals() -> MediaCounters {
        let now = MediaInstant.now()
        carryOut(now: now)
        var result = counters
        for place in legs.values { result.add(place.member.leg, now: now) }
        for room in rooms.values {
            result.add(room.mixer.counters)
            if let video = room.video { result.add(video) }
        }
        for store in [outgoing, outgoingVideo] {
            result.packetsOut &+= UInt64(store.sent)
            result.packetsOutTogether &+= UInt64(store.segmented)
            result.sendFailures &+= UInt64(store.refused + store.overflowed)
            result.refusedMessages &+= UInt64(store.refusedRuns)
        }
        result.complexityLimit = effort.limit
        result.rooms = rooms.count
        result.legs = legs.count
        return result
    }

    /// Says goodbye to the legs and ends the thread; returns when it has.
    nonisolated func stop() async {
        await withCheckedContinuation { continuation in executor.stop { continuation.resume() } }
    }
}
