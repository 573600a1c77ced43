// SPDX-License-Identifier: GPL-3.0-or-later

/// Who hears the shared stream of its class and who a stream of its own.
extension RoomMixer {
    /// The loudest sample of a pause in which a G.722 member may change streams: -42 dBFS.
    private static let quietEnough: Int16 = 256

    func assignStreams(at time: Int) {
        for index in owns.indices {
            guard let slot = owns[index].slot, let member = members[slot] else { continue }
            if member.channel != nil || member.hearsApart {
                owns[index].lingering = 0
            } else {
                owns[index].lingering += 1
                release(index, slot, at: time)
            }
        }
        for (index, channel) in channels.enumerated() where !channel.isFree {
            if let member = members[channel.slot], member.channel == index { acquireOwn(channel.slot) }
        }
        for slot in privateListeners { acquireOwn(slot) }
    }

    /// Gives a member its own stream as the exact continuation of the shared one.
    private func acquireOwn(_ slot: Int) {
        guard let member = members[slot], member.ownIndex == nil, member.settings.receives,
            let entry = classes[member.classIndex]
        else { return }
        var free = owns.firstIndex { $0.slot == nil }
        if free == nil, let longest = owns.indices.max(by: { owns[$0].lingering < owns[$1].lingering }),
            owns[longest].lingering > 0, let tenant = owns[longest].slot
        {
            moveToShared(longest, tenant)
            free = longest
        }
        if free == nil {
            counters.growths += 1
            free = growOwns(by: 1)
        }
        guard let index = free else { return }
        do throws(AudioCodecError) { try owns[index].stream.follow(entry.stream) } catch {
            counters.failedEncodes += 1
            return
        }
        if member.isApart {
            // Of what the room says nothing is under way to it.
            owns[index].stream.start(at: time)
        } else {
            bus.startOwn(index, at: entry.rate)
            retiring?.startOwn(index, at: entry.rate)
        }
        owns[index].slot = slot
        owns[index].lingering = 0
        members[slot]?.ownIndex = index
        if !member.isApart { entry.listeners -= 1 }
        counters.switches += 1
    }

    /// Brings a member back to the shared stream as soon as its decoder will not notice.
    private func release(_ index: Int, _ slot: Int, at time: Int) {
        guard let member = members[slot], let entry = classes[member.classIndex] else { return }
        guard entry.listeners == 0 || member.isApart || mayChange(owns[index], to: entry, at: time) else { return }
        moveToShared(index, slot)
    }

    private func moveToShared(_ index: Int, _ slot: Int) {
        guard let member = members[slot], let entry = classes[member.classIndex] else { return }
        if member.isApart {
            owns[index].slot = nil
            members[slot]?.ownIndex = nil
            return
        }
        if entry.listeners == 0, owns[index].stream.parameters == entry.parameters {
            // Nobody listens there: the shared stream becomes the continuation of this one.
            _ = try? entry.stream.follow(owns[index].stream)
        } else {
            entry.stream.requireIndependence()
        }
        owns[index].slot = nil
        members[slot]?.ownIndex = nil
        entry.listeners += 1
        counters.switches += 1
    }

    private func mayChange(_ own: OwnStream, to entry: MixerClass, at time: Int) -> Bool {
        if own.stream.isSilent, entry.stream.isSilent { return true }
        guard own.stream.isBetweenPackets(at: time), entry.stream.isBetweenPackets(at: time) else { return false }
        if entry.parameters.codec.isMemoryless { return true }
        // The shared codec still rings with what this member itself said.
        if own.stream.isSilent, !entry.stream.isActive { return false }
        // Opus starts afresh by a packet coded without prediction. G.722 cannot: the receiver's predictors would go on
        // from another encoder's past, with an error of a fifth of a loud tone. So it waits for a pause, and in it until both
        // encoders have forgotten what was before: who talks next would be torn otherwise.
        return entry.parameters.codec == .opus
            || bus.sharedFrame(at: entry.rate).peak <= Self.quietEnough && entry.stream.isInStep(with: own.stream)
    }

    func acquireChannel() -> Int {
        if let free = channels.firstIndex(where: { $0.isFree }) { return free }
        counters.growths += 1
        channels.append(TalkerChannel())
        _ = try? prepareBuses()
        return channels.count - 1
    }

    private func growOwns(by count: Int) -> Int? {
        guard let first = classes.lazy.compactMap({ $0 }).first else { return nil }
        let start = owns.count
        do throws(AudioCodecError) {
            for _ in 0..<count {
                let own = try OwnStream(first, effort: effort)
                for entry in classes { if let entry { try own.encoders.prepare(entry.parameters) } }
                owns.append(own)
            }
            try prepareBuses()
        } catch { return nil }
        return owns.count > start ? start : nil
    }

    private func prepareBuses() throws(AudioCodecError) {
        for bus in [bus, retiring] {
            try bus?.prepare(
                channels: channels.count, streams: owns.count, inputRates: inputRates, outputRates: outputRates)
        }
    }

    /// Makes all that ticks with the present members will need, and follows the room's rate.
    func prepare() throws(AudioCodecError) {
        // A member that has left or changed its codec may still fade, at the rate it had.
        inputRates = MixLanes.rates.filter { rate in
            inputCounts[MixLanes.index(of: rate)] > 0 || channels.contains { !$0.isFree && $0.sampleRate == rate }
        }
        outputRates = MixLanes.rates.filter { outputCounts[MixLanes.index(of: $0)] > 0 }
        let maximum = selector.maximum
        while channels.count < min(2 * maximum, memberCount + 2) { channels.append(TalkerChannel()) }
        guard let first = classes.lazy.compactMap({ $0 }).first else { return }
        while owns.count < min(2 * maximum + 4, memberCount) { owns.append(try OwnStream(first, effort: effort)) }
        for own in owns { for entry in classes { if let entry { try own.encoders.prepare(entry.parameters) } } }
        try changeRate(to: outputRates.first ?? bus.rate)
        try prepareBuses()
        privateListeners.reserveCapacity(memberCount)
    }

    private func changeRate(to rate: Int) throws(AudioCodecError) {
        guard rate != bus.rate else { return }
        let next = MixBus(rate: rate)
        try next.prepare(
            channels: channels.count, streams: owns.count, inputRates: inputRates, outputRates: outputRates)
        // The last tick once more, so that filters and limiter are where the old ones are.
        _ = next.mix(channels, announcements: [], outputRates: outputRates)
        for index in owns.indices {
            guard let slot = owns[index].slot, let member = members[slot] else { continue }
            let rate = owns[index].stream.rate
            next.startOwn(index, at: rate)
            next.mixOwn(index, without: member.channel, of: channels, adding: nil, at: rate)
        }
        if retiring == nil { retiring = bus }
        bus = next
        counters.rateChanges += 1
    }
}
