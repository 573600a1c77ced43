// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Synchronization

/// Keeps what a focus tells it for the next one, as a database would.
final class MemoryStore: ConferenceStore {
    private let contents = Mutex(StoreContents())
    private let told = Mutex<[AuditEntry]>([])
    private let ended = Mutex<[StoredCall]>([])

    var isLasting: Bool { true }

    var journalOfRooms: [RoomJournal] { contents.withLock { $0.roomJournal } }
    var journal: [CallJournal] { contents.withLock { $0.journal } }

    func keep(_ entry: StoreEntry) {
        contents.withLock { contents in
            switch entry {
            case .user(let user): contents.users = contents.users.filter { $0.name != user.name } + [user]
            case .userRemoved(let name): contents.users.removeAll { $0.name == name }
            case .room(let room): contents.rooms = contents.rooms.filter { $0.name != room.name } + [room]
            case .roomRemoved(let name): contents.rooms.removeAll { $0.name == name }
            case .chat(let message): contents.chat[message.room, default: []].append(message)
            case .chatEnded(let room): contents.chat[room] = nil
            case .journal(let call): contents.journal = contents.journal.filter { $0.key != call.key } + [call]
            case .journalEnded(let key): contents.journal.removeAll { $0.key == key }
            case .roomJournal(let room):
                contents.roomJournal = contents.roomJournal.filter { $0.name != room.name } + [room]
            case .roomJournalEnded(let name): contents.roomJournal.removeAll { $0.name == name }
            case .places(let user, let places): contents.places[user] = places.isEmpty ? nil : places
            case .cancelled(let name):
                contents.cancelled = contents.cancelled.filter { $0.name != name.name } + [name]
            case .cancelledFreed(let name): contents.cancelled.removeAll { $0.name == name }
            case .file(let file): contents.files.append(file)
            case .fileRemoved(let id): contents.files.removeAll { $0.id == id }
            case .call(let record, let clock): ended.withLock { $0.append(StoredCall(record, clock)) }
            case .audit(let entry): told.withLock { $0.append(entry) }
            }
        }
    }

    func load() async throws -> StoreContents { contents.withLock { $0 } }
    func flush() async {}
    func calls(_ query: RecordQuery) async throws -> [StoredCall] { ended.withLock { $0 } }
    func audit(_ query: RecordQuery) async throws -> [AuditEntry] { told.withLock { $0 } }
    func messages(_ query: RecordQuery) async throws -> [ChatMessage] {
        contents.withLock { $0.chat.values.flatMap(\.self) }
    }
}
