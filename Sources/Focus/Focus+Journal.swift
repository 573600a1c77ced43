// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Logging
import RTP
import SDP
import SIP

// Calls outlive a crash: each is written down as it stands, and a focus that starts takes up what it finds. It answers the same INVITE
// in the same way once more, on the same ports, without sending that, and goes on.
extension Focus {
    /// What was written down longer ago is not taken up, seconds: the other side has long given up.
    private static let longestAge: TimeInterval = 86_400
    /// How far the numbers of our requests go on: nobody knows how many were sent.
    private static let sequenceGap: UInt32 = 100_000

    private static func sequence(after entry: CallJournal) -> UInt32 {
        // RFC 3261 §8.1.1.5: under 2^31.
        min(entry.sequence ?? 0, 1 << 30) + sequenceGap
    }

    /// Writes down how a call stands.
    func journal(_ id: SessionID) {
        guard store.isLasting, let call = calls[id], call.isEstablished, let session = endpoint.core.session(id),
            let dialog = session.dialog, let invite = call.invite ?? invitation(of: call, in: dialog),
            let room = registry.room(of: call.member),
            let standing = room.standing(of: call.member), let identity = room.identity(of: call.member)
        else { return }
        let key = dialog.id.description
        calls[id]?.journalKey = key
        let audio = call.negotiation.map { [UInt16(truncatingIfNeeded: $0.local.rtpPort)] } ?? []
        let video = call.video?.transports.sorted { $0.key < $1.key }.map(\.value.number) ?? []
        var entry = CallJournal(
            key: key, room: call.roomName, roomID: room.id, home: registry.homes[call.member], invite: Data(invite),
            localTag: dialog.id.localTag, flow: StoredFlow(call.flow), ports: audio + video,
            offer: call.lastOffer.map { Data($0) },
            identity: identity, standing: standing, established: Date())
        entry.sequence = dialog.localSequence
        entry.member = call.member
        let clock = WallClock.now
        entry.admitted = room.times(of: call.member).map { clock.date($0.admitted) }
        entry.connected = room.times(of: call.member)?.connected.map(clock.date)
        store.keep(.journal(entry))
    }

    /// The INVITE that the peer could have sent, where we called it or made the offer: with its answer for an offer, the same dialog comes of
    /// it and the same streams.
    private func invitation(of call: FocusCall, in dialog: Dialog) -> [UInt8]? {
        guard let theirs = call.negotiation?.remoteDescription,
            let room = try? SIPURI(parsing: call.place.uri(call.roomName))
        else { return nil }
        var own = dialog.localParty
        own.tag = nil
        let transport = call.flow.kind == .tcp ? "TCP" : "UDP"
        var invite = SIPRequest(
            method: .invite, uri: room,
            headers: [
                "Via": "SIP/2.0/\(transport) \(call.flow.remote);branch=z9hG4bKrestored\(dialog.id.localTag)",
                "Max-Forwards": "70", "From": dialog.remoteParty.description, "To": own.description,
                "Call-ID": dialog.id.callID,
                "CSeq": CSeq(number: dialog.remoteSequence ?? 0, method: .invite).description,
                "Contact": "<\(dialog.remoteTarget)>",
                "Allow": "INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE" + (call.takesINFO ? ", INFO" : ""),
                // Whoever has refreshed the session so far, from now on it is us.
                "Supported": "timer",
                "Session-Expires": "\(configuration.sip.sessionExpires.components.seconds);refresher=uas",
                "Content-Type": "application/sdp",
            ], body: Array(theirs.serialized()))
        for route in dialog.routeSet { invite.headers.add("Record-Route", route.description) }
        if call.readsCPIM { invite.headers.add("Accept", CPIMMessage.contentType) }
        return invite.serialized()
    }

    /// Writes down anew what a change of the roster was about.
    func journal(_ subject: RosterChange.Subject, in name: String) {
        guard store.isLasting else { return }
        switch subject {
        case .updated(let member): if let id = sessions[member] { journal(id) }
        case .joined(let member):
            // Who waited does so no more.
            if let id = sessions[member], calls[id]?.journalKey != nil { journal(id) }
        case .room, .left: break
        }
    }

    /// Writes down anew what a room is, or that it is over.
    func journalRoom(_ name: String) {
        guard store.isLasting, recovering == nil else { return }
        let journal = (try? registry.room(name))?.journal
        guard journal != roomJournals[name] else { return }
        roomJournals[name] = journal
        store.keep(journal.map(StoreEntry.roomJournal) ?? .roomJournalEnded(name: name))
    }

