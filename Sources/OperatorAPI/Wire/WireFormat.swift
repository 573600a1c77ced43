// SPDX-License-Identifier: GPL-3.0-or-later
package import Conference
import FoundationEssentials

/// How values are written on the wire and by `--json`: JSON, keys in order, dates in ISO 8601 UTC.
package enum WireFormat {
    /// Version of the API; the first part of every path, and the value of the `Confab-API` header of every answer.
    package static let version = Release.operatorAPI
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

/// Body of `POST /v1/rooms/ROOM/commands`.
package struct CommandRequest: Hashable, Sendable, Codable {
    /// `RoomCommand.word`.
    package var command: String
    package var member: String?
    package var value: String?

    package init(_ command: RoomCommand) {
        self.command = command.word
        member = command.target?.name
        value = command.value
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
