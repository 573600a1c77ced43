// SPDX-License-Identifier: GPL-3.0-or-later
import Conference

/// Simulated time: seconds after a start that means nothing.
let start = ContinuousClock.now

func at(_ seconds: Double) -> ContinuousClock.Instant { start + .milliseconds(Int64(seconds * 1000)) }

let alice = Identity(displayName: "Alice", user: "alice", host: "example.org")
let bob = Identity(displayName: "Bob", user: "bob", host: "example.org")
let carol = Identity(user: "carol", host: "example.net")
let nobody = Identity(displayName: "Anonymous", user: "anonymous", host: "anonymous.invalid")
let root = Requester.operatorNamed("root")

let one = MemberID(1)
let two = MemberID(2)
let three = MemberID(3)

func call(_ identity: Identity) -> JoinRequest {
    JoinRequest(identity: identity, callID: "call-\(identity.user ?? "?")", userAgent: "phone/1.0")
}

func emptyRoom(_ settings: RoomSettings = RoomSettings(), origin: RoomOrigin = .adhoc) -> Room {
    Room(name: "demo", id: RoomID(7), origin: origin, settings: settings, now: at(0))
}

/// A room with these callers in it, numbered from 1; the first is its creator.
func room(
    _ callers: Identity..., settings: RoomSettings = RoomSettings(), origin: RoomOrigin = .adhoc
) throws -> Room {
    var room = emptyRoom(settings, origin: origin)
    for (index, caller) in callers.enumerated() {
        let id = MemberID(UInt64(index + 1))
        _ = try room.join(id, call(caller), now: at(0))
        _ = room.established(id, now: at(1))
    }
    return room
}

extension Room {
    /// A key and, as the focus does it, what it commands. What is refused has no effects.
    mutating func press(_ id: MemberID, key: Character, now: ContinuousClock.Instant) -> [RoomEffect] {
        var effects: [RoomEffect] = []
        for effect in dtmf(id, key: key, now: now) {
            if case .command(let command, let member) = effect {
                effects += (try? perform(command, by: .member(member), now: now)) ?? []
            } else {
                effects.append(effect)
            }
        }
        return effects
    }
}

extension [RoomEffect] {
    /// The effects by name and subject, short enough for a table: `cut 1`, `bye 1 410`, `roster left 1`, `log`.
    var brief: [String] {
        map { effect in
            switch effect {
            case .opened: "opened"
            case .connectMedia(let id): "connect \(id)"
            case .detachMedia(let id): "detach \(id)"
            case .videoMode(let mode): "video \(mode.rawValue)"
            case .answer(let id): "answer \(id)"
            case .admit(let id): "admit \(id)"
            case .prompt(let id, let prompt): "prompt \(id) \(prompt)"
            case .wrongPIN(let id, _): "wrong \(id)"
            case .command(let command, let id): "command \(id) \(command.word)"
            case .volume(let id, let decibels): "volume \(id) \(decibels)"
            case .hearing(let id, let decibels): "hearing \(id) \(decibels)"
            case .recording(let verb, _, _): "recording \(verb.rawValue)"
            case .disconnectMedia(let id): "cut \(id)"
            case .silence(let id, let silent): silent ? "silence \(id)" : "hear \(id)"
            case .hangUp(let id, let reason): "bye \(id) \(reason.status)"
            case .rosterChanged(let change):
                switch change.subject {
                case .joined(let id): "roster joined \(id)"
                case .left(let id): "roster left \(id)"
                case .updated(let id): "roster updated \(id)"
                case .room: "roster room"
                }
            case .rosterEnded: "roster ended"
            case .chime(let chime): "chime \(chime)"
            case .loneMember(let id): "lone \(id?.description ?? "-")"
            case .event(let event): event.kind.rawValue + (event.member.map { " \($0)" } ?? "")
            case .record(let record): "record \(record.member) \(record.cause.code)"
            case .log: "log"
            case .ended(let end): "ended \(end.code)"
            }
        }
    }

    var withoutLog: [String] { brief.filter { $0 != "log" } }
}