    /// Takes up what an earlier focus has left: who leads the meeting first, for others may wait for it.
    func recoverCalls() {
        let left = keptCalls.sorted { left, right in
            func order(_ entry: CallJournal) -> Int { entry.isCreator ? 0 : entry.grant == .moderator ? 1 : 2 }
            let (here, there) = (left.admitted ?? left.established, right.admitted ?? right.established)
            return (order(left), here) < (order(right), there)
        }
        keptCalls = []
        let taken = left.compactMap { entry in recover(entry).map { (member: $0, entry: entry) } }
        recoverRooms(taken)
        guard !left.isEmpty else { return }
        for name in recordings.keys { tellAll(in: name, "This conference is being recorded again.") }
        for film in left where film.identity.source == Self.filmParameter {
            let name = film.identity.displayName ?? "The film"
            tellAll(in: film.room, "\(name) is not played any more: the conference server was restarted.")
        }
        logger.notice(
            "calls taken up again", metadata: ["calls": "\(taken.count)", "left": "\(left.count - taken.count)"])
    }

    /// Rooms are what they were, and who was taken from one to another may go back.
    private func recoverRooms(_ taken: [(member: MemberID, entry: CallJournal)]) {
        var successors: [RoomID: RoomID] = [:]
        for (member, entry) in taken {
            if let former = entry.roomID, let room = registry.room(of: member) { successors[former] = room.id }
        }
        for journal in keptRoomJournals {
            if let step = registry.restore(journal, successors: successors, now: .now) {
                perform(step)
            } else if roomJournals[journal.name] == nil {
                store.keep(.roomJournalEnded(name: journal.name))
            }
        }
        keptRoomJournals = []
        for (member, entry) in taken {
            if let home = entry.home { registry.restore(home, of: member, successors: successors) }
        }
        for name in Set(taken.map(\.entry.room)) { journalRoom(name) }
        // Rooms have other numbers now.
        for (member, _) in taken { if let id = sessions[member] { journal(id) } }
    }

    /// - Returns: who it is of, where it goes on.
    private func recover(_ entry: CallJournal) -> MemberID? {
        store.keep(.journalEnded(key: entry.key))
        guard case .message(.request(let invite)) = SIPParser.parse(Array(entry.invite)) else { return nil }
        let flow = Flow(entry.flow)
        // Nobody could stop a film whose program is not ours any more.
        guard Date().timeIntervalSince(entry.established) < Self.longestAge,
            entry.identity.source != Self.filmParameter
        else {
            sayGoodbye(to: invite, entry, over: flow)
            return nil
        }
        recovering = entry
        ports.pinned = entry.ports
        defer {
            recovering = nil
            ports.pinned = []
        }
        let id = withCore { core, now in core.restore(invite, localTag: entry.localTag, over: flow, now: now) }
        guard let id, let member = calls[id]?.member else {
            sayGoodbye(to: invite, entry, over: flow)
            return nil
        }
        withCore { core, now in core.confirmRestored(id, sequence: Self.sequence(after: entry), now: now) }
        guard calls[id]?.isEstablished == true else {
            sayGoodbye(to: invite, entry, over: flow)
            return nil
        }
        if let offer = entry.offer { renegotiate(id, offer: Array(offer)) }
        let clock = WallClock.now
        let admitted = clock.instant(entry.admitted ?? entry.established)
        let step = registry.restore(
            member, entry.standing, admitted: admitted, connected: entry.connected.map(clock.instant),
            now: clock.instant)
        if let step { perform(step) }
        return calls[id] == nil ? nil : member
    }

    /// BYE to who cannot be taken up: it need not wait for what will not come.
    private func sayGoodbye(to invite: SIPRequest, _ entry: CallJournal, over flow: Flow) {
        logger.warning(
            "call not taken up",
            metadata: metadata(
                callID: invite.callID, room: entry.room, member: entry.member,
                ["identity": "\(entry.identity.uri)"]))
        let clock = WallClock.now
        let isOld = clock.date.timeIntervalSince(entry.established) >= Self.longestAge
        keep(
            CallRecord(
                room: entry.room, roomID: .over, member: entry.member ?? MemberID(0), identity: entry.identity,
                callID: invite.callID ?? "", userAgent: invite.headers.first("User-Agent"),
                admitted: clock.instant(entry.admitted ?? entry.established),
                established: entry.connected.map(clock.instant),
                // When one of long ago ended nobody knows: it was so long at the least.
                ended: isOld ? clock.instant(entry.established) : clock.instant, cause: .focusRestarted, media: nil))
        guard var dialog = Dialog(server: invite, localTag: entry.localTag) else { return }
        dialog.confirm()
        dialog.skip(to: Self.sequence(after: entry))
        var bye = dialog.makeRequest(.bye)
        bye.headers.set("Reason", SIPReason(cause: 503, text: "The conference server was restarted").description)
        let route = RequestRoute.flow(flow, otherwise: FlowTarget(dialog.nextHop))
        _ = withCore { core, now in core.request(outOfDialog: OutOfDialogRequest(bye, route: route), now: now) }
    }
}
