// SPDX-License-Identifier: GPL-3.0-or-later

extension RoomMixer {
    /// Calls `body` with each packet of the last tick and the slot it is for: none, one, or two (ptime 10) a member.
    ///
    /// Call it once after each ``tick()``: it also keeps each member's timestamp and marker.
    package func drainPackets(_ body: (_ slot: Int, _ packet: MixedPacket) -> Void) {
        for slot in members.indices {
            guard let member = members[slot], member.settings.receives, let entry = classes[member.classIndex] else {
                continue
            }
            if member.isApart, member.ownIndex == nil { continue }
            let stream = member.ownIndex.map { owns[$0].stream } ?? entry.stream
            guard !stream.packets.isEmpty else { continue }
            var last = member.lastStart
            var end = member.lastEnd
            var kind = member.lastKind
            for packet in stream.packets {
                let clock = entry.parameters.codec.rtpClockRate / 1000
                let resumes = entry.policy != .continuous && kind == .silence
                let marker = last == nil || (packet.kind == .audio && (packet.start != end || resumes))
                let increment = last.map { (packet.start - $0) * clock } ?? 0
                last = packet.start
                end = packet.start + entry.parameters.ptime
                kind = packet.kind
                counters.packets += 1
                if packet.kind == .silence { counters.silencePackets += 1 }
                unsafe body(
                    slot,
                    MixedPacket(
                        kind: packet.kind, parameters: entry.parameters, payload: stream.payload(of: packet),
                        timestamp: UInt32(truncatingIfNeeded: packet.start * clock),
                        timestampIncrement: UInt32(truncatingIfNeeded: increment), marker: marker,
                        contributors: packet.kind == .audio ? stream.contributors : .init(start: nil, count: 0)))
            }
            members[slot]?.lastStart = last
            members[slot]?.lastEnd = end
            members[slot]?.lastKind = kind
        }
    }

    /// What the last tick gave the encoder of the member's stream: 20 ms at its codec's rate. For tests.
    package func frameBeforeEncoding(of slot: Int) -> [Int16] {
        guard members.indices.contains(slot), let member = members[slot], let entry = classes[member.classIndex] else {
            return []
        }
        let frame = member.ownIndex.map { bus.ownFrame($0, at: entry.rate) } ?? bus.sharedFrame(at: entry.rate)
        return unsafe Array(frame.samples)
    }

    /// Whether the member now hears a stream of its own.
    package func hasOwnStream(_ slot: Int) -> Bool { members.indices.contains(slot) && members[slot]?.ownIndex != nil }
}
