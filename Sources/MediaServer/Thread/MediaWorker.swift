// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP
import Synchronization

/// One media thread with the rooms that live on it: polls sockets, ticks every 20 ms, carries out commands in order.
///
/// An actor on an executor of its own: everything in it belongs to its thread, so that the packet path takes no lock. Commands come by a
/// mailbox (`post`), which keeps their order; questions by `await`, answered between two turns of the loop.
actor MediaWorker {
    nonisolated let executor: MediaExecutor
    private nonisolated let mailbox = Mutex<[MediaCommand]>([])
    private let configuration: MediaServerConfiguration
    private let report: @Sendable (LegID, LegEvent) -> Void

    private var poll: EventPoll
    private var timer: TickTimer
    private let batch = DatagramBatch()
    private let outgoing = OutgoingDatagrams()
    private var rooms: [MediaRoomID: MediaRoom] = [:]
    private var legs: [LegID: Place] = [:]
    /// Legs by poll token; a token is never used for another leg while an event may still name it.
    private var byToken: [AudioLeg?] = []
    private var freeTokens: [Int] = []
    private var releasedTokens: [Int] = []
    private(set) var counters = MediaCounters()

    private struct Place {
        let room: MediaRoom
        let member: MediaRoom.Member
        let token: Int
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private static let timerToken = UInt64.max
    private static let wakeToken = UInt64.max - 1

    init(
        _ configuration: MediaServerConfiguration, report: @escaping @Sendable (LegID, LegEvent) -> Void
    ) throws(SystemError) {
        self.configuration = configuration
        self.report = report
        executor = try MediaExecutor()
        poll = try EventPoll()
        timer = try TickTimer(start: MediaInstant.now().advanced(byMilliseconds: 20))
    }

    /// Starts the thread.
    nonisolated func start() throws(SystemError) {
        try executor.start(
            turn: { self.assumeIsolated { $0.turn() } }, finish: { self.assumeIsolated { $0.finish() } })
        post(nil)
    }

    /// Gives a command; it is carried out in this thread, after those given before.
    nonisolated func post(_ command: MediaCommand?) {
        if let command { mailbox.withLock { $0.append(command) } }
        executor.wake()
    }

    // MARK: The loop

    private var isPolling = false

    private func beginPolling() {
        isPolling = true
        do throws(SystemError) {
            try poll.add(timer.descriptor, token: Self.timerToken)
            try poll.add(executor.doorbell.descriptor, token: Self.wakeToken)
        } catch {
            preconditionFailure("a poll that was just made refuses its own descriptors: \(error)")
        }
    }

    private func turn() {
        if !isPolling { beginPolling() }
        guard let count = try? poll.wait(milliseconds: 1000) else { return }
        let now = MediaInstant.now()
        var ticks = false
        for index in 0..<count {
            let event = poll.event(index)
            switch event.token {
            case Self.timerToken: ticks = true
            case Self.wakeToken:
                executor.doorbell.clear()
                carryOut(now: now)
            default: receive(event.token, now: now)
            }
        }
        if ticks { tick() }
        freeTokens.append(contentsOf: releasedTokens)
        releasedTokens.removeAll(keepingCapacity: true)
        outgoing.flush()
    }

    private func receive(_ token: UInt64, now: MediaInstant) {
        let index = Int(token >> 1)
        guard byToken.indices.contains(index), let leg = byToken[index] else { return }
        let isControl = token & 1 == 1
        let descriptor =
            isControl ? leg.sockets.controlDescriptor ?? -1 : leg.sockets.mediaDescriptor
        guard descriptor >= 0, let received = try? batch.receive(from: descriptor) else { return }
        for packet in 0..<received {
            batch.withDatagram(packet) { datagram, source in leg.receive(datagram, from: source, now: now) }
        }
        counters.packetsIn &+= UInt64(received)
        leg.drainEvents { report(leg.id, $0) }
    }

    /// Ticks that are due, each for its own deadline, so that timestamps stay those of a steady clock. After a stall of over a second the
    /// backlog is dropped.
    private func tick() {
        let deadline = timer.nextTick
        guard let due = try? timer.take(), due > 0 else { return }
        let began = MediaInstant.now()
        counters.lateness.record(nanoseconds: began.nanoseconds(since: deadline))
        counters.missedTicks &+= UInt64(due - 1)
        let played = min(due, 50)
        for number in (due - played)..<due {
            let now = deadline.advanced(byNanoseconds: Int64(number) * timer.period)
            for room in rooms.values {
                room.tick(now: now) { member, event in report(member.leg.id, event) }
            }
        }
        for place in legs.values { place.member.leg.drainEvents { report(place.member.leg.id, $0) } }
        counters.ticks &+= UInt64(due)
        counters.tickNanoseconds &+= UInt64(MediaInstant.now().nanoseconds(since: began))
    }

    private func finish() {
        let now = MediaInstant.now()
        for place in legs.values { place.member.leg.leave(reason: nil, now: now) }
        outgoing.flush()
        rooms = [:]
        legs = [:]
        byToken = []
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
            if rooms[room] == nil { rooms[room] = MediaRoom(room, mixer) }
        case .closeRoom(let id):
            guard let room = rooms.removeValue(forKey: id) else { return }
            for member in room.members { close(member.leg.id, now: now) }
            counters.add(room.mixer.counters)
        case .open(let id, let room, let sockets, let identity, let settings):
            open(id, in: room, sockets, identity, settings, now: now)
        case .update(let id, let settings):
            guard let place = legs[id] else { return }
            place.member.leg.update(settings, now: now)
            guard (try? place.room.refresh(place.member)) == nil else { return }
            counters.refusedLegs &+= 1
            report(id, .failed)
        case .silence(let id, let silent):
            if let place = legs[id] { place.room.silence(place.member, silent) }
        case .sendDigits(let id, let keys):
            legs[id]?.member.leg.sendDigits(keys)
        case .close(let id):
            close(id, now: now)
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
            let token = freeTokens.last ?? byToken.count
            // What came before the call stood was not for this room.
            for descriptor in [sockets.mediaDescriptor, sockets.controlDescriptor].compactMap({ $0 }) {
                while try batch.receive(from: descriptor) > 0 {}
            }
            try poll.add(sockets.mediaDescriptor, token: UInt64(token) << 1)
            if let control = sockets.controlDescriptor {
                try poll.add(control, token: UInt64(token) << 1 | 1)
            }
            let member = try room.add(leg, sourceID: identity.sourceID)
            if token == byToken.count { byToken.append(nil) } else { freeTokens.removeLast() }
            byToken[token] = leg
            legs[id] = Place(room: room, member: member, token: token)
        } catch {
            counters.refusedLegs &+= 1
            report(id, .failed)
        }
    }

    private func close(_ id: LegID, now: MediaInstant) {
        guard let place = legs.removeValue(forKey: id) else { return }
        place.room.remove(place.member)
        place.member.leg.leave(reason: nil, now: now)
        // Before the sockets close: the datagram with the BYE names their descriptor.
        outgoing.flush()
        try? poll.remove(place.member.leg.sockets.mediaDescriptor)
        if let control = place.member.leg.sockets.controlDescriptor { try? poll.remove(control) }
        byToken[place.token] = nil
        releasedTokens.append(place.token)
        counters.add(place.member.leg, now: now)
    }

    // MARK: Questions
    // Commands given before a question are carried out before it is answered.

    /// How the legs of a room fare, or of all rooms.
    func statistics(of room: MediaRoomID?) -> [LegID: LegStatistics] {
        let now = MediaInstant.now()
        carryOut(now: now)
        var result: [LegID: LegStatistics] = [:]
        for (id, place) in legs where room == nil || place.room.id == room {
            result[id] = LegStatistics(place.member.leg, isTalking: place.member.isTalking, now: now)
        }
        return result
    }

    /// Figures of this thread since it began.
    func totals() -> MediaCounters {
        let now = MediaInstant.now()
        carryOut(now: now)
        var result = counters
        for place in legs.values { result.add(place.member.leg, now: now) }
        for room in rooms.values { result.add(room.mixer.counters) }
        result.packetsOut = UInt64(outgoing.sent)
        result.sendFailures = UInt64(outgoing.refused + outgoing.overflowed)
        result.rooms = rooms.count
        result.legs = legs.count
        return result
    }

    /// Says goodbye to the legs and ends the thread; returns when it has.
    nonisolated func stop() async {
        await withCheckedContinuation { continuation in executor.stop { continuation.resume() } }
    }
}
