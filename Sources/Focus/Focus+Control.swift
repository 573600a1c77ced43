// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import Logging
import SIP

// What operators see and do (`confabctl`).
extension Focus: ConferenceControl {
    package func version() -> VersionInfo {
        VersionInfo(
            program: "confabd", version: Release.version, api: Release.operatorAPI,
            hasAccounts: configuration.auth.mode == .users,
            hasRecordings: configuration.recording.folder != nil)
    }

    package func rooms() -> [RoomSummary] {
        let place = placeForOperators
        return registry.allRooms.map { dialable($0.summary(.now), at: place) }
    }

    package func room(_ name: String) throws(ControlError) -> RoomDetail {
        var detail = try find(name).detail(.now)
        detail.summary = dialable(detail.summary, at: placeForOperators)
        for index in detail.members.indices where !films.isEmpty {
            detail.members[index].plays = MemberID(detail.members[index].id).flatMap(filmPath)
        }
        return detail
    }

    package func create(_ room: String, by operatorName: String) throws(ControlError) -> RoomSummary {
        do throws(Refusal) {
            perform(try registry.create(room, by: .operatorNamed(operatorName), now: .now))
        } catch {
            throw ControlError(error, room: room)
        }
        keepStanding(room)
        audit("create", room: room, by: operatorName)
        return dialable(try find(room).summary(.now), at: placeForOperators)
    }

    package func command(
        _ command: RoomCommand, in room: String, by operatorName: String
    ) async throws(ControlError) -> CommandOutcome {
        do throws(Refusal) {
            let hops: [FlowTarget]? =
                if case .invite(let address) = command { try await resolveHost(of: address) } else { nil }
            let terms = CallTerms(found: hops.map { FoundHosts.Value.success($0) })
            var outcome = try self.command(command, in: room, by: .operatorNamed(operatorName), terms)
            if let film = outcome.film {
                do throws(Refusal) {
                    let member = try await awaitFilm(film)
                    outcome.member = try registry.room(room).detail(of: member, .now)
                } catch {
                    audit(command.word, room: room, target: command.value, by: operatorName, "failed")
                    throw error
                }
            }
            return outcome
        } catch {
            throw ControlError(error, room: room, member: command.target?.name)
        }
    }

    package func events(room: String?) -> AsyncStream<ConferenceEvent> {
        feed.subscribe(room: room)
    }

    // MARK: Parts

    func summary(of room: Room) -> RoomSummary { dialable(room.summary(.now), at: placeForOperators) }

    private func dialable(_ summary: RoomSummary, at place: RoomPlace?) -> RoomSummary {
        var summary = summary
        summary.uri = place?.uri(summary.name)
        return summary
    }

    private func find(_ name: String) throws(ControlError) -> Room {
        do throws(Refusal) { return try registry.room(name) } catch { throw ControlError(error, room: name) }
    }
}
