// SPDX-License-Identifier: GPL-3.0-or-later
import GRDB

/// The tables, as they came to be. A migration that has been released is never changed: what is new is a new one.
enum Schema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: users, rooms, chat, calls, audit") { try first($0) }
        migrator.registerMigration("2: journal of calls") { database in
            try database.create(table: "journal") { table in
                table.primaryKey("key", .text)
                table.column("entry", .text).notNull()
            }
        }
        migrator.registerMigration("3: cancelled names") { database in
            try database.create(table: "cancelled") { table in
                table.primaryKey("name", .text)
                table.column("by", .text).notNull()
                table.column("at", .datetime).notNull().indexed()
            }
        }
        migrator.registerMigration("4: shared files") { database in
            try database.create(table: "file") { table in
                table.primaryKey("id", .text)
                table.column("name", .text).notNull()
                table.column("type", .text).notNull()
                table.column("bytes", .integer).notNull()
                table.column("path", .text).notNull()
                table.column("room", .text).notNull()
                table.column("number", .integer).notNull()
            }
        }
        migrator.registerMigration("5: journal of rooms") { database in
            try database.create(table: "roomJournal") { table in
                table.primaryKey("name", .text)
                table.column("entry", .text).notNull()
            }
        }
        migrator.registerMigration("6: registrations") { database in
            try database.create(table: "places") { table in
                table.primaryKey("user", .text)
                table.column("places", .text).notNull()
            }
            // Written in another form since: a call of a version before is not taken up.
            try database.execute(sql: "DELETE FROM journal")
        }
        return migrator
    }()

    private static func first(_ database: Database) throws {
        try database.create(table: "user") { table in
            table.primaryKey("name", .text)
            table.column("displayName", .text)
            table.column("realm", .text).notNull()
            table.column("md5", .text).notNull()
            table.column("sha256", .text).notNull()
            table.column("created", .datetime).notNull()
        }
        try database.create(table: "room") { table in
            table.primaryKey("name", .text)
            // As JSON: a definition is read and written whole.
            table.column("definition", .text).notNull()
        }
        try database.create(table: "chat") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("room", .text).notNull()
            table.column("number", .integer).notNull()
            table.column("sent", .datetime).notNull().indexed()
            table.column("sender", .text).notNull()
            table.column("senderName", .text).notNull()
            table.column("recipient", .text)
            table.column("text", .text).notNull()
            // The room is over: a later one of that name is another.
            table.column("ended", .boolean).notNull().defaults(to: false)
        }
        try database.create(index: "chat of room", on: "chat", columns: ["room", "ended", "number"])
        try database.create(table: "call") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("room", .text).notNull().indexed()
            table.column("member", .text).notNull()
            table.column("uri", .text).notNull()
            table.column("name", .text).notNull()
            table.column("callID", .text).notNull()
            table.column("userAgent", .text)
            table.column("admitted", .datetime).notNull()
            table.column("ended", .datetime).notNull().indexed()
            table.column("seconds", .double).notNull()
            table.column("cause", .text).notNull()
            table.column("detail", .text)
            table.column("codec", .text)
            table.column("lossPercent", .double)
            table.column("jitterMilliseconds", .double)
        }
        try database.create(table: "audit") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("at", .datetime).notNull().indexed()
            table.column("actor", .text).notNull()
            table.column("room", .text).indexed()
            table.column("command", .text).notNull()
            table.column("target", .text)
            table.column("outcome", .text).notNull()
        }
    }
}
