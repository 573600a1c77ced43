// SPDX-License-Identifier: GPL-3.0-or-later
import Conference

/// The list of rooms as a resource list notification (RFC 4662 §5): a multipart body whose root names the rooms and whose other parts
/// are their conference-info documents, without users.
struct RoomList {
    let contentType: String
    let body: [UInt8]

    init(rooms: [Room], host: String, version: UInt32) {
        let listURI = Identity(user: "conferences", host: host).uri
        let boundary = "confab-list-\(version)"
        contentType =
            "multipart/related;type=\"application/rlmi+xml\";start=\"<root@confab>\";boundary=\"\(boundary)\""
        var meta =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" uri=\"\(Self.escaped(listURI))\" version=\"\(version)\""
            + " fullState=\"true\">"
        var parts = ""
        for room in rooms {
            let uri = Identity(user: room.name, host: host).uri
            let name = "room-\(room.id)@confab"
            meta += "<resource uri=\"\(Self.escaped(uri))\"><name>\(Self.escaped(room.name))</name>"
            meta += "<instance id=\"\(room.id)\" state=\"active\" cid=\"\(name)\"/></resource>"
            let document = ConferenceInfo(
                entity: uri, version: version, displayText: room.name, maximumUserCount: room.settings.maxMembers,
                userCount: room.memberCount, active: room.memberCount > 0
            ).serialized()
            parts += Self.part(boundary, name, ConferenceInfo.contentType, document)
        }
        meta += "</list>"
        let root = Self.part(boundary, "root@confab", "application/rlmi+xml;charset=\"UTF-8\"", meta)
        body = Array((root + parts + "--\(boundary)--\r\n").utf8)
    }

    private static func part(_ boundary: String, _ id: String, _ type: String, _ text: String) -> String {
        "--\(boundary)\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <\(id)>\r\nContent-Type: \(type)\r\n\r\n"
            + text + "\r\n"
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
