// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP

/// One room on its media worker: the legs, and the mixer between them. Confined to the worker's thread.
final class MediaRoom {
    let mixer: RoomMixer
    private(set) var members: [Member] = []
    /// The member of each mixer slot.
    private var bySlot: [Member?] = []
    /// Times that somebody began to talk.
    private var talks: UInt64 = 0
    /// nil before the first member with video.
    var video: RoomVideo?
    var videoRule = VideoRule()
    /// nil while nobody records.
    private var recorder: RoomRecorder?
    /// When the last tick began, by both clocks; nil before the first.
    private var lastTick: RoomTime?

    final class Member {
        let leg: AudioLeg
        var video: VideoLeg?
        let sourceID: UInt32
        /// For people, on a composed picture.
        let name: String
        var slot: Int
        var isSilenced = false
        var isTalking = false
        /// The higher the later the mixer began to hear it; 0: never.
        fileprivate(set) var lastTalked: UInt64 = 0
        fileprivate var inputRate: Int
        /// A recording of what it alone says.
        fileprivate var track: MemberTrack?
        /// Media time of the mix in the leg's RTP ticks, offset so that it never jumps when the member moves.
        fileprivate init(leg: AudioLeg, _ identity: LegIdentity, slot: Int, inputRate: Int) {
            self.leg = leg
            sourceID = identity.sourceID
            name = identity.name
            self.slot = slot
            self.inputRate = inputRate
        }
    }

    /// When within 20 ms the room ticks: one of ``MediaWorker/phases``.
    let phase: Int

    init(_ configuration: MixerConfiguration, phase: Int, effort: EncoderEffort) {
        self.phase = phase
        mixer = RoomMixer(configuration: configuration, effort: effort)
    }

    // MARK: Members

    /// - Throws: the mixer's refusal: full, or a codec that could not be made.
    func add(_ leg: AudioLeg, _ identity: LegIdentity) throws(MixerError) -> Member {
        var settings = MemberSettings(output: leg.encoder, inputRate: leg.receiver.codec.sampleRate)
        settings.receives = leg.settings.sends
        settings.isHeld = leg.settings.remoteHolds
        let slot = try mixer.add(settings, isApart: leg.settings.isApart)
        let member = Member(leg: leg, identity, slot: slot, inputRate: settings.inputRate)
        while bySlot.count <= slot { bySlot.append(nil) }
        bySlot[slot] = member
        members.append(member)
        if let recorder {
            mixer.play(recorder.notice, to: .member(slot))
            member.track = recorder.addTrack(identity.name, time)
        }
        return member
    }

    func remove(_ member: Member) {
        if let track = member.track { recorder?.end(track, time) }
        mixer.remove(member.slot)
        bySlot[member.slot] = nil
        members.removeAll { $0 === member }
    }

    /// After the leg was negotiated anew.
    func refresh(_ member: Member) throws(MixerError) {
        mixer.setReceiving(member.slot, member.leg.settings.sends)
        mixer.setHeld(member.slot, member.leg.settings.remoteHolds)
        mixer.setApart(member.slot, member.leg.settings.isApart)
        try mixer.setOutput(member.slot, member.leg.encoder)
    }

    // MARK: Recording

    /// Where the coming tick begins.
    private var time: RoomTime {
        guard let lastTick else { return RoomTime(mixer: mixer.time, instant: .now()) }
        let since = mixer.time - lastTick.mixer
        return RoomTime(mixer: mixer.time, instant: lastTick.instant.advanced(byMilliseconds: since))
    }

    /// - Throws: the mixer's refusal: full, or no memory for an encoder.
    func startRecording(_ recording: RoomRecording) throws(MixerError) {
        stopRecording()
        let slot = try mixer.addObserver(RoomRecording.encoder)
        let recorder = RoomRecorder(recording, slot: slot, time: time)
        self.recorder = recorder
        for member in members { member.track = recorder.addTrack(member.name, time) }
        if let pictures = recording.pictures { video?.grid.record(pictures) }
        mixer.play(recording.notice, to: .room)
    }

    func pauseRecording(_ isPaused: Bool) {
        guard let recorder else { return }
        recorder.pause(isPaused, time)
        if !isPaused { mixer.play(recorder.notice, to: .room) }
    }

    /// Everything said before is in it.
    func stopRecording() {
        guard let recorder else { return }
        mixer.remove(recorder.slot)
        recorder.stop(time)
        if recorder.recording.pictures != nil { video?.grid.record(nil) }
        for member in members { member.track = nil }
        self.recorder = nil
    }

    func setGain(_ member: Member, _ gain: Float) {
        mixer.setGain(member.slot, gain)
    }

    func setHearing(_ member: Member, _ gain: Float) {
        mixer.setHearing(member.slot, gain)
    }

    /// Plays something to one member alone.
    func announce(_ announcement: SpokenAnnouncement, to member: Member) {
        mixer.play(announcement, to: .member(member.slot))
    }

    func silence(_ member: Member, _ silent: Bool) {
        member.isSilenced = silent
        mixer.setMuted(member.slot, silent)
    }

    // MARK: Tick

