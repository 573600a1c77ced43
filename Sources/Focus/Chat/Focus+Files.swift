// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import Foundation
import Logging
import MediaServer
import NIOPosix
import SIP

/// Files that members have given to their rooms, and leave to give some.
struct FocusFiles {
    /// nil while files are not served.
    var base: FileBase?
    var tickets: [String: (ticket: FileTicket, until: ContinuousClock.Instant)] = [:]
    var files: [String: SharedFile] = [:]
    /// Whose files are on their way. One each: what has not come whole takes the disk's room all the same, and counts
    /// among no files.
    var uploading: [MemberID: RoomID] = [:]
    /// How many were shared so far.
    var shared = 0

    /// How long a ticket is good.
    static let patience: Duration = .seconds(600)
    /// Of one room.
    static let most = 50
}

/// What links begin with.
enum FileBase {
    case fixed(String)
    /// Files are served on every address of the machine: by which it is reached, calls tell.
    case anywhere(scheme: String, port: Int)

    func at(_ place: RoomPlace?) -> String {
        switch self {
        case .fixed(let base): return base
        case .anywhere(let scheme, let port):
            return "\(scheme)://\(HostPort(host: place?.host ?? "localhost", port: port))"
        }
    }
}

// Files by link: a member writes `/upload NAME`, puts the file to the address that it is told, and the room reads the link.
extension Focus: FileSharing {
    /// Files are served from now on.
    ///
    /// - Parameter base: What links begin with, such as `http://127.0.0.1:8080`.
    package func filesAreServed(at base: String) { files.base = .fixed(base) }

    /// Files are served from now on, on every address of this machine: links have the one that their author dials.
    package func filesAreServed(everywhereBy scheme: String, port: Int) {
        files.base = .anywhere(scheme: scheme, port: port)
    }

    package func largestFile() -> Int { configuration.files.maxSize << 20 }

    package func space(at path: String) async throws -> Int64 {
        let reserve = diskReserve
        return try await NIOThreadPool.singleton.runIfActive { try reserve.space(at: path) }
    }

    /// Recordings and files have one.
    var diskReserve: DiskReserve { DiskReserve(bytes: Int64(configuration.recording.minFree) << 20) }

    /// - Returns: what to answer to `/upload NAME`.
    func ticket(for name: String, of author: ChatAuthor) throws(Refusal) -> String {
        guard let base = files.base else {
            throw Refusal(.forbidden, "No files are shared here: files.listen is none in the configuration")
        }
        guard let member = author.member, let room = registry.room(of: member) else {
            throw Refusal(.forbidden, "Only members of a conference share files: dial it first")
        }
        let now = ContinuousClock.now
        files.tickets = files.tickets.filter { $0.value.until > now && $0.value.ticket.member != member }
        let ticket = FileTicket(
            room: room.id, roomName: room.name, member: member, name: FileKind.safeName(name))
        let token = SecretToken.make()
        files.tickets[token] = (ticket, now + FocusFiles.patience)
        return UploadOffer.words(ticket.name, at: "\(base.at(author.place))/upload/\(token)")
    }

    package func takeTicket(_ ticket: String) -> FileTicket? {
        guard let (found, until) = files.tickets[ticket], files.uploading[found.member] == nil,
            files.uploading.values.count(where: { $0 == found.room }) < FocusFiles.most
        else { return nil }
        files.tickets[ticket] = nil
        guard until > .now else { return nil }
        files.uploading[found.member] = found.room
        return found
    }

    package func uploadEnded(_ ticket: FileTicket) { files.uploading[ticket.member] = nil }

    package func share(_ file: SharedFile, by ticket: FileTicket) throws(Refusal) -> String {
        guard let base = files.base, let room = registry.room(of: ticket.member), room.id == ticket.room,
            room.isConnected(ticket.member), let identity = room.identity(of: ticket.member),
            let call = call(of: ticket.member)
        else { throw Refusal(.forbidden, "You are not in conference \(ticket.roomName) any more") }
        guard files.files.values.count(where: { $0.room == room.id }) < FocusFiles.most else {
            throw Refusal(.forbidden, "Conference \(room.name) has \(FocusFiles.most) files already")
        }
        files.shared += 1
        var file = file
        file.number = files.shared
        files.files[file.id] = file
        store.keep(.file(StoredFile(file, room: room.name)))
        // The room reads it on other machines than one that called from this one.
        let place = call.flow.remote.isLoopback ? placeForOperators : call.place
        let link = "\(base.at(place))/files/\(file.id)/\(PercentEncoding.encode(file.name))"
        let words = "\(file.name) (\(Self.size(file.bytes))): \(link)"
        let author = ChatAuthor(
            identity: identity, member: ticket.member, room: room.name, place: call.place, flow: call.flow)
        logger.info(
            "file shared", metadata: metadata(call, ["type": "\(file.type)", "bytes": "\(file.bytes)"]))
        say(words, by: author, to: nil, in: room.name)
        tell(ticket.member, "You shared \(words)")
        return link
    }

    package func sharedFile(_ id: String) -> SharedFile? { files.files[id] }

    /// The newest file of that name which was shared in a room.
    func sharedFile(named name: String, in room: String) throws(Refusal) -> SharedFile {
        let id = try registry.room(room).id
        guard
            let file = files.files.values.filter({ $0.room == id && $0.name == name }).max(by: { $0.number < $1.number }
            )
        else { throw Refusal(.forbidden, "No file \(name) was shared in conference \(room)") }
        return file
    }

    /// A room is over, and its files with it.
    func endFiles(of room: RoomID) {
        files.tickets = files.tickets.filter { $0.value.ticket.room != room }
        let gone = files.files.values.filter { $0.room == room }
        guard !gone.isEmpty else { return }
        for file in gone { files.files[file.id] = nil }
        forget(gone.map { ($0.id, $0.path) })
    }

    /// After a restart: links of rooms that came back are good, and the files of the others go.
    func recoverFiles() {
        var orphans: [(id: String, path: String)] = []
        for kept in keptFiles {
            if let room = try? registry.room(kept.room) {
                files.files[kept.id] = kept.shared(in: room.id)
                files.shared = max(files.shared, kept.number)
            } else {
                orphans.append((kept.id, kept.path))
            }
        }
        keptFiles = []
        forget(orphans)
    }

    private func forget(_ gone: [(id: String, path: String)]) {
        for file in gone { store.keep(.fileRemoved(id: file.id)) }
        let paths = gone.map(\.path)
        guard !paths.isEmpty else { return }
        NIOThreadPool.singleton.submit { _ in
            for path in paths { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    private static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1024: "\(bytes) bytes"
        case ..<(1 << 20): "\(bytes >> 10) KiB"
        default: "\((Double(bytes) / 1_048_576 * 10).rounded() / 10) MiB"
        }
    }
}
