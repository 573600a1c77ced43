// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
package import FoundationEssentials
import GRDB
package import Logging
import Synchronization

/// Keeps what must outlive the focus in one SQLite file.
///
/// `keep` only puts an entry in line. The database's own writer thread takes all that is in line as one transaction, so that a slow disk
/// makes transactions larger and not the focus slower. A crash of the process loses what had not been committed: usually less than a few
/// milliseconds. With `synchronous = NORMAL` a loss of power may undo the last commits, and never damages the file.
package final class SQLiteStore: ConferenceStore {
    /// Entries that may wait for the disk. Beyond, the oldest are given up: a disk that takes nothing must not fill the memory.
    package static let longestLine = 100_000
    /// Messages of each room that a focus begins with.
    package static let chatLoaded = 200

    let database: DatabasePool
    private let logger: Logger
    private let line: Mutex<Line>

    private struct Line {
        var waiting: [StoreEntry] = []
        var isWriting = false
        /// Who waits until all that was told is safe.
        var flushes: [CheckedContinuation<Void, Never>] = []
        var figures = StoreFigures()
        /// The disk refuses: said once, and once again when it is over.
        var isFailing = false
    }

    /// Opens the file, or makes it, and brings its tables up to date.
    ///
    /// - Throws: `StorageError`, naming the file.
    package init(path: String, logger: Logger) throws {
        self.logger = logger
        line = Mutex(Line())
        do {
            database = try DatabaseFile.open(path)
            try Self.refuseNewer(database)
            try Schema.migrator.migrate(database)
        } catch let error as StorageError {
            throw error
        } catch {
            throw StorageError(path: path, error)
        }
    }

    /// What was kept, could not be, and waits.
    package var figures: StoreFigures {
        line.withLock { line in
            var figures = line.figures
            figures.waiting = line.waiting.count
            return figures
        }
    }

    package var isLasting: Bool { true }

    package func keep(_ entry: StoreEntry) {
        let begins = line.withLock { line in
            if line.waiting.count >= Self.longestLine {
                line.waiting.removeFirst(Self.longestLine / 10)
                line.figures.lost += Self.longestLine / 10
            }
            line.waiting.append(entry)
            defer { line.isWriting = true }
            return !line.isWriting
        }
        if begins { writeNext() }
    }

    package func flush() async {
        await withCheckedContinuation { continuation in
            let isIdle = line.withLock { line in
                if line.isWriting { line.flushes.append(continuation) }
                return !line.isWriting
            }
            if isIdle { continuation.resume() }
        }
    }

    package func load() async throws -> StoreContents {
        try await database.read { try StoredRows.contents($0, chat: Self.chatLoaded) }
    }

    package func calls(_ query: RecordQuery) async throws -> [StoredCall] {
        try await database.read { database in
            try StoredCall.matching(query, time: Column("ended")).fetchAll(database)
        }
    }

    package func audit(_ query: RecordQuery) async throws -> [AuditEntry] {
        try await database.read { database in
            try AuditEntry.matching(query, time: Column("at")).fetchAll(database)
        }
    }

    package func messages(_ query: RecordQuery) async throws -> [ChatMessage] {
        try await database.read { database in
            try ChatMessage.matching(query, time: Column("sent")).fetchAll(database)
        }
    }

    /// Takes away what is older than it is to be kept.
    ///
    /// - Parameters:
    ///   - chat: messages sent before are forgotten; nil for none.
    ///   - records: the same of call records and audit lines.
    /// - Throws: `DatabaseError`.
    package func forget(chatBefore chat: Date?, recordsBefore records: Date?) async throws {
        try await database.write { database in
            if let chat { try database.execute(sql: "DELETE FROM chat WHERE sent < ?", arguments: [chat]) }
            if let records {
                try database.execute(sql: "DELETE FROM call WHERE ended < ?", arguments: [records])
                try database.execute(sql: "DELETE FROM audit WHERE at < ?", arguments: [records])
            }
        }
    }

    // MARK: Writing

    private func writeNext() {
        let batch = line.withLock { line -> [StoreEntry] in
            defer { line.waiting.removeAll(keepingCapacity: true) }
            return line.waiting
        }
        database.asyncWrite { database in
            for entry in batch { try StoredRows.write(entry, to: database) }
        } completion: { [self] _, result in
            finished(batch, result)
        }
    }

    private func finished(_ batch: [StoreEntry], _ result: Result<Void, any Error>) {
        let (goesOn, flushes, news) = line.withLock { line -> (Bool, [CheckedContinuation<Void, Never>], Bool) in
            let failed = if case .failure = result { true } else { false }
            if failed { line.figures.lost += batch.count } else { line.figures.written += batch.count }
            defer { line.isFailing = failed }
            let goesOn = !line.waiting.isEmpty
            line.isWriting = goesOn
            defer { if !goesOn { line.flushes = [] } }
            return (goesOn, goesOn ? [] : line.flushes, failed != line.isFailing)
        }
        if news {
            switch result {
            case .failure(let error):
                logger.error(
                    "The database takes nothing: rooms go on, but what happens now is not kept",
                    metadata: ["error": "\(error)", "file": "\(database.path)"])
            case .success:
                logger.notice("The database takes things again", metadata: ["file": "\(database.path)"])
            }
        }
        for continuation in flushes { continuation.resume() }
        if goesOn { writeNext() }
    }

    /// A file that a newer version made holds what this one would lose.
    private static func refuseNewer(_ database: DatabasePool) throws {
        let known = try database.read { try Schema.migrator.hasBeenSuperseded($0) }
        if known { throw StorageError.newer(database.path) }
    }
}

/// What a store has done.
package struct StoreFigures: Hashable, Sendable {
    /// Entries safe in the file.
    package var written = 0
    /// Entries that the disk did not take.
    package var lost = 0
    /// Entries in line.
    package var waiting = 0

    package init() {}
}

/// Why a database cannot be used, for an operator.
package enum StorageError: Error, CustomStringConvertible {
    case cannotOpen(String, String)
    case newer(String)

    init(path: String, _ error: any Error) {
        let reason: String
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_CANTOPEN?: reason = "its folder is missing or not ours: make it, or choose another file"
        case .SQLITE_NOTADB?, .SQLITE_CORRUPT?:
            reason = "it is no database, or a damaged one: move it away, and a new one is made"
        case .SQLITE_READONLY?, .SQLITE_PERM?, .SQLITE_AUTH?: reason = "it may not be written: check whose it is"
        case .SQLITE_FULL?: reason = "the disk is full"
        case .SQLITE_BUSY?, .SQLITE_LOCKED?: reason = "another program holds it: is another confabd running?"
        default: reason = "\(error)"
        }
        self = .cannotOpen(path, reason)
    }

    package var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "storage.file \(path) cannot be used: \(reason)"
        case .newer(let path):
            "storage.file \(path) was made by a newer Confab: run that, or choose another file"
        }
    }
}
