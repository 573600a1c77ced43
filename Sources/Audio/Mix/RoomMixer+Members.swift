// SPDX-License-Identifier: GPL-3.0-or-later

/// Members coming, changing and going. These allocate, and are called between ticks.
extension RoomMixer {
    /// - Returns: the slot that names the member until it is removed.
    ///
    /// - Parameter isApart: whether it is to neither hear nor be heard at first.
    package func add(_ settings: MemberSettings, isApart: Bool = false) throws(MixerError) -> Int {
        guard memberCount < configuration.maximumMembers else { throw .full }
        guard MixLanes.rates.contains(settings.inputRate) else { throw .codec(.sampleRate(settings.inputRate)) }
        var settings = settings
        settings.gain = Self.usable(settings.gain)
        let slot = freeSlots.popLast() ?? members.count
        if slot == members.count { members.append(nil) }
        do throws(AudioCodecError) {
            let index = try classIndex(for: settings.output)
            members[slot] = RoomMember(settings: settings, classIndex: index)
            memberCount += 1
            selector.add(slot)
            count(settings, by: 1)
            classes[index]?.count += 1
            if isApart {
                members[slot]?.isApart = true
                apartCount += 1
            } else if settings.receives {
                join(index)
            }
            try prepare()
        } catch {
            if members[slot] != nil { remove(slot) } else { freeSlots.append(slot) }
            throw .codec(error)
        }
        if !isApart { chimeIn() }
        return slot
    }

    /// Adds one who hears all and is no company. There is one at most.
    package func addObserver(_ output: EncoderParameters) throws(MixerError) -> Int {
        if let observer { return observer }
        let slot = try add(MemberSettings(output: output), isApart: true)
        observer = slot
        members[slot]?.isApart = false
        apartCount -= 1
        members[slot]?.settings.isMuted = true
        join(members[slot]?.classIndex ?? 0)
        return slot
    }

    private func chimeIn() {
        let present = presentCount
        if configuration.chimes, present >= 2, present <= configuration.chimeLimit { play(.joined, to: .room) }
    }

    /// Takes a member aside, where it neither hears nor is heard but for what is played to it alone, or lets it in.
    package func setApart(_ slot: Int, _ isApart: Bool) {
        guard members.indices.contains(slot), let member = members[slot], member.isApart != isApart else { return }
        detach(slot)
        if isApart { cutOff(slot) }
        members[slot]?.isApart = isApart
        apartCount += isApart ? 1 : -1
        guard !isApart else { return }
        members[slot]?.lastStart = nil
        if member.settings.receives { join(member.classIndex) }
        chimeIn()
    }

    /// Takes a member out. What it said ends at once, with 2.5 ms from its last sample to zero.
    package func remove(_ slot: Int) {
        guard members.indices.contains(slot), let member = members[slot] else { return }
        detach(slot)
        if member.isApart { apartCount -= 1 }
        classes[member.classIndex]?.count -= 1
        forgetClassIfUnused(member.classIndex)
        if let channel = member.channel { channels[channel].cut() }
        selector.silence(slot)
        privateListeners.removeAll { $0 == slot }
        members[slot] = nil
        freeSlots.append(slot)
        memberCount -= 1
        count(member.settings, by: -1)
        // Nothing is needed that is not there, except the bus of a lower rate; the present one serves as well.
        _ = try? prepare()
        let isObserver = observer == slot
        if isObserver { observer = nil }
        let present = presentCount
        if configuration.chimes, !isObserver, !member.isApart, present >= 1, present < configuration.chimeLimit {
            play(.left, to: .room)
        }
    }

    /// The settings of a member, or nil when nobody has this slot.
    package func settings(of slot: Int) -> MemberSettings? {
        members.indices.contains(slot) ? members[slot]?.settings : nil
    }

    package func setMuted(_ slot: Int, _ muted: Bool) {
        guard members.indices.contains(slot) else { return }
        members[slot]?.settings.isMuted = muted
        if muted { cutOff(slot) }
    }

    /// How loud a member hears the others.
    ///
    /// - Parameter gain: Factor on the samples; 1 leaves them exactly as they are.
    package func setHearing(_ slot: Int, _ gain: Float) {
        guard members.indices.contains(slot), let member = members[slot] else { return }
        members[slot]?.hearing = min(8, max(0.05, gain))
        if !member.hearsApart, members[slot]?.hearsApart == true { privateListeners.append(slot) }
    }

    /// Held members are muted into the room; whether they still receive is ``setReceiving(_:_:)``.
    package func setHeld(_ slot: Int, _ held: Bool) {
        guard members.indices.contains(slot) else { return }
        members[slot]?.settings.isHeld = held
        if held { cutOff(slot) }
    }

    /// Factor on what the member says, 0 to 16, reached within its next frame.
    package func setGain(_ slot: Int, _ gain: Float) {
        guard members.indices.contains(slot) else { return }
        members[slot]?.settings.gain = Self.usable(gain)
    }

    private static func usable(_ gain: Float) -> Float { gain.isFinite ? max(0, min(16, gain)) : 1 }

    /// Whether packets are made for the member.
    package func setReceiving(_ slot: Int, _ receives: Bool) {
        guard members.indices.contains(slot), let member = members[slot], member.settings.receives != receives else {
            return
        }
        if receives {
            members[slot]?.settings.receives = true
            members[slot]?.lastStart = nil
            if !member.isApart { join(member.classIndex) }
        } else {
            detach(slot)
            members[slot]?.settings.receives = false
        }
    }

