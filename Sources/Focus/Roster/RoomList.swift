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
    }

    /// What was told of a room.
    struct Told: Hashable {
        /// Which life of it.
        let id: RoomID
        let title: String

        init(_ room: Room) { (id, title) = (room.id, room.title) }
    }

    /// What somebody who gets no more than a datagram holds is told next: names alone.
    struct Part {
        let body: [UInt8]
        /// The rooms that it knows then, by name.
        let known: [String: Told]
        /// Whether that is all.
        let isLast: Bool
    }

    static let contentType =
        "multipart/related;type=\"application/rlmi+xml\";start=\"<root@confab>\";boundary=\"\(boundary)\""
    /// Lines of the parts begin with markup: no name of a room can look like it.
    private static let boundary = "confab-list"
    /// Bytes of names in a part of the list.
    static let partSize = 12_000
    /// Bytes of names in the longest datagram, which leaves its place for the message around them.
    static let longestPart = 60_000

    private let beforeVersion: [UInt8]
    private let afterVersion: [UInt8]

    init(rooms: [Room], _ form: Form) {
        var resources = ""
        var parts = ""
        for room in rooms where room.settings.isListed {
            let uri = form.place.uri(room.name)
            let name = "room-\(room.id)@confab"
            let instance = Self.instance(room.id, "state=\"active\" cid=\"\(name)\"")
            resources += Self.resource(room.title, uri, instance)
            parts += Self.part(name, ConferenceInfo.contentType, Self.document(of: room, uri))
        }
        beforeVersion = Array(Self.opening(form, isWhole: true).utf8)
        afterVersion = Array((Self.closing(resources) + parts + Self.end).utf8)
    }

    /// The next part of a list that is too long for its way. Rooms that are not named in a part stay as they were told (RFC 4662 §5.6.2):
    /// so parts add up to the list, and rooms that are over are named as such.
    ///
    /// - Parameters:
    ///   - known: What was told before.
    ///   - mayBeLong: The first one may be a long datagram, if it is the whole list then, as the first is to be
    ///     (RFC 4662 §5.2).
    static func part(
        of rooms: [Room], knowing known: [String: Told], _ form: Form, version: UInt32, mayBeLong: Bool
    ) -> Part {
        if mayBeLong, known.isEmpty {
            let whole = part(of: rooms, knowing: [:], form, version: version, size: longestPart)
            if whole.isLast { return whole }
        }
        return part(of: rooms, knowing: known, form, version: version, size: partSize)
    }

    private static func part(
        of rooms: [Room], knowing known: [String: Told], _ form: Form, version: UInt32, size: Int
    ) -> Part {
        let rooms = rooms.filter(\.settings.isListed)
        let names = Set(rooms.map(\.name))
        var (told, resources) = (known, "")
        var isLast = true
        /// Whether there is place for it; one gets in in any case.
        func take(_ resource: String) -> Bool {
            guard resources.isEmpty || resources.utf8.count + resource.utf8.count <= size else { return false }
            resources += resource
            return true
        }
        for (name, room) in known.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            guard take(resource(room.title, form.place.uri(name), terminated(room.id))) else {
                isLast = false
                break
            }
            told[name] = nil
        }
        for room in rooms where isLast && known[room.name] != Told(room) {
            let earlier = known[room.name].map(\.id).flatMap { $0 == room.id ? nil : terminated($0) }
            let instances = (earlier ?? "") + instance(room.id, "state=\"active\"")
            guard take(resource(room.title, form.place.uri(room.name), instances)) else {
                isLast = false
                break
            }
            told[room.name] = Told(room)
        }
        let text = opening(form, isWhole: known.isEmpty && isLast) + "\(version)" + closing(resources) + end
        return Part(body: Array(text.utf8), known: told, isLast: isLast)
    }

    /// The body of one notification.
    func body(version: UInt32) -> [UInt8] {
        beforeVersion + Array(String(version).utf8) + afterVersion
    }

    private static func opening(_ form: Form, isWhole: Bool) -> String {
        head("root@confab", "application/rlmi+xml;charset=\"UTF-8\"") + "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + "<list xmlns=\"urn:ietf:params:xml:ns:rlmi\" uri=\"\(XMLText.escaped(form.place.uri(form.user)))\""
            + " fullState=\"\(isWhole)\" version=\""
    }

    private static func closing(_ resources: String) -> String { "\">" + resources + "</list>\r\n" }

    private static let end = "--\(boundary)--\r\n"

    private static func resource(_ name: String, _ uri: String, _ instances: String) -> String {
        "<resource uri=\"\(XMLText.escaped(uri))\"><name>\(XMLText.escaped(name))</name>\(instances)</resource>"
    }

    private static func instance(_ id: RoomID, _ state: String) -> String { "<instance id=\"\(id)\" \(state)/>" }

    private static func terminated(_ id: RoomID) -> String {
        instance(id, "state=\"terminated\" reason=\"noresource\"")
    }

    private static func document(of room: Room, _ uri: String) -> String {
        ConferenceInfo(
            entity: uri, version: UInt32(truncatingIfNeeded: room.version &+ 1), displayText: room.title,
            subject: room.settings.title, maximumUserCount: room.settings.maxMembers, userCount: room.memberCount,
            active: room.memberCount > 0, locked: room.isLocked
        ).serialized()
    }

    private static func head(_ id: String, _ type: String) -> String {
        "--\(boundary)\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <\(id)>\r\nContent-Type: \(type)\r\n\r\n"
    }

    private static func part(_ id: String, _ type: String, _ text: String) -> String {
        head(id, type) + text + "\r\n"
    }
}