    /// Somebody sent a member so much that its socket may run over before the next tick: listen at every phase, for a while.
    var isFlooded: Bool { floodedTicks > 0 }
    private var floodedTicks = 0
    /// Datagrams of one leg in one reading: many times what any codec sends in a tick, and a fraction of what a socket holds.
    private static let flood = 32
    private static let floodLasts = 50

    /// Takes what has come on every leg's RTP port since the last tick. The kernel has stamped each packet with its arrival, so
    /// nothing but a wake-up for each is saved by waiting.
    /// - Returns: how many datagrams there were.
    func listen(_ batch: DatagramBatch, now: MediaInstant) -> Int {
        var received = 0
        for member in members {
            let count = batch.deliver(to: member.leg, from: member.leg.sockets.mediaDescriptor, now: now)
            if count >= Self.flood { floodedTicks = Self.floodLasts }
            received += count
        }
        return received
    }

    /// One tick of 20 ms: every leg's frame in, the mix out. `report` gets changes of who talks.
    func tick(now: MediaInstant, report: (Member, LegEvent) -> Void) {
        floodedTicks = max(0, floodedTicks - 1)
        lastTick = RoomTime(mixer: mixer.time, instant: now)
        for member in members {
            member.leg.drainEvents { report(member, $0) }
            let frame = member.leg.playout(now: now, wanted: !member.isSilenced)
            if frame.sampleRate != member.inputRate {
                member.inputRate = frame.sampleRate
                // Only memory could be lacking; the member is heard again when its codec changes back.
                _ = try? mixer.setInputRate(member.slot, frame.sampleRate)
            }
            guard frame.kind != .silence else { continue }
            unsafe mixer.offer(member.slot, level: frame.level.decibelsBelowOverload, frame: frame.samples)
            record(frame, of: member)
        }
        mixer.select()
        markTalkers(now: now, report)
        mixer.tick()
        send(now: now)
        for member in members {
            member.leg.maintain(now: now)
            adapt(member)
            member.video?.soundDelay = member.leg.receiver.playoutDelay?.now ?? 0
            member.video?.soundHeard = member.leg.flow.end
        }
    }

    /// What a member says where it is heard by nobody is not kept either.
    private func record(_ frame: ReceivedFrame, of member: Member) {
        guard let track = member.track, let recorder, !recorder.isPaused, !member.isSilenced,
            !member.leg.settings.isApart, !member.leg.settings.remoteHolds
        else { return }
        track.take(frame, time: mixer.time)
    }

    /// Leaves ticks out. What has come waits in the jitter buffers, which make up for the time.
    func skipTicks(_ count: Int) { mixer.skipTicks(count) }

    private func markTalkers(now: MediaInstant, _ report: (Member, LegEvent) -> Void) {
        for member in members where member.isTalking && !mixer.talkers.contains(member.slot) {
            member.isTalking = false
            report(member, .talking(false))
            video?.talking(member.leg.id, false, now: now)
        }
        for slot in mixer.talkers {
            guard bySlot.indices.contains(slot), let member = bySlot[slot], !member.isTalking else { continue }
            member.isTalking = true
            talks += 1
            member.lastTalked = talks
            report(member, .talking(true))
            video?.talking(member.leg.id, true, now: now)
        }
    }

    private func send(now: MediaInstant) {
        // The members of a class get the same list, one after the other.
        var sources = ContributingSources()
        var listed: UnsafePointer<Contributor>?
        mixer.drainPackets { slot, packet in
            if slot == recorder?.slot { return recorder?.take(packet) ?? () }
            guard bySlot.indices.contains(slot), let member = bySlot[slot], member.leg.settings.sends,
                !member.leg.isSendingDigits
            else { return }
            if unsafe packet.contributors.baseAddress == nil || packet.contributors.baseAddress != listed {
                unsafe listed = packet.contributors.baseAddress
                sources = unsafe contributing(packet.contributors)
            }
            let payload = unsafe Span<UInt8>(_unsafeBytes: packet.payload)
            member.leg.send(
                payload, timestamp: packet.timestamp, marker: packet.marker, contributing: sources, now: now)
        }
        recorder?.tick(time)
        for member in members where member.leg.isSendingDigits {
            let clock = member.leg.settings.sendEventClockRate / 1000
            member.leg.sendDueDigits(timestamp: UInt32(truncatingIfNeeded: mixer.time * clock), now: now)
        }
    }

    private func contributing(_ contributors: UnsafeBufferPointer<Contributor>) -> ContributingSources {
        var sources = ContributingSources()
        for index in 0..<contributors.count {
            let contributor = unsafe contributors[index]
            guard bySlot.indices.contains(contributor.slot), let talker = bySlot[contributor.slot] else { continue }
            sources.append(talker.sourceID, level: AudioLevel(decibelsBelowOverload: contributor.level))
        }
        return sources
    }

    private func adapt(_ member: Member) {
        guard let wanted = member.leg.changedEncoder else { return }
        // Where memory is short the next tick tries again.
        guard (try? mixer.setOutput(member.slot, wanted)) != nil else { return }
        member.leg.tookEncoder()
    }
}
