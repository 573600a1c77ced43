// SPDX-License-Identifier: GPL-3.0-or-later
import Conference

/// One room's roster as its subscribers are sent it (RFC 4575): the users as XML, written anew only where a member changed, and the
/// documents made of them, each made once a version of the room however many subscribers get it. Sans I/O.
struct RoomRoster {
    /// What the roster says of one member.
    struct Seat: Hashable {
        /// The user that the member is one endpoint of.
        var user: String
        var displayText: String?
        var role: String
        var endpoint: ConferenceInfo.Endpoint
    }

    /// All of a document that follows its opening.
    struct Content {
        let scope: ConferenceInfo.Scope
        let bytes: [UInt8]
    }

    private struct User {
        var seats: [MemberID: Seat] = [:]
        var text = ""
        /// The roster version in which it last changed.
        var changed: UInt64 = 0
    }

    /// Users that left, kept to tell those whose last document is older.
    static let goneLimit = 512

    /// Changes that are told one by one however small the room is.
    private static let few = 4

    private(set) var room: RoomID?
    /// The room's roster version that this is.
    private(set) var version: UInt64 = 0
    private var users: [String: User] = [:]
    private var userOfMember: [MemberID: String] = [:]
    private var gone: [(user: String, version: UInt64)] = []
    /// The earliest version from which a partial document can lead here.
    private var horizon: UInt64 = 0
    private var state = ConferenceInfo(entity: "")
    /// The roster version in which the room's description last changed.
    private var described: UInt64 = 0
    private var full: Content?
    private var partial: [UInt64: Content] = [:]
    /// Members described and documents made, for tests that count work.
    private(set) var work = (described: 0, made: 0)

    /// Brings the roster to the room's version.
    ///
    /// - Parameter describe: Says what there is to say of a member, given what was said last; nil for one who is not in the roster.
    mutating func update(to room: Room, _ describe: (MemberID, Seat?) -> Seat?) {
        let isOther = self.room != room.id
        guard isOther || version != room.version else { return }
        full = nil
        partial = [:]
        let changes = isOther ? nil : room.rosterChanges(since: version)
        self.room = room.id
        version = room.version
        let before = state
        state = ConferenceInfo(
            entity: "", displayText: room.title, subject: room.settings.title,
            maximumUserCount: room.settings.maxMembers, userCount: room.memberCount, active: true,
            locked: room.isLocked)
        state.recording = room.recording
        if !state.isDescribed(as: before) { described = version }
        guard let changes else {
            users = [:]
            userOfMember = [:]
            gone = []
            horizon = version
            for member in room.memberIDs { take(member, describe) }
            return
        }
        var taken: Set<MemberID> = []
        for change in changes {
            switch change.subject {
            case .joined(let member), .left(let member), .updated(let member):
                if taken.insert(member).inserted { take(member, describe) }
            case .room:
                break
            }
        }
    }

    private mutating func take(_ member: MemberID, _ describe: (MemberID, Seat?) -> Seat?) {
        let old = userOfMember[member]
        let seat = describe(member, old.flatMap { users[$0]?.seats[member] })
        work.described += 1
        if let old, old != seat?.user { remove(member, from: old) }
        guard let seat else { return }
        userOfMember[member] = seat.user
        users[seat.user, default: User()].seats[member] = seat
        write(seat.user)
        if gone.contains(where: { $0.user == seat.user }) { gone.removeAll { $0.user == seat.user } }
    }

    private mutating func remove(_ member: MemberID, from user: String) {
        userOfMember[member] = nil
        users[user]?.seats[member] = nil
        guard users[user]?.seats.isEmpty == true else { return write(user) }
        users[user] = nil
        gone.append((user, version))
        guard gone.count > 2 * Self.goneLimit else { return }
        horizon = max(horizon, gone[Self.goneLimit - 1].version)
        gone.removeFirst(Self.goneLimit)
    }

    private mutating func write(_ name: String) {
        guard var user = users[name] else { return }
        var seats = user.seats.sorted { $0.key < $1.key }.map(\.value)
        // The user's name is its devices' where they say nothing else. One change is to fit a datagram.
        let displayText = seats.first?.displayText
        for index in seats.indices where seats[index].endpoint.displayText == displayText {
            seats[index].endpoint.displayText = nil
        }
        user.text = ConferenceInfo.User(
            entity: name, displayText: displayText, roles: seats.first.map { [$0.role] } ?? [],
            endpoints: seats.map(\.endpoint)
        ).serialized()
        user.changed = version
        users[name] = user
    }

    // MARK: Documents

    /// What a subscriber is to be sent that has the roster as of version `known`; nil for one that has none. Partial where that is
    /// possible and says less than the whole (RFC 4575 §4.4), or little: Linphone tells its user who came by partial documents alone.
    mutating func content(since known: UInt64?) -> Content {
        guard let known, known >= horizon, known <= version else { return whole() }
        if let made = partial[known] { return made.scope == .full ? whole() : made }
        let changed = users.filter { $0.value.changed > known }
        let left = gone.filter { $0.version > known }
        guard changed.count + left.count <= max(users.count / 2, Self.few) else {
            partial[known] = Content(scope: .full, bytes: [])
            return whole()
        }
        let texts =
            left.map { ConferenceInfo.User(entity: $0.user, scope: .deleted).serialized() }
            + Self.inOrder(changed)
        let made = Content(scope: .partial, bytes: text(.partial, texts, describes: known < described))
        partial[known] = made
        return made
    }

    /// The state of the room without its users, for a subscriber that no longer document reaches.
    mutating func summary(since known: UInt64?) -> Content {
        guard let known else { return Content(scope: .full, bytes: text(.full, nil)) }
        return Content(scope: .partial, bytes: text(.partial, nil, describes: known < described))
    }

    private mutating func whole() -> Content {
        if let full { return full }
        let made = Content(scope: .full, bytes: text(.full, Self.inOrder(users)))
        full = made
        return made
    }

    /// - Parameter describes: Whether it says what the room is, beside how it stands: one change is to fit a datagram.
    private mutating func text(
        _ scope: ConferenceInfo.Scope, _ users: [String]?, describes: Bool = true
    ) -> [UInt8] {
        work.made += 1
        var info = state
        info.scope = scope
        if scope == .partial { info.active = nil }
        if !describes { (info.displayText, info.subject, info.maximumUserCount) = (nil, nil, nil) }
        return Array(info.content(users).utf8)
    }

    /// The users' texts, those first whose first member is the oldest.
    private static func inOrder(_ users: [String: User]) -> [String] {
        users.values.map { (first: $0.seats.keys.min(), text: $0.text) }
            .sorted { ($0.first?.number ?? 0) < ($1.first?.number ?? 0) }.map(\.text)
    }
}

extension ConferenceInfo {
    fileprivate func isDescribed(as other: ConferenceInfo) -> Bool {
        displayText == other.displayText && subject == other.subject && maximumUserCount == other.maximumUserCount
    }
}
