// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials
import MediaServer
import RTP
import SDP
import SIP

/// The latest that happened to each call, by Call-ID. What is in messages is not kept, nor which keys were pressed.
struct CallTraces {
    private var events: [String: [Explanation.Event]] = [:]
    /// Of one call.
    static let most = 40

    mutating func begin(_ call: String) { events[call] = events[call] ?? [] }
    mutating func end(_ call: String) { events[call] = nil }

    /// Takes what is about a call that is known.
    mutating func note(_ call: String, _ kind: Explanation.Event.Kind, _ text: @autoclosure () -> String) {
        guard var list = events.removeValue(forKey: call) else { return }
        list.append(Explanation.Event(at: Date(), kind: kind, text: text()))
        if list.count > Self.most { list.removeFirst(list.count - Self.most) }
        events[call] = list
    }

    func latest(_ call: String) -> [Explanation.Event] { events[call] ?? [] }
}

// Why a call is as it is (`confabctl explain`).
extension Focus {
    package func explain(_ member: String, in room: String?) async throws(ControlError) -> Explanation {
        let (leg, now) = (try find(member, in: room).1, Date())
        let instant = MediaInstant.now()
        let control = await media.controlMessages(of: LegID(leg.number)).map { message in
            Explanation.Event(
                at: now.addingTimeInterval(Double(message.at.nanoseconds(since: instant)) / 1e9),
                kind: message.isSent ? .controlSent : .controlReceived, text: message.text)
        }
        // The room may have changed meanwhile.
        let (room, id) = try find(member, in: room)
        guard var detail = room.detail(of: id, .now), let call = call(of: id) else {
            throw .unknownMember(member, room: room.name)
        }
        detail.plays = filmPath(of: id)
        return Explanation(
            room: room.name, member: detail, theirs: Self.lines(call.negotiation?.remoteDescription),
            ours: Self.lines(call.negotiation?.localDescription), chosen: chosen(of: call, detail),
            problems: problems(of: call, detail, room),
            events: (traces.latest(call.callID) + control).sorted { $0.at < $1.at })
    }

    /// A member by what a person types, in one room or in all.
    private func find(_ member: String, in name: String?) throws(ControlError) -> (Room, MemberID) {
        do throws(Refusal) {
            if let name {
                let room = try registry.room(name)
                return (room, try room.resolve(member))
            }
            if let id = MemberID(member), let room = registry.room(of: id) { return (room, id) }
            var found: [(Room, MemberID)] = []
            for room in registry.allRooms {
                do throws(Refusal) { found.append((room, try room.resolve(member))) } catch {
                    if error.kind == .ambiguousMember { throw error }
                }
            }
            guard let first = found.first else {
                throw Refusal(.unknownMember, "No member \(member) in any conference")
            }
            guard found.count == 1 else {
                let rooms = found.map(\.0.name).joined(separator: ", ")
                throw Refusal(.ambiguousMember, "\(member) is in several conferences: \(rooms); name one with --room")
            }
            return first
        } catch {
            throw ControlError(error, room: name ?? "any", member: member)
        }
    }

    // MARK: What was agreed on

    /// Payload types that need no rtpmap (RFC 3551 §6).
    private static let fixedTypes = ["0": "PCMU/8000", "8": "PCMA/8000", "9": "G722/8000"]

