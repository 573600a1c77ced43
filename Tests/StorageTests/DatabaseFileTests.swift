// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GRDB
import Storage
import Testing

@Suite struct DatabaseFileTests {
    @Test func itHasAWriteAheadLog() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try DatabaseFile.open(folder.appending(path: "confab.sqlite").path)
        let mode = try database.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }
}
