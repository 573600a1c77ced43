// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import Logging

// What operators may do (`confabctl`). Each command is the room's own verb, by an operator's rank.
extension Focus: ConferenceControl {
    package func version() -> VersionInfo {
        VersionInfo(program: "confabd", version: Release.version, api: 1)
    }

    package func rooms() -> [RoomSummary] {
        let place = placeForOperators
        return registry.allRooms.map { dialable($0.summary(.now), at: place) }
    }

    package func room(_ name: String) throws(ControlError) -> RoomDetail {
        var detail = try find(name).detail(.now)
        detail.summary = dialable(detail.summary, at: placeForOperators)
        return detail
    }

    package func create(_ room: String, by operatorName: String) throws(ControlError) -> RoomSummary {
        do throws(Refusal) {
            perform(try registry.create(room, by: .operatorNamed(operatorName), now: .now))
        } catch {
            throw ControlError(error, room: room)
        }
        audit("create", room: room, target: nil, by: operatorName)
        return dialable(try find(room).summary(.now), at: placeForOperators)
    }

    package func cancel(_ room: String, by operatorName: String) throws(ControlError) -> [MemberDetail] {
        let members = try find(room).detail(.now).members
        do throws(Refusal) {
            if let step = try registry.cancel(room, by: .operatorNamed(operatorName), now: .now) { perform(step) }
        } catch {
            throw ControlError(error, room: room)
        }
        audit("cancel", room: room, target: nil, by: operatorName)
        return members
    }

    package func kick(
        _ member: String, from room: String, by operatorName: String
    ) throws(ControlError) -> MemberDetail {
        let before = try find(member, in: room)
        let gone = try command(member, in: room, before) { id throws(Refusal) in
            try registry.kick(id, from: room, by: .operatorNamed(operatorName), now: .now)
        }
        audit("kick", room: room, target: gone.uri, by: operatorName)
        return gone
    }

    package func mute(_ member: String, in room: String, by operatorName: String) throws(ControlError) -> MemberDetail {
        try setMuted(member, true, in: room, by: operatorName)
    }

    package func unmute(
        _ member: String, in room: String, by operatorName: String
    ) throws(ControlError) -> MemberDetail {
        try setMuted(member, false, in: room, by: operatorName)
    }

    package func muteAll(in room: String, by operatorName: String) throws(ControlError) -> RoomSummary {
        do throws(Refusal) {
            if let step = try registry.muteAll(in: room, by: .operatorNamed(operatorName), now: .now) { perform(step) }
        } catch {
            throw ControlError(error, room: room)
        }
        audit("mute-all", room: room, target: nil, by: operatorName)
        return summary(of: try find(room))
    }

    package func ban(
        _ member: String, from room: String, by operatorName: String
    ) throws(ControlError) -> MemberDetail {
        let before = try find(member, in: room)
        let gone = try command(member, in: room, before) { id throws(Refusal) in
            try registry.ban(id, from: room, by: .operatorNamed(operatorName), now: .now)
        }
        audit("ban", room: room, target: gone.uri, by: operatorName)
        return gone
    }

    package func lowerHand(
        of member: String, in room: String, by operatorName: String
    ) throws(ControlError) -> MemberDetail {
        let before = try find(member, in: room)
        _ = try command(member, in: room, before) { id throws(Refusal) in
            try registry.raiseHand(false, of: id, in: room, by: .operatorNamed(operatorName), now: .now)
        }
        audit("lower-hand", room: room, target: before.1.uri, by: operatorName)
        return try find("\(before.0)", in: room).1
    }

    package func lock(_ room: String, by operatorName: String) throws(ControlError) -> RoomSummary {
        try setLocked(room, true, by: operatorName)
    }

    package func unlock(_ room: String, by operatorName: String) throws(ControlError) -> RoomSummary {
        try setLocked(room, false, by: operatorName)
    }

    package func showVideo(
        _ mode: VideoMode, in room: String, by operatorName: String
    ) throws(ControlError) -> RoomSummary {
        do throws(Refusal) {
            let step = try registry.showVideo(mode, in: room, by: .operatorNamed(operatorName), now: .now)
            if let step { perform(step) }
        } catch {
            throw ControlError(error, room: room)
        }
        return dialable(try find(room).summary(.now), at: placeForOperators)
    }

    package func events(room: String?) -> AsyncStream<ConferenceEvent> {
        feed.subscribe(room: room)
    }

    // MARK: Parts

    func summary(of room: Room) -> RoomSummary { dialable(room.summary(.now), at: placeForOperators) }

    private func dialable(_ summary: RoomSummary, at place: RoomPlace?) -> RoomSummary {
        var summary = summary
        summary.uri = place?.uri(summary.name)
        summary.recording = recordingState(of: summary.name)
        return summary
    }

    private func find(_ name: String) throws(ControlError) -> Room {
        do throws(Refusal) { return try registry.room(name) } catch { throw ControlError(error, room: name) }
    }

    private func find(_ member: String, in room: String) throws(ControlError) -> (MemberID, MemberDetail) {
        let found = try find(room)
        do throws(Refusal) {
            let id = try found.resolve(member)
            guard let detail = found.detail(of: id, .now) else { throw Refusal(.unknownMember, member) }
            return (id, detail)
        } catch {
            throw ControlError(error, room: room, member: member)
        }
    }

    private func setMuted(
        _ member: String, _ mutes: Bool, in room: String, by operatorName: String
    ) throws(ControlError) -> MemberDetail {
        let before = try find(member, in: room)
        _ = try command(member, in: room, before) { id throws(Refusal) in
            try registry.mute(id, mutes, in: room, by: .operatorNamed(operatorName), now: .now)
        }
        audit(mutes ? "mute" : "unmute", room: room, target: before.1.uri, by: operatorName)
        return try find("\(before.0)", in: room).1
    }

    private func setLocked(
        _ room: String, _ locks: Bool, by operatorName: String
    ) throws(ControlError) -> RoomSummary {
        do throws(Refusal) {
            if let step = try registry.lock(room, locks, by: .operatorNamed(operatorName), now: .now) { perform(step) }
        } catch {
            throw ControlError(error, room: room)
        }
        audit(locks ? "lock" : "unlock", room: room, target: nil, by: operatorName)
        return dialable(try find(room).summary(.now), at: placeForOperators)
    }

    private func command(
        _ member: String, in room: String, _ before: (MemberID, MemberDetail),
        _ verb: (MemberID) throws(Refusal) -> RoomStep?
    ) throws(ControlError) -> MemberDetail {
        do throws(Refusal) {
            if let step = try verb(before.0) { perform(step) }
        } catch {
            throw ControlError(error, room: room, member: member)
        }
        return before.1
    }
}