    private static func lines(_ description: SessionDescription?) -> [String] {
        let lines = (description?.media ?? []).map { media in
            guard media.port != 0 else { return "\(media.kind.rawValue): declined" }
            let names = Dictionary(
                media.values("rtpmap").compactMap { map in
                    let parts = map.split(separator: " ", maxSplits: 1).map(String.init)
                    return parts.count == 2 ? (parts[0], parts[1]) : nil
                }, uniquingKeysWith: { first, _ in first })
            let formats = media.formats.map { names[$0] ?? Self.fixedTypes[$0] ?? "payload type \($0)" }
            let host = media.connections.first?.address ?? description?.connection?.address ?? "?"
            let direction = media.direction ?? description?.direction ?? .sendrecv
            let label = media.value("content").map { " (\($0))" } ?? ""
            return "\(media.kind.rawValue)\(label) at \(host):\(media.port), \(media.profile.rawValue), "
                + "\(direction.rawValue): \(formats.joined(separator: ", "))"
        }
        // Sixteen slots are sixteen times the same.
        var runs: [(line: String, count: Int)] = []
        for line in lines {
            if runs.last?.line == line { runs[runs.count - 1].count += 1 } else { runs.append((line, 1)) }
        }
        return runs.map { $0.count == 1 ? $0.line : "\($0.line) (\($0.count) times)" }
    }

    private func chosen(of call: FocusCall, _ detail: MemberDetail) -> [String] {
        var lines: [String] = []
        if let figures = call.figures {
            lines.append(
                "audio: \(figures.codec.label) to \(figures.remote), \(figures.packetsReceived) packets came and "
                    + "\(figures.packetsSent) went; \(Self.percent(figures.fractionLost)) lost on the way here, "
                    + "\(Self.percent(figures.remoteFractionLost)) on the way there")
            var timing = "jitter \(Int(figures.jitter.rounded())) ms, buffered \(Int(figures.bufferDelay.rounded())) ms"
            if let roundTrip = figures.roundTrip { timing += ", round trip \(Int(roundTrip.rounded())) ms" }
            lines.append(timing + ", \(Int(figures.concealed.rounded())) ms concealed")
        }
        if let video = detail.video { lines.append("video: \(video.phrase)") }
        if call.journalKey != nil { lines.append("kept over a crash of the focus") }
        return lines
    }

    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

    // MARK: What is wrong

    private func problems(of call: FocusCall, _ detail: MemberDetail, _ room: Room) -> [String] {
        var found: [String] = []
        switch detail.state {
        case .connecting: found.append("not in yet: the call is being set up")
        case .waiting: found.append("waits outside: for the PIN, or for a moderator")
        case .connected: break
        }
        if detail.muted { found.append("not heard: muted by \(detail.mutedBy ?? "somebody")") }
        if detail.held { found.append("not heard, and hears nothing where it asked for that: it holds the call") }
        if let audio = call.negotiation?.audio {
            if !audio.direction.receives { found.append("not heard: its description says that it sends no audio") }
            if !audio.direction.sends { found.append("hears nothing: its description says that it takes no audio") }
        } else if call.isEstablished {
            found.append("neither heard nor hears: no audio was agreed on")
        }
        if let figures = call.figures {
            if figures.packetsReceived == 0, !detail.held {
                found.append(
                    "not heard: no audio packet has come; look for a firewall or NAT between \(figures.remote) and here"
                )
            } else if figures.level >= 100, !detail.muted, !detail.held {
                found.append("sends silence: its own microphone is muted, or not the right one")
            }
            if figures.fractionLost > 0.03 { found.append("breaks up for others: packets are lost on the way here") }
            if figures.remoteFractionLost > 0.03 { found.append("hears breaks: packets are lost on the way there") }
            // Probes of ICE, ZRTP and NAT are none of ours, and no harm.
            let harmless: [DropReason] = [.notMedia, .probing]
            for reason in DropReason.allCases where figures.dropped[reason] > 0 && !harmless.contains(reason) {
                found.append("\(figures.dropped[reason]) packets were dropped: \(reason.label)")
            }
        }
        if room.connectedMembers.count == 1, detail.state == .connected { found.append("hears nobody: it is alone") }
        if let reason = call.videoRefusal { found.append("no video: \(reason)") }
        if let why = detail.video?.why, detail.video?.codec != nil { found.append("does not see everybody: \(why)") }
        if detail.video == nil, call.isEstablished { found.append("no video: it has not asked for any") }
        return found
    }
}
