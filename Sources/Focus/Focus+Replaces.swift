// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import SIP

// INVITE with Replaces (RFC 3891): an attended transfer brings somebody into a room in place of a member's call. Where
// a member asks the room itself to bring somebody in (RFC 4579 §5.10), the INVITE is ours: `CallTerms.replaces`.
extension Focus {
    static let replacesOption = "replaces"

    /// What came of looking for the call that an INVITE takes the place of.
    enum Replacement {
        case none
        case call(FocusCall, MemberStanding)
        /// There is no such call, or not here (RFC 3891 §3).
        case refused(Int)
    }

    func replacement(in request: SIPRequest, over flow: Flow) -> Replacement {
        let fields = request.headers.all("Replaces")
        guard let field = fields.first, recovering == nil else { return .none }
        guard fields.count == 1 else { return .refused(400) }
        guard let call = endpoint.core.session(replacedBy: field).flatMap({ calls[$0] }), call.isEstablished,
            roomName(of: request, over: flow, in: nil) == call.roomName,
            var standing = registry.room(of: call.member)?.standing(of: call.member)
        else { return .refused(481) }
        if field.lowercased().contains(";early-only") { return .refused(486) }
        // It takes a place, not rights; what others have done to who sat there stays.
        standing.isCreator = false
        standing.grant = nil
        standing.handIsRaised = false
        (standing.volume, standing.hearing) = (0, 0)
        return .call(call, standing)
    }

    /// The new call stands: the old one ends.
    func finishReplacement(of id: SessionID) {
        guard let replaced = calls[id]?.replaces, let member = calls[id]?.member else { return }
        calls[id]?.replaces = nil
        if let step = registry.restore(member, replaced.standing, now: .now) { perform(step) }
        guard let old = calls[replaced.session], let room = registry.room(of: old.member) else { return }
        do throws(Refusal) {
            try command(.kick(.named(old.member.description)), in: room.name, by: .member(old.member))
        } catch {
            logger.warning("replaced call stays", metadata: metadata(old, ["reason": "\(error.text)"]))
        }
    }
}

extension SIPURI {
    /// The call that whoever is called by this URI is to give up for the new one; nil where none is named.
    var replaces: String? {
        guard let field = header("Replaces"), DialogID(replaces: field) != nil else { return nil }
        return field
    }
}
