// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// Where what must outlive the focus is kept. The focus holds all of it in memory and reads here once, at its start; from then on it only
/// tells what changes, and never waits for the disk.
package protocol ConferenceStore: Sendable {
    /// Takes note of a change and returns at once. What is told first is kept first.
    func keep(_ entry: StoreEntry)
    /// Whether what is told outlives the process: calls are journalled only then.
    var isLasting: Bool { get }
    /// What was kept.
    ///
    /// - Throws: what the storage refuses, in words for an operator.
    func load() async throws -> StoreContents
    /// Returns when everything told so far is safe.
    func flush() async
    /// Calls that are over, the latest first.
    func calls(_ query: RecordQuery) async throws -> [StoredCall]
    /// Commands, the latest first.
    func audit(_ query: RecordQuery) async throws -> [AuditEntry]
    /// What was said in chats, private messages too, the latest first.
    func messages(_ query: RecordQuery) async throws -> [ChatMessage]
}

/// Which records are wanted.
package struct RecordQuery: Hashable, Sendable {
    package var room: String?
    package var since: Date?
    package var until: Date?
    /// At most so many.
    package var limit: Int
    /// So many of the latest are left out.
    package var offset: Int

    /// Records in one answer of the operator API.
    package static let most = 10_000

    package init(room: String? = nil, since: Date? = nil, until: Date? = nil, limit: Int = 100, offset: Int = 0) {
        self.room = room
        self.since = since
        self.until = until
        self.limit = limit
        self.offset = offset
    }
}

/// There is no storage to read from.
package struct NothingIsKept: Error, CustomStringConvertible {
    package let description = "Nothing is kept: storage.file is none in the configuration"

    package init() {}
}

/// One change to keep.
package enum StoreEntry: Sendable {
    /// A new account, or another one in place of that of the same name.
    case user(UserAccount)
    case userRemoved(String)
    /// A new room, or another one in place of that of the same name.
    case room(RoomDefinition)
    case roomRemoved(String)
    case chat(ChatMessage)
    /// A room is over: who opens one of its name begins with an empty chat.
    case chatEnded(room: String)
    case call(CallRecord, WallClock)
    /// How a call stands, in place of what was told of it before.
    case journal(CallJournal)
    case journalEnded(key: String)
    /// What a room is, in place of what was told of it before.
    case roomJournal(RoomJournal)
    case roomJournalEnded(name: String)
    /// Where an account can be called, in place of what was told of it before.
    case places(user: String, [StoredPlace])
    case audit(AuditEntry)
    /// A name is cancelled: it answers 410.
    case cancelled(CancelledName)
    /// It is free again.
    case cancelledFreed(String)
    /// A file was shared.
    case file(StoredFile)
    /// It went with its room.
    case fileRemoved(id: String)
}

/// A shared file as it is kept: its room by name, for numbers of rooms do not outlive the focus.
package struct StoredFile: Hashable, Sendable, Codable {
    package var id: String
    package var name: String
    package var type: String
    package var bytes: Int
    package var path: String
    package var room: String
    /// The higher the later it was shared.
    package var number: Int

    package init(_ file: SharedFile, room: String) {
        id = file.id
        name = file.name
        type = file.type
        bytes = file.bytes
        path = file.path
        number = file.number
        self.room = room
    }

    /// The file in the room of that name as it is now.
    package func shared(in room: RoomID) -> SharedFile {
        var file = SharedFile(id: id, name: name, type: type, bytes: bytes, path: path, room: room)
        file.number = number
        return file
    }
}

/// A name that answers 410, and since when.
package struct CancelledName: Hashable, Sendable, Codable {
    package var name: String
    package var by: String
    package var at: Date

    package init(name: String, by: String, at: Date) {
        self.name = name
        self.by = by
        self.at = at
    }
}

/// What a focus begins with.
package struct StoreContents: Sendable {
    package var users: [UserAccount] = []
    package var rooms: [RoomDefinition] = []
    /// The latest messages of each room, oldest first.
    package var chat: [String: [ChatMessage]] = [:]
    /// Calls that had not ended.
    package var journal: [CallJournal] = []
    /// Rooms that were not over.
    package var roomJournal: [RoomJournal] = []
    /// By account, in the order in which they registered.
    package var places: [String: [StoredPlace]] = [:]
    /// Cancelled names, oldest first.
    package var cancelled: [CancelledName] = []
    package var files: [StoredFile] = []

    package init() {}
}

/// Keeps nothing: for a focus without a database.
package struct NoStore: ConferenceStore {
    package init() {}

    package var isLasting: Bool { false }
    package func keep(_ entry: StoreEntry) {}
    package func load() async throws -> StoreContents { StoreContents() }
    package func flush() async {}
    package func calls(_ query: RecordQuery) async throws -> [StoredCall] { throw NothingIsKept() }
    package func audit(_ query: RecordQuery) async throws -> [AuditEntry] { throw NothingIsKept() }
    package func messages(_ query: RecordQuery) async throws -> [ChatMessage] { throw NothingIsKept() }
}
