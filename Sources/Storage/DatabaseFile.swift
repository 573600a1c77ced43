// SPDX-License-Identifier: GPL-3.0-or-later
package import GRDB

/// The one file that a focus keeps things in: SQLite with a write-ahead log, so that whoever reads does not wait for who writes, and a
/// crash loses at most what was not committed.
package enum DatabaseFile {
    /// Opens the file, or makes it.
    ///
    /// - Parameter path: Its folder exists.
    /// - Throws: `DatabaseError`.
    package static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "confab"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // A pool's readers are opened read-only, where this is no question.
            if !database.configuration.readonly { try database.execute(sql: "PRAGMA synchronous = NORMAL") }
        }
        return try DatabasePool(path: path, configuration: configuration)
    }
}
