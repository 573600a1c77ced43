// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials
import Logging

// Rooms that are arranged beforehand: by the configuration, which goes first, and by operators (`confabctl room`).
extension Focus {
    /// Takes over what is arranged now.
    func defineRooms() {
        let configured = Set(configuration.conference.rooms.map(\.name))
        let wanted = configuration.conference.rooms + keptRooms.filter { !configured.contains($0.name) }
        let gone = Set(registry.definitions.keys).subtracting(wanted.map(\.name))
        do throws(Refusal) {
            for name in gone.sorted() { if let step = try registry.undefine(name, now: .now) { perform(step) } }
        } catch {
            logger.warning("room stays arranged", metadata: ["reason": "\(error.text)"])
        }
        for definition in wanted where registry.definitions[definition.name] != definition {
            do throws(Refusal) {
                if let step = try registry.define(definition, now: .now) { perform(step) }
            } catch {
                logger.error("room not arranged", metadata: ["room": "\(definition.name)", "reason": "\(error.text)"])
            }
        }
    }

    package func arrangedRooms() -> [RoomDefinition] { registry.definitions.values.sorted { $0.name < $1.name } }

    package func arrange(
        _ definition: RoomDefinition, by operatorName: String
    ) throws(ControlError) -> RoomDefinition {
        try requireOurs(definition.name)
        if let problem = definition.problem { throw .invalid(problem) }
        do throws(Refusal) {
            if let step = try registry.define(definition, now: .now) { perform(step) }
        } catch {
            throw ControlError(error, room: definition.name)
        }
        keptRooms.removeAll { $0.name == definition.name }
        keptRooms.append(definition)
        store.keep(.room(definition))
        audit("room-set", room: definition.name, target: nil, by: operatorName)
        return definition
    }

    package func forgetRoom(_ name: String, by operatorName: String) throws(ControlError) {
        try requireOurs(name)
        do throws(Refusal) {
            if let step = try registry.undefine(name, now: .now) { perform(step) }
        } catch {
            throw ControlError(error, room: name)
        }
        keptRooms.removeAll { $0.name == name }
        store.keep(.roomRemoved(name))
        audit("room-remove", room: name, target: nil, by: operatorName)
    }

    package func giveRole(
        _ role: MemberRole, to member: String, in room: String, by operatorName: String
    ) throws(ControlError) -> MemberDetail {
        do throws(Refusal) {
            let id = try registry.room(room).resolve(member)
            let step = try registry.giveRole(role, to: id, in: room, by: .operatorNamed(operatorName), now: .now)
            if let step { perform(step) }
            audit("role \(role.rawValue)", room: room, target: member, by: operatorName)
            guard let detail = try registry.room(room).detail(of: id, .now) else {
                throw Refusal(.unknownMember, member)
            }
            return detail
        } catch {
            throw ControlError(error, room: room, member: member)
        }
    }

    private func requireOurs(_ name: String) throws(ControlError) {
        guard !configuration.conference.rooms.contains(where: { $0.name == name }) else {
            throw .conflict("Room \(name) stands in the configuration file: change it there, and send SIGHUP")
        }
    }

    /// Writes down what an operator did.
    func audit(_ command: String, room: String?, target: String?, by operatorName: String) {
        store.keep(
            .audit(
                AuditEntry(
                    at: Date(), actor: "operator \(operatorName)", room: room, command: command, target: target,
                    outcome: "done")))
    }
}
