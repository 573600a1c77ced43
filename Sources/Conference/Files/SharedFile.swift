// SPDX-License-Identifier: GPL-3.0-or-later

/// A file that a member has given to its room.
package struct SharedFile: Hashable, Sendable {
    /// What nobody can guess; stands in the link.
    package var id: String
    /// As people see it: without what file systems and terminals take amiss.
    package var name: String
    /// Media type, by its content.
    package var type: String
    package var bytes: Int
    /// Where it is on the disk.
    package var path: String
    package var room: RoomID
    /// The higher the later it was shared.
    package var number = 0

    package init(id: String, name: String, type: String, bytes: Int, path: String, room: RoomID) {
        self.id = id
        self.name = name
        self.type = type
        self.bytes = bytes
        self.path = path
        self.room = room
    }
}

/// Leave for one member to give its room one file.
package struct FileTicket: Hashable, Sendable {
    package var room: RoomID
    package var roomName: String
    package var member: MemberID
    package var name: String

    package init(room: RoomID, roomName: String, member: MemberID, name: String) {
        self.room = room
        self.roomName = roomName
        self.member = member
        self.name = name
    }
}

/// What the file server asks of the focus.
package protocol FileSharing: Sendable {
    /// Whose upload it is, which has begun. A ticket is good once.
    ///
    /// - Returns: nil for one that is not good, or not any more, or while the member's last file, or too many of its
    ///   room, are on their way.
    func takeTicket(_ ticket: String) async -> FileTicket?
    /// What came by a ticket is here, or comes no more: its member may give the next file.
    func uploadEnded(_ ticket: FileTicket) async
    /// The file is there: its room is told.
    ///
    /// - Returns: the link.
    /// - Throws: `Refusal` where the room or the member has gone, or there are too many files.
    func share(_ file: SharedFile, by ticket: FileTicket) async throws(Refusal) -> String
    /// nil for one that is not there, or went with its room.
    func sharedFile(_ id: String) async -> SharedFile?
    /// Bytes of a file at most.
    func largestFile() async -> Int
    /// Bytes that may yet be written on the disk of a file, without what has to stay free.
    func space(at path: String) async throws -> Int64
}

/// Names and kinds of files.
package enum FileKind {
    /// A name that is safe on disks, in headers, links and terminals.
    package static func safeName(_ name: String) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let trimmed = plain(last, keeping: "-_. ").trimmingPrefix { $0 == "." || $0 == " " }.prefix(100)
        return trimmed.isEmpty ? "file" : String(trimmed)
    }

    /// A text with nothing in it that file systems and shells take amiss.
    ///
    /// - Parameter kept: What stays beside letters and digits.
    package static func plain(_ text: String, keeping kept: String = "-_") -> String {
        String(
            text.unicodeScalars.map { scalar -> Character in
                let isPlain =
                    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || kept.unicodeScalars.contains(scalar)
                return isPlain ? Character(scalar) : "_"
            })
    }

    /// What may be shared, for people.
    package static let known = "pictures, sound, films, PDF, text, and office documents and other ZIP archives"

    /// The media type by what stands at the beginning of a file; nil for what is not shared: programs, web pages, unknown things.
    package static func type(of head: [UInt8]) -> String? {
        func begins(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
            head.count >= offset + bytes.count && Array(head[offset..<(offset + bytes.count)]) == bytes
        }
        func text(_ string: String, at offset: Int = 0) -> Bool { begins(Array(string.utf8), at: offset) }
        if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if begins([0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if text("GIF87a") || text("GIF89a") { return "image/gif" }
        if text("RIFF"), text("WEBP", at: 8) { return "image/webp" }
        if text("RIFF"), text("WAVE", at: 8) { return "audio/wav" }
        if text("%PDF-") { return "application/pdf" }
        if text("ftyp", at: 4) { return "video/mp4" }
        if begins([0x1A, 0x45, 0xDF, 0xA3]) { return "video/x-matroska" }
        if text("OggS") { return "audio/ogg" }
        if text("fLaC") { return "audio/flac" }
        if text("ID3") || begins([0xFF, 0xFB]) || begins([0xFF, 0xF3]) { return "audio/mpeg" }
        if begins([0x50, 0x4B, 0x03, 0x04]) { return "application/zip" }
        return isPlainText(head) ? "text/plain; charset=utf-8" : nil
    }

    private static func isPlainText(_ head: [UInt8]) -> Bool {
        // A character may be cut in two at the end of what was read.
        let isText = (0...3).contains { cut in
            String(validating: head.dropLast(min(cut, head.count)), as: UTF8.self) != nil
        }
        guard isText, !head.contains(where: { ($0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0)) || $0 == 0x7F }) else {
            return false
        }
        let start = String(decoding: head.prefix(512), as: UTF8.self).lowercased()
        return !start.hasPrefix("#!")
            && !["<html", "<!doctype", "<script", "<svg", "<?xml"].contains { start.contains($0) }
    }
}

/// What a conference answers to `/upload NAME`: words for a person, in which a program finds where to put the file.
package enum UploadOffer {
    package static func words(_ name: String, at url: String) -> String { "Upload \(name) to \(url)" }

    /// - Returns: nil for another text.
    package static func url(in text: String) -> String? {
        guard text.hasPrefix("Upload "), let last = text.split(separator: " ").last,
            last.hasPrefix("http://") || last.hasPrefix("https://"), last.contains("/upload/")
        else { return nil }
        return String(last)
    }
}