    /// Changes the rate of the frames a member offers: it sends with another codec.
    package func setInputRate(_ slot: Int, _ rate: Int) throws(MixerError) {
        guard members.indices.contains(slot), var settings = members[slot]?.settings, settings.inputRate != rate else {
            return
        }
        guard MixLanes.rates.contains(rate) else { throw .codec(.sampleRate(rate)) }
        cutOff(slot)
        count(settings, by: -1)
        settings.inputRate = rate
        members[slot]?.settings = settings
        members[slot]?.channel = nil
        count(settings, by: 1)
        do throws(AudioCodecError) { try prepare() } catch { throw .codec(error) }
    }

    /// Changes how the member hears the room: loss adaptation, another codec or ptime.
    ///
    /// Where codec and ptime stay, the stream goes on without a break.
    package func setOutput(_ slot: Int, _ output: EncoderParameters) throws(MixerError) {
        guard members.indices.contains(slot), let member = members[slot], member.settings.output != output else {
            return
        }
        do throws(AudioCodecError) {
            let index = try classIndex(for: output)
            guard let next = classes[index], let old = classes[member.classIndex] else { return }
            next.count += 1
            let source = member.ownIndex.map { owns[$0].stream } ?? old.stream
            let continues =
                member.settings.receives && !member.isApart && next.listeners == 0
                && old.parameters.codec == output.codec
                && old.parameters.ptime == output.ptime
            if continues { try next.stream.follow(source, as: output, silence: next.silence) }
            detach(slot)
            old.count -= 1
            count(member.settings, by: -1)
            members[slot]?.classIndex = index
            members[slot]?.settings.output = output
            var settings = member.settings
            settings.output = output
            count(settings, by: 1)
            if continues { next.listeners += 1 } else if settings.receives, !member.isApart { join(index) }
            forgetClassIfUnused(member.classIndex)
            try prepare()
        } catch { throw .codec(error) }
    }

    /// Plays an announcement to the whole room or to one member only. A second of the same kind while the first still
    /// sounds is dropped.
    package func play(_ announcement: Announcement, to audience: MixAudience) {
        switch audience {
        case .room:
            guard !players.contains(where: { $0.announcement == announcement }) else { return }
        case .member: break
        }
        play(AnnouncementPlayer(announcement), to: audience)
    }

    /// Says something, to a member in place of what it hears said already.
    package func play(_ spoken: SpokenAnnouncement, to audience: MixAudience) {
        play(AnnouncementPlayer(spoken), to: audience)
    }

    private func play(_ player: AnnouncementPlayer, to audience: MixAudience) {
        switch audience {
        case .room:
            guard players.count < 8 else { return }
            players.append(player)
        case .member(let slot):
            guard members.indices.contains(slot), let member = members[slot] else { return }
            members[slot]?.player = player
            if !member.hearsApart { privateListeners.append(slot) }
        }
    }

    /// Lets an announcement fade within 60 ms.
    package func stop(_ announcement: Announcement, to audience: MixAudience) {
        switch audience {
        case .room:
            for index in players.indices where players[index].announcement == announcement { players[index].stop() }
        case .member(let slot):
            guard members.indices.contains(slot), members[slot]?.player?.announcement == announcement else { return }
            members[slot]?.player?.stop()
        }
    }

    private func cutOff(_ slot: Int) {
        guard let member = members[slot] else { return }
        selector.silence(slot)
        if let channel = member.channel { channels[channel].cut() }
        unsafe members[slot]?.frame = nil
    }

    /// Adds a listener to the shared stream of a class that has not heard it before.
    private func join(_ index: Int) {
        guard let entry = classes[index] else { return }
        if entry.listeners == 0 { entry.stream.start(at: time) } else { entry.stream.requireIndependence() }
        entry.listeners += 1
    }

    /// Takes a member off whichever stream it hears.
    private func detach(_ slot: Int) {
        guard let member = members[slot], member.settings.receives else { return }
        if let index = member.ownIndex {
            owns[index].slot = nil
            members[slot]?.ownIndex = nil
        } else if !member.isApart {
            classes[member.classIndex]?.listeners -= 1
        }
    }

    private func count(_ settings: MemberSettings, by change: Int) {
        inputCounts[MixLanes.index(of: settings.inputRate)] += change
        outputCounts[MixLanes.index(of: settings.output.codec.sampleRate)] += change
    }

    private func classIndex(for parameters: EncoderParameters) throws(AudioCodecError) -> Int {
        if let known = classes.firstIndex(where: { $0?.parameters == parameters }) { return known }
        let entry = try MixerClass(parameters, policy: configuration.silencePolicy(for: parameters), effort: effort)
        if let free = classes.firstIndex(where: { $0 == nil }) {
            classes[free] = entry
            return free
        }
        classes.append(entry)
        return classes.count - 1
    }

    /// Unused classes are kept for the next member of their kind, up to eight.
    private func forgetClassIfUnused(_ index: Int) {
        if classes[index]?.count == 0, classes.count > 8 { classes[index] = nil }
    }
}

/// Who hears an announcement.
package enum MixAudience: Hashable, Sendable {
    case room
    case member(Int)
}
