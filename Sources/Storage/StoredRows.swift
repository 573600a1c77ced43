// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials
package import GRDB

/// A record of which the newest stands.
package protocol ReplacingRecord: PersistableRecord {}

extension ReplacingRecord {
    package static var persistenceConflictPolicy: PersistenceConflictPolicy {
        .init(insert: .replace, update: .replace)
    }
}

extension UserAccount: FetchableRecord, ReplacingRecord {
    package static var databaseTableName: String { "user" }
}

extension ChatMessage: FetchableRecord, PersistableRecord {
    package static var databaseTableName: String { "chat" }
}

extension AuditEntry: FetchableRecord, PersistableRecord {
    package static var databaseTableName: String { "audit" }
}

extension CancelledName: FetchableRecord, ReplacingRecord {
    package static var databaseTableName: String { "cancelled" }
}

extension StoredFile: FetchableRecord, ReplacingRecord {
    package static var databaseTableName: String { "file" }
}

extension StoredCall: FetchableRecord, PersistableRecord {
    package static var databaseTableName: String { "call" }
}

/// A room's row.
private struct StoredRoom: Codable, FetchableRecord, ReplacingRecord {
    static var databaseTableName: String { "room" }

    var name: String
    var definition: RoomDefinition
}

/// A call's row.
private struct StoredJournal: Codable, FetchableRecord, ReplacingRecord {
    static var databaseTableName: String { "journal" }

    var key: String
    var entry: CallJournal
}

/// A room's row while it stands.
private struct StoredRoomJournal: Codable, FetchableRecord, ReplacingRecord {
    static var databaseTableName: String { "roomJournal" }

    var name: String
    var entry: RoomJournal
}

/// Where an account can be called.
private struct StoredPlaces: Codable, FetchableRecord, ReplacingRecord {
    static var databaseTableName: String { "places" }

    var user: String
    var places: [StoredPlace]
}

extension TableRecord {
    /// The records that a query means, the latest first.
    static func matching(_ query: RecordQuery, time: Column) -> QueryInterfaceRequest<Self> {
        var request = order(time.desc, Column("id").desc).limit(max(1, query.limit), offset: query.offset)
        if let room = query.room { request = request.filter(Column("room") == room) }
        if let since = query.since { request = request.filter(time >= since) }
        if let until = query.until { request = request.filter(time < until) }
        return request
    }
}

/// Changes to rows, and rows to what a focus begins with.
enum StoredRows {
    /// Cancelled names that are kept.
    private static let mostCancelled = 10_000

    static func write(_ entry: StoreEntry, to database: Database) throws {
        switch entry {
        case .user(let account): try account.insert(database)
        case .userRemoved(let name): try UserAccount.deleteOne(database, key: name)
        case .room(let definition): try StoredRoom(name: definition.name, definition: definition).insert(database)
        case .roomRemoved(let name): try StoredRoom.deleteOne(database, key: name)
        case .chat(let message): try message.insert(database)
        case .chatEnded(let room):
            try database.execute(sql: "UPDATE chat SET ended = 1 WHERE room = ? AND NOT ended", arguments: [room])
        case .call(let record, let clock): try StoredCall(record, clock).insert(database)
        case .journal(let entry): try StoredJournal(key: entry.key, entry: entry).insert(database)
        case .journalEnded(let key): try StoredJournal.deleteOne(database, key: key)
        case .roomJournal(let entry): try StoredRoomJournal(name: entry.name, entry: entry).insert(database)
        case .roomJournalEnded(let name): try StoredRoomJournal.deleteOne(database, key: name)
        case .places(let user, let places):
            if places.isEmpty {
                try StoredPlaces.deleteOne(database, key: user)
            } else {
                try StoredPlaces(user: user, places: places).insert(database)
            }
        case .audit(let entry): try entry.insert(database)
        case .cancelled(let name):
            try name.insert(database)
            // Anybody may create rooms and cancel them.
            try database.execute(
                sql: "DELETE FROM cancelled WHERE at < (SELECT at FROM cancelled ORDER BY at DESC LIMIT 1 OFFSET ?)",
                arguments: [mostCancelled])
        case .cancelledFreed(let name): try CancelledName.deleteOne(database, key: name)
        case .file(let file): try file.insert(database)
        case .fileRemoved(let id): try StoredFile.deleteOne(database, key: id)
        }
    }

    /// - Parameter count: latest messages of each room.
    static func contents(_ database: Database, chat count: Int) throws -> StoreContents {
        var contents = StoreContents()
        contents.users = try UserAccount.order(Column("name")).fetchAll(database)
        contents.rooms = try StoredRoom.order(Column("name")).fetchAll(database).map(\.definition)
        contents.journal = try StoredJournal.fetchAll(database).map(\.entry)
        contents.roomJournal = try StoredRoomJournal.fetchAll(database).map(\.entry)
        for row in try StoredPlaces.fetchAll(database) { contents.places[row.user] = row.places }
        contents.cancelled = try CancelledName.order(Column("at")).fetchAll(database)
        contents.files = try StoredFile.order(Column("number")).fetchAll(database)
        let messages = try ChatMessage.fetchCursor(
            database,
            sql: """
                SELECT * FROM (
                    SELECT *, ROW_NUMBER() OVER (PARTITION BY room ORDER BY number DESC) AS age
                    FROM chat WHERE NOT ended
                ) WHERE age <= ? ORDER BY room, number
                """, arguments: [count])
        while let message = try messages.next() { contents.chat[message.room, default: []].append(message) }
        return contents
    }
}
