// SPDX-License-Identifier: GPL-3.0-or-later

/// The rules of the whole focus: which names are rooms, and how many there may be.
package struct ConferencePolicy: Hashable, Sendable {
    /// Hosts that are ours, in any case, without ports; empty for any host.
    package var domains: [String]
    /// Whether dialling an unknown name makes a room of that name.
    package var adhoc: Bool
    /// User part of the conference factory (RFC 4579 §5.4).
    package var factoryUser: String
    /// User part of the list of rooms.
    package var listUser: String
    package var maxRooms: Int
    /// Members in all rooms together, calls being set up included.
    package var maxMembers: Int
    /// How long a cancelled name answers 410; nil for until it is created anew.
    package var cancelledNameExpiry: Duration?
    /// The rules that new rooms get.
    package var room: RoomSettings

    package init(
        domains: [String] = [], adhoc: Bool = true, factoryUser: String = "conference-factory",
        listUser: String = "conferences", maxRooms: Int = 1000, maxMembers: Int = 5000,
        cancelledNameExpiry: Duration? = nil, room: RoomSettings = RoomSettings()
    ) {
        self.domains = domains
        self.adhoc = adhoc
        self.factoryUser = factoryUser
        self.listUser = listUser
        self.maxRooms = maxRooms
        self.maxMembers = maxMembers
        self.cancelledNameExpiry = cancelledNameExpiry
        self.room = room
    }

    /// Where a target leads, by its form alone: whether the room exists is not asked here.
    package func destination(_ address: ConferenceAddress) throws(Refusal) -> ConferenceDestination {
        guard isOurs(address.host) else {
            throw Refusal(.foreignDomain, "\(address.host) is not served here")
        }
        guard let user = address.user else {
            throw Refusal(.incompleteAddress, "The address names no conference: dial sip:NAME@\(address.host)")
        }
        if user == factoryUser { return .factory }
        if user == listUser { return .list }
        try Self.checkName(user)
        return .room(user)
    }

    /// Longest name of a room, bytes of UTF-8.
    package static let longestName = 128

    /// Room names are any text without control characters and noncharacters, 128 bytes at most. XML 1.0, and so a roster, can hold
    /// all of it (§2.2). U+FFFD is what bytes that are no UTF-8 have become: a room of that name would be many.
    package static func checkName(_ name: String) throws(Refusal) {
        guard !name.isEmpty, name.utf8.count <= longestName,
            !name.unicodeScalars.contains(where: {
                $0.properties.generalCategory == .control || $0.properties.isNoncharacterCodePoint
                    || $0 == "\u{FFFD}"
            })
        else {
            throw Refusal(
                .invalidName, "Not a conference name: 1 to \(longestName) bytes of UTF-8 without control characters")
        }
    }

    private func isOurs(_ host: String) -> Bool {
        domains.isEmpty || domains.contains { $0.lowercased() == host }
    }
}
