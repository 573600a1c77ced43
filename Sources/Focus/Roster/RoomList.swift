// SPDX-License-Identifier: GPL-3.0-or-later
import Conference

/// The list of rooms as a resource list notification (RFC 4662 §5): a multipart body whose root names the rooms and whose other parts
/// are their conference-info documents, without users. It is made once for all who get it; only the version differs.
struct RoomList {
    /// What lists of one moment differ in.
    struct Form: Hashable {
        /// User part of the list's own URI.
        let user: String
        let place: RoomPlace
        /// Names alone, and no more than a datagram holds.
        let isTrimmed: Bool
    }

    static let contentType =
        "multipart/related;type=\"application/rlmi+xml\";start=\"<root@confab>\";boundary=\"\(boundary)\""
    /// Lines of the parts begin with markup: no name of a room can look like it.
    private static let boundary = "confab-list"
    /// Bytes of names in a trimmed list.
    private static let trimmedSize = 12_000

    private let beforeVersion: [UInt8]
    private let afterVersion: [UInt8]

    init(rooms: [Room], _ form: Form) {
        let listURI = form.place.uri(form.user)
        var resources = ""
        var parts = ""
        var isWhole = true
        for room in rooms where room.settings.isListed {
            let uri = form.place.uri(room.name)
            resources += "<resource uri=\"\(Self.escaped(uri))\"><name>\(Self.escaped(room.name))</name>"
            if !form.isTrimmed {
                let name = "room-\(room.id)@confab"
                resources += "<instance id=\"\(room.id)\" state=\"active\" cid=\"\(name)\"/>"
                parts += Self.part(name, ConferenceInfo.contentType, Self.document(of: room, uri))
            }
            resources += "</resource>"
            if form.isTrimmed, resources.utf8.count > Self.trimmedSize {
                isWhole = false
                break
            }
        }
        let opening =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" uri=\"\(Self.escaped(listURI))\" fullState=\"\(isWhole)\""
            + " version=\""
        beforeVersion = Array((Self.head("root@confab", "application/rlmi+xml;charset=\"UTF-8\"") + opening).utf8)
        afterVersion = Array(("\">" + resources + "</list>\r\n" + parts + "--\(Self.boundary)--\r\n").utf8)
    }

    /// The body of one notification.
    func body(version: UInt32) -> [UInt8] {
        beforeVersion + Array(String(version).utf8) + afterVersion
    }

    private static func document(of room: Room, _ uri: String) -> String {
        ConferenceInfo(
            entity: uri, version: UInt32(truncatingIfNeeded: room.version &+ 1), displayText: room.name,
            maximumUserCount: room.settings.maxMembers, userCount: room.memberCount, active: room.memberCount > 0,
            locked: room.isLocked
        ).serialized()
    }

    private static func head(_ id: String, _ type: String) -> String {
        "--\(boundary)\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <\(id)>\r\nContent-Type: \(type)\r\n\r\n"
    }

    private static func part(_ id: String, _ type: String, _ text: String) -> String {
        head(id, type) + text + "\r\n"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
