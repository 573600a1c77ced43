// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// Rooms that are arranged beforehand.
extension ConferenceRegistry {
    /// Arranges a room, or changes what was arranged. One that stands follows at once; nobody is sent away.
    package mutating func define(
        _ definition: RoomDefinition, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try ConferencePolicy.checkName(definition.name)
        guard definition.name != policy.factoryUser, definition.name != policy.listUser else {
            throw Refusal(.invalidName, "\(definition.name) is reserved")
        }
        setDefinition(definition.name, definition)
        return follow(definition.name, now: now)
    }

    /// Forgets what was arranged. A room that stands goes on as any other.
    package mutating func undefine(_ name: String, now: ContinuousClock.Instant) throws(Refusal) -> RoomStep? {
        guard definitions[name] != nil else { throw Refusal(.unknownRoom, "No room \(name) is arranged") }
        setDefinition(name, nil)
        return follow(name, now: now)
    }

    /// A name that was cancelled before a restart answers 410 again.
    ///
    /// - Parameter date: What time it is.
    package mutating func restore(_ entry: CancelledName, now: ContinuousClock.Instant, date: Date) {
        guard rooms[entry.name] == nil else { return }
        let age = max(0, date.timeIntervalSince(entry.at))
        cancelled.insert(entry.name, by: entry.by, now: now - .seconds(age))
    }

    /// Ends rooms whose time is over.
    package mutating func closeRooms(at date: Date, now: ContinuousClock.Instant) -> [RoomStep] {
        let over = definitions.values.filter { !$0.schedule.isEmpty && rooms[$0.name] != nil && !$0.isOpen(at: date) }
        return over.map(\.name).sorted().compactMap { name in
            step(room: name, now: now) { $0.end(.timeIsUp, cause: .timeIsUp, by: nil, now: now) }
        }
    }

    func requireOpen(_ definition: RoomDefinition, _ date: Date) throws(Refusal) {
        guard !definition.isOpen(at: date) else { return }
        let opens = definition.opens(after: date).map { "opens at \($0.formatted(.iso8601))" } ?? "is over"
        throw Refusal(.notOpen, "Conference \(definition.name) \(opens)")
    }

    private mutating func follow(_ name: String, now: ContinuousClock.Instant) -> RoomStep? {
        let settings = policy.room.with(definitions[name])
        return step(room: name, now: now) { $0.reconfigure(settings, now: now) }
    }
}
