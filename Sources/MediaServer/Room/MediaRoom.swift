// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import RTP

/// One room on its media worker: the legs, and the mixer between them. Confined to the worker's thread.
final class MediaRoom {
    let id: MediaRoomID
    let mixer: RoomMixer
    private(set) var members: [Member] = []
    /// The member of each mixer slot.
    private var bySlot: [Member?] = []

    final class Member {
        let leg: AudioLeg
        let sourceID: UInt32
        var slot: Int
        var isSilenced = false
        var isTalking = false
        fileprivate var inputRate: Int
        /// Media time of the mix in the leg's RTP ticks, offset so that it never jumps when the member moves.
        fileprivate init(leg: AudioLeg, sourceID: UInt32, slot: Int, inputRate: Int) {
            self.leg = leg
            self.sourceID = sourceID
            self.slot = slot
            self.inputRate = inputRate
        }
    }

    init(_ id: MediaRoomID, _ configuration: MixerConfiguration) {
        self.id = id
        mixer = RoomMixer(configuration: configuration)
    }

    // MARK: Members

    /// - Throws: the mixer's refusal: full, or a codec that could not be made.
    func add(_ leg: AudioLeg, sourceID: UInt32) throws(MixerError) -> Member {
        var settings = MemberSettings(output: leg.encoder, inputRate: leg.receiver.codec.sampleRate)
        settings.receives = leg.settings.sends
        settings.isHeld = leg.settings.remoteHolds
        let slot = try mixer.add(settings)
        let member = Member(leg: leg, sourceID: sourceID, slot: slot, inputRate: settings.inputRate)
        while bySlot.count <= slot { bySlot.append(nil) }
        bySlot[slot] = member
        members.append(member)
        return member
    }

    func remove(_ member: Member) {
        mixer.remove(member.slot)
        bySlot[member.slot] = nil
        members.removeAll { $0 === member }
    }

    /// After the leg was negotiated anew.
    func refresh(_ member: Member) throws(MixerError) {
        mixer.setReceiving(member.slot, member.leg.settings.sends)
        mixer.setHeld(member.slot, member.leg.settings.remoteHolds)
        try mixer.setOutput(member.slot, member.leg.encoder)
    }

    func silence(_ member: Member, _ silent: Bool) {
        member.isSilenced = silent
        mixer.setMuted(member.slot, silent)
    }

    // MARK: Tick

    /// One tick of 20 ms: every leg's frame in, the mix out. `report` gets changes of who talks.
    func tick(now: MediaInstant, report: (Member, LegEvent) -> Void) {
        for member in members {
            let frame = member.leg.playout(now: now, wanted: !member.isSilenced)
            if frame.sampleRate != member.inputRate {
                member.inputRate = frame.sampleRate
                // Only memory could be lacking; the member is heard again when its codec changes back.
                _ = try? mixer.setInputRate(member.slot, frame.sampleRate)
            }
            guard frame.kind != .silence else { continue }
            unsafe mixer.offer(member.slot, level: frame.level.decibelsBelowOverload, frame: frame.samples)
        }
        mixer.select()
        markTalkers(report)
        mixer.tick()
        send(now: now)
        for member in members {
            member.leg.maintain(now: now)
            adapt(member)
        }
    }

    private func markTalkers(_ report: (Member, LegEvent) -> Void) {
        for member in members where member.isTalking && !mixer.talkers.contains(member.slot) {
            member.isTalking = false
            report(member, .talking(false))
        }
        for slot in mixer.talkers {
            guard let member = bySlot[slot], !member.isTalking else { continue }
            member.isTalking = true
            report(member, .talking(true))
        }
    }

    private func send(now: MediaInstant) {
        mixer.drainPackets { slot, packet in
            guard let member = bySlot[slot], member.leg.settings.sends else { return }
            var sources = ContributingSources()
            for index in unsafe 0..<packet.contributors.count {
                let contributor = unsafe packet.contributors[index]
                guard let talker = bySlot[contributor.slot] else { continue }
                sources.append(talker.sourceID, level: AudioLevel(decibelsBelowOverload: contributor.level))
            }
            if member.leg.isSendingDigits { return }
            let payload = unsafe Span<UInt8>(_unsafeBytes: packet.payload)
            member.leg.send(
                payload, timestamp: packet.timestamp, marker: packet.marker, contributing: sources, now: now)
        }
        for member in members where member.leg.isSendingDigits {
            let clock = member.leg.settings.sendEventClockRate / 1000
            member.leg.sendDueDigits(timestamp: UInt32(truncatingIfNeeded: mixer.time * clock), now: now)
        }
    }

    private func adapt(_ member: Member) {
        let wanted = member.leg.encoder
        guard mixer.settings(of: member.slot)?.output != wanted else { return }
        _ = try? mixer.setOutput(member.slot, wanted)
    }
}
