// SPDX-License-Identifier: GPL-3.0-or-later
import GRDB
import Storage
import Testing

@Suite struct DatabaseFileTests {
    @Test func itHasAWriteAheadLog() async throws {
        try await withFile { path in
            let database = try DatabaseFile.open(path)
            let mode = try await database.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
            #expect(mode == "wal")
        }
    }
}
