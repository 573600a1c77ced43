// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Logging
import MediaServer
import SDP
import SIP

// Members who go to another room: their calls stay. Media goes on from the same ports, by names of its own; a re-INVITE says which
// conference it is now (its Contact), and its offer what those names are. A phone has nothing to do but to answer that, as it does to any.
extension Focus {
    /// - Returns: false where the member is there already.
    func move(_ member: MemberID, to room: String, by requester: Requester) throws(Refusal) -> Bool {
        let relocation = try registry.move(member, to: room, by: requester, now: .now, date: Date())
        if let relocation { perform(relocation) }
        return relocation != nil
    }

    /// Who could not be moved stays where it is; the log says why.
    ///
    /// - Returns: who was moved.
    func breakout(_ room: String, into count: Int?) throws(Refusal) -> [MemberID] {
        var moved: [MemberID] = []
        for (member, destination) in try registry.breakout(room, into: count) {
            do throws(Refusal) {
                if try move(member, to: destination, by: .focus) { moved.append(member) }
            } catch {
                logger.warning(
                    "member not moved",
                    metadata: metadata(
                        of: member, in: registry.room(of: member)?.name ?? room,
                        ["to": "\(destination)", "reason": "\(error.text)"]))
            }
        }
        return moved
    }

    private func perform(_ relocation: Relocation) {
        let (member, room) = (relocation.member, relocation.entering.name)
        guard let id = sessions[member] else { return }
        // First of all: whatever is told from now on is about the new room.
        roster.moved(id, to: room)
        perform(relocation.leaving)
        calls[id]?.room = relocation.entering.room
        calls[id]?.roomName = room
        rename(id)
        endpoint.core.setContact(id, ContactIdentity(user: ConferenceAddress.escaped(room), isFocus: true))
        perform(relocation.entering)
        say(.moved, to: member)
        tell(member, "You are in conference \(room) now.")
        offerFromHere(id)
        journal(id)
    }

    /// Takes the leg out of its room, both ways at once, but keeps its ports.
    func detachMedia(_ id: SessionID) {
        guard var call = calls[id] else { return }
        if call.video?.isOpen == true { media.setVideo(call.leg, VideoSetup(lines: [], sockets: [:])) }
        call.video?.isOpen = false
        call.video?.presents = false
        for number in call.video.map({ Array($0.transports.keys) }) ?? [] {
            call.video?.transports[number]?.areOpen = false
        }
        if call.legIsOpen { media.close(call.leg) }
        call.legIsOpen = false
        call.figures = nil
        calls[id] = call
    }

    /// Another room's stream is another stream (RFC 3550 §8.1): numbers and times begin anew, and so does its name.
    private func rename(_ id: SessionID) {
        guard var call = calls[id] else { return }
        call.wire.ssrc = .random(in: 1 ... .max)
        call.negotiation?.local.ssrc = call.wire.ssrc
        for role in call.video.map({ Array($0.lines.keys) }) ?? [] {
            let (ssrc, again) = (UInt32.random(in: 1 ... .max), UInt32.random(in: 1 ... .max))
            call.video?.lines[role]?.wire.ssrc = ssrc
            call.video?.lines[role]?.wire.retransmissionSSRC = again
            call.negotiation?.localVideo[role]?.media.ssrc = ssrc
            call.negotiation?.localVideo[role]?.media.retransmissionSSRC = again
        }
        calls[id] = call
    }

    func offerFromHere(_ id: SessionID) {
        guard let offer = calls[id]?.negotiation?.makeOffer() else { return }
        withCore { core, now in core.modify(id, offer: offer.serialized(), now: now) }
    }
}
