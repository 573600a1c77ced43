// SPDX-License-Identifier: GPL-3.0-or-later

/// The audio of one room, 20 ms at a time.
///
///     levels -> select who is heard -> their frames -> one sum -> less oneself -> limiter -> rate -> encode -> packets
///
/// Each tick: ``offer(_:level:frame:)`` for every member that sent something, ``select()``, ``tick()``,
/// ``drainPackets(_:)``.
///
/// The sum is made once. Talkers hear it less themselves from a stream of their own; all others share one encoded
/// stream for each distinct ``EncoderParameters``. Nothing is encoded while nobody talks. No clock, no socket; one
/// thread at a time. ``tick()`` allocates nothing; adding and changing members does.
package final class RoomMixer {
    package let configuration: MixerConfiguration
    let effort: EncoderEffort
    package internal(set) var counters = MixerCounters()

    var members: [RoomMember?] = []
    var freeSlots: [Int] = []
    package internal(set) var memberCount = 0
    /// Members who are apart.
    var apartCount = 0
    /// Who hears the room and is no company: a recorder.
    var observer: Int?
    /// Members who hear each other.
    var presentCount: Int { memberCount - apartCount - (observer == nil ? 0 : 1) }
    var classes: [MixerClass?] = []
    var owns: [OwnStream] = []
    var channels: [TalkerChannel] = []
    var selector: TalkerSelector
    var bus: MixBus
    /// The bus of the rate before, for the one tick in which both are crossfaded.
    var retiring: MixBus?
    var players: [AnnouncementPlayer] = []
    /// Members with an announcement of their own.
    var privateListeners: [Int] = []
    /// Members at 48000, 16000 and 8000 Hz, by what they send and by what they hear.
    var inputCounts = [0, 0, 0]
    var outputCounts = [0, 0, 0]
    var inputRates: [Int] = []
    var outputRates: [Int] = []
    private var hasSelected = false
    private var aloneTicks = 0
    private var quietTicks = 1000

    /// - Parameter effort: shared with the other mixers of the thread.
    package init(
        configuration: MixerConfiguration = MixerConfiguration(), effort: EncoderEffort = EncoderEffort()
    ) {
        self.configuration = configuration
        self.effort = effort
        selector = TalkerSelector(maximum: max(1, configuration.maximumTalkers), capacity: 16)
        bus = MixBus(rate: 8000)
        players.reserveCapacity(8)
        if configuration.chimes || configuration.lonePattern { Announcement.prepare() }
    }

    /// Samples a second of the mix: the highest any member hears.
    package var roomRate: Int { bus.rate }

    /// Milliseconds since the mixer began where the coming tick starts.
    package var time: Int { counters.ticks * 20 }

    /// Slots of who is heard, after ``select()``.
    package var talkers: [Int] { selector.talkers }

    /// Takes a member's frame with its level, before ``select()``.
    /// - Parameters:
    ///   - level: dBov without its sign (RFC 6464): 0 is loudest, 127 silence.
    ///   - frame: 20 ms at the member's input rate; must stay valid until ``tick()`` returns.
    package func offer(_ slot: Int, level: UInt8, frame: UnsafeBufferPointer<Int16>) {
        guard members.indices.contains(slot), let member = members[slot], !member.isSilenced, !hasSelected else {
            return
        }
        unsafe members[slot]?.frame = frame
        members[slot]?.level = min(127, level)
        selector.offer(slot, level: level)
    }

    /// Decides who is heard in the coming tick. Called by ``tick()`` when the caller has not.
    package func select() {
        guard !hasSelected else { return }
        hasSelected = true
        selector.select()
        for channel in channels where !channel.isFree {
            channel.begin()
            if channel.isHeard, !selector.isTalker(channel.slot) { channel.leave() }
        }
        for slot in selector.talkers {
            guard let member = members[slot] else { continue }
            let index = member.channel ?? acquireChannel()
            members[slot]?.channel = index
            channels[index].open(slot: slot, rate: member.settings.inputRate, gain: member.settings.gain)
            channels[index].hear(level: member.level)
        }
        for channel in channels where channel.isHeard {
            if let member = members[channel.slot], let frame = unsafe member.frame {
                unsafe channel.supply(frame, gain: member.settings.gain)
            }
        }
    }

    /// Mixes and encodes 20 ms.
    package func tick() {
        select()
        let time = time
        counters.talkerTicks += selector.talkers.count
        for channel in channels where !channel.isFree && !channel.complete() { counters.missingFrames += 1 }
        playToTheLonely()
        assignStreams(at: time)
        mix()
        consume(at: time)
        finish()
        counters.ticks += 1
        hasSelected = false
    }

    /// Leaves out ticks for which there is no time: 20 ms each that nobody hears, in timestamps as in the air.
    package func skipTicks(_ count: Int = 1) {
        counters.ticks += count
        counters.skippedTicks += count
        for entry in classes { entry?.stream.skip(to: time) }
        for own in owns where own.slot != nil { own.stream.skip(to: time) }
    }

    private var sounding: Int {
        var count = 0
        for channel in channels where !channel.isFree { count += 1 }
        return count
    }

    private func mix() {
        let audible =
            sounding > 0 || !players.isEmpty || retiring != nil
            || privateListeners.contains { members[$0]?.player != nil }
        quietTicks = audible ? 0 : quietTicks + 1
        // Three more ticks bring every filter to rest, and then all frames are zero by themselves.
        guard quietTicks <= 3 else { return }
        counters.limitedSamples += run(bus)
        guard let retiring else { return }
        _ = run(retiring)
        for rate in outputRates where retiring.has(rate) {
            bus.sharedFrame(at: rate).crossfade(from: retiring.sharedFrame(at: rate))
        }
        for (index, own) in owns.enumerated() {
            guard own.slot != nil, retiring.has(own.stream.rate) else { continue }
            bus.ownFrame(index, at: own.stream.rate).crossfade(from: retiring.ownFrame(index, at: own.stream.rate))
        }
        self.retiring = nil
    }

    private func run(_ bus: MixBus) -> Int {
        let limited = bus.mix(channels, announcements: players, outputRates: outputRates)
        for index in owns.indices {
            guard let slot = owns[index].slot, let member = members[slot] else { continue }
            bus.mixOwn(
                index, without: member.channel, of: channels, adding: member.player, at: owns[index].stream.rate,
                hearing: member.isApart ? 0 : member.hearing)
        }
        return limited
    }

    private func consume(at time: Int) {
        let sounding = sounding
        for entry in classes {
            guard let entry, entry.listeners > 0 else { continue }
            entry.stream.consume(
                bus.sharedFrame(at: entry.rate), at: time, audible: sounding > 0 || !players.isEmpty,
                policy: entry.policy, counters: &counters)
            entry.stream.setContributors(channels, except: -1)
        }
        for index in owns.indices {
            let own = owns[index]
            guard let slot = own.slot, let member = members[slot], let entry = classes[member.classIndex] else {
                continue
            }
            let others = member.isApart ? 0 : sounding - (member.channel == nil ? 0 : 1)
            own.stream.consume(
                bus.ownFrame(index, at: entry.rate), at: time,
                audible: others > 0 || (!players.isEmpty && !member.isApart) || member.player != nil,
                policy: entry.policy,
                counters: &counters)
            if !member.isApart { own.stream.setContributors(channels, except: slot) }
        }
    }

    private func finish() {
        for (index, channel) in channels.enumerated() where !channel.isFree {
            let slot = channel.slot
            channel.end()
            guard channel.isFree else { continue }
            bus.releaseChannel(index)
            if members[slot]?.channel == index { members[slot]?.channel = nil }
        }
        for slot in members.indices { unsafe members[slot]?.frame = nil }
        for index in players.indices { players[index].advance() }
        players.removeAll { $0.isFinished }
        for slot in privateListeners {
            members[slot]?.player?.advance()
            if members[slot]?.player?.isFinished == true { members[slot]?.player = nil }
        }
        privateListeners.removeAll { members[$0]?.hearsApart != true }
    }

    private func playToTheLonely() {
        guard configuration.lonePattern else { return }
        let present = presentCount
        aloneTicks = present == 1 ? aloneTicks + 1 : 0
        let playing = players.firstIndex { $0.announcement == .alone }
        if let playing {
            if present != 1 { players[playing].stop() }
        } else if aloneTicks * 20 > configuration.loneDelay {
            players.append(AnnouncementPlayer(.alone))
        }
    }
}
