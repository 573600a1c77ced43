// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials
import Logging

// Rooms that are arranged beforehand: by the configuration, which goes first, and by operators (`confabctl room`).
extension Focus {
    /// Takes over what is arranged now.
    func defineRooms() {
        let configured = Set(configuration.conference.rooms.map(\.name))
        // One that merely stands is not arranged: anybody's room has the same rules.
        let wanted =
            configuration.conference.rooms
            + keptRooms.filter { !configured.contains($0.name) && $0.isArranged }
        let gone = Set(registry.definitions.keys).subtracting(wanted.map(\.name))
        for name in gone.sorted() {
            do throws(Refusal) {
                if let step = try registry.undefine(name, now: .now) { perform(step) }
            } catch {
                logger.warning("room stays arranged", metadata: metadata(room: name, ["reason": "\(error.text)"]))
            }
        }
        for definition in wanted where registry.definitions[definition.name] != definition {
            do throws(Refusal) {
                if let step = try registry.define(definition, now: .now) { perform(step) }
            } catch {
                logger.error(
                    "room not arranged", metadata: metadata(room: definition.name, ["reason": "\(error.text)"]))
            }
        }
        readPromptsOfRooms()
    }

    /// Opens again what stood before a restart.
    func openStandingRooms() {
        for room in keptRooms where room.stands == true {
            do throws(Refusal) {
                perform(try registry.create(room.name, by: .focus, now: .now))
            } catch {
                logger.error("room not opened", metadata: metadata(room: room.name, ["reason": "\(error.text)"]))
            }
        }
    }

    /// A room that an operator made stands after a restart too.
    func keepStanding(_ name: String) {
        var room = keptRooms.first { $0.name == name } ?? RoomDefinition(name: name)
        room.stands = true
        keep(room)
    }

    func forgetStanding(_ name: String) {
        guard var room = keptRooms.first(where: { $0.name == name && $0.stands == true }) else { return }
        room.stands = nil
        if room != RoomDefinition(name: name) { return keep(room) }
        keptRooms.removeAll { $0.name == name }
        store.keep(.roomRemoved(name))
    }

    private func keep(_ room: RoomDefinition) {
        keptRooms.removeAll { $0.name == room.name }
        keptRooms.append(room)
        store.keep(.room(room))
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
        var definition = definition
        definition.stands = keptRooms.first { $0.name == definition.name }?.stands
        keep(definition)
        readPromptsOfRooms()
        audit("room-set", room: definition.name, by: operatorName)
        return definition
    }

    package func forgetRoom(_ name: String, by operatorName: String) throws(ControlError) {
        try requireOurs(name)
        do throws(Refusal) {
            if let step = try registry.undefine(name, now: .now) { perform(step) }
        } catch {
            throw ControlError(error, room: name)
        }
        let stands = keptRooms.first { $0.name == name }?.stands == true
        keptRooms.removeAll { $0.name == name }
        store.keep(.roomRemoved(name))
        if stands { keepStanding(name) }
        audit("room-remove", room: name, by: operatorName)
    }

    private func requireOurs(_ name: String) throws(ControlError) {
        guard !configuration.conference.rooms.contains(where: { $0.name == name }) else {
            throw .conflict("Room \(name) stands in the configuration file: change it there, and send SIGHUP")
        }
    }
}
