// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials

/// How values are written on the wire and by `--json`: JSON, keys in order, dates in ISO 8601 UTC.
package enum WireFormat {
    /// Version of the API; the first part of every path, and the value of the `Confab-API` header of every answer.
    package static let version = 1
    /// Names the API in every answer.
    static let versionHeader = "Confab-API"
    /// Names the operator in every request, percent-encoded.
    static let operatorHeader = "Confab-Operator"

    /// - Parameter pretty: Indented, for people.
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return Array(try encoder.encode(value))
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(bytes))
    }
}

/// Body of `POST /v1/rooms`.
package struct CreateRoom: Hashable, Sendable, Codable {
    package var name: String

    package init(name: String) { self.name = name }
}

/// Body of `PUT /v1/rooms/ROOM/video`.
package struct ShowVideo: Hashable, Sendable, Codable {
    package var mode: VideoMode

    package init(mode: VideoMode) { self.mode = mode }
}

/// Answer to `DELETE /v1/rooms/ROOM`.
package struct CancelledRoom: Hashable, Sendable, Codable {
    package var room: String
    /// Who was in it, as they were.
    package var removed: [MemberDetail]

    package init(room: String, removed: [MemberDetail]) {
        self.room = room
        self.removed = removed
    }
}

/// Body of `POST /v1/users` and `PUT /v1/users/NAME`.
package struct SetUser: Hashable, Sendable, Codable {
    package var name: String
    package var displayName: String?
    package var password: String

    package init(name: String, displayName: String?, password: String) {
        self.name = name
        self.displayName = displayName
        self.password = password
    }
}

/// Answer to `DELETE /v1/users/NAME` and `DELETE /v1/arranged/ROOM`.
package struct Removed: Hashable, Sendable, Codable {
    package var name: String

    package init(name: String) { self.name = name }
}

/// Body of `PUT /v1/rooms/ROOM/members/MEMBER/role`.
package struct GiveRole: Hashable, Sendable, Codable {
    package var role: MemberRole

    package init(role: MemberRole) { self.role = role }
}

/// Body of `PUT /v1/rooms/ROOM/recording`.
package struct Record: Hashable, Sendable, Codable {
    package var verb: RecordingVerb

    package init(verb: RecordingVerb) { self.verb = verb }
}

/// Body of `POST /v1/rooms/ROOM/members`.
package struct Invite: Hashable, Sendable, Codable {
    /// Who is to be called.
    package var address: String

    package init(address: String) { self.address = address }
}
