// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import OperatorAPI

/// A room, for the commands that name one.
struct RoomArgument: ParsableArguments {
    @Argument(help: "The room: what stands before the @ of its address.") var room: String
}

/// A room and a member of it.
struct MemberArguments: ParsableArguments {
    @Argument(help: "The room: what stands before the @ of its address.") var room: String
    @Argument(help: "The member: its number, SIP URI, user name or display name.") var member: String
}

struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open a room that stands, even empty, until it is cancelled.",
        discussion: """
            Says what to dial. A name that was cancelled, and so far gets 410 Gone, is free
            again.

            EXAMPLE
              confabctl create standup
            """)

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let room = try await client.create(target.room)
            options.show(room) { $0.created(room) }
        }
    }
}

struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a conference: everybody is sent away, and later callers get 410 Gone.",
        discussion: "EXAMPLE\n  confabctl cancel demo")

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let cancelled = try await client.cancel(target.room)
            options.show(cancelled) { $0.cancelled(cancelled) }
        }
    }
}

struct InviteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite",
        abstract: "Call people into a room.",
        discussion: """
            They ring at once; `confabctl watch ROOM` shows who comes. Whom may be called is
            said by `conference.dial-out` in the configuration.

            EXAMPLES
              confabctl invite demo ann bob            who is registered here
              confabctl invite demo sip:201@192.0.2.7  with dial-out: any
            """)

    @OptionGroup var target: RoomArgument
    @Argument(help: "User names that are registered here, or SIP addresses.") var addresses: [String]
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            for address in addresses {
                let member = try await client.invite(address, to: target.room)
                options.show(member) { "Calling \($0.describe(member)).\n" }
            }
        }
    }
}

struct Kick: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove a member. It may dial again, unless the room is locked.",
        discussion: "EXAMPLE\n  confabctl kick demo 3")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let member = try await client.kick(target.member, from: target.room)
            options.show(member) { "Removed \($0.describe(member)).\n" }
        }
    }
}

struct Ban: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove a member, and let that person in no more while the room stands.",
        discussion: "EXAMPLE\n  confabctl ban demo 3")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let member = try await client.ban(target.member, from: target.room)
            options.show(member) { "Banned \($0.describe(member)).\n" }
        }
    }
}

struct LowerHand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lower a member's hand: it has had the word.", discussion: "EXAMPLE\n  confabctl lower-hand demo bob")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let member = try await client.lowerHand(of: target.member, in: target.room)
            options.show(member) { "The hand of \($0.describe(member)) is down.\n" }
        }
    }
}

struct MuteAll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep everybody quiet but the creator and moderators.",
        discussion: "EXAMPLE\n  confabctl mute-all demo")

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let room = try await client.muteAll(in: target.room)
            options.show(room) { _ in TerminalText.safe("All but moderators are muted in \(room.name).") + "\n" }
        }
    }
}

struct Mute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep a member quiet. Only an operator can lift it again.",
        discussion: "EXAMPLE\n  confabctl mute demo bob")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let member = try await client.mute(target.member, in: target.room)
            options.show(member) { "Muted \($0.describe(member)).\n" }
        }
    }
}

struct Unmute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a member be heard again, whoever muted it.", discussion: "EXAMPLE\n  confabctl unmute demo bob")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let member = try await client.unmute(target.member, in: target.room)
            options.show(member) { "Unmuted \($0.describe(member)).\n" }
        }
    }
}

struct Lock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let nobody into a room any more; those inside stay.", discussion: "EXAMPLE\n  confabctl lock demo")

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let room = try await client.lock(target.room)
            options.show(room) { _ in TerminalText.safe("Locked \(room.name).") + "\n" }
        }
    }
}

struct Video: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the cameras of a room in another way, at once.",
        discussion: """
            MODES
              auto      each camera in a line of its own, for who offers lines for several;
                        who has one line sees who speaks, or all in one picture where
                        a camera is in a codec that it does not read
              grid      who has one line sees all in one picture
              switch    everybody sees who speaks; nothing is decoded
              forward   as auto, but nothing is decoded

            EXAMPLE
              confabctl video demo grid
            """)

    @OptionGroup var target: RoomArgument
    @Argument(help: "auto, grid, switch or forward.") var mode: VideoMode
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let room = try await client.showVideo(mode, in: target.room)
            options.show(room) { _ in TerminalText.safe("Room \(room.name): video \(mode.rawValue).") + "\n" }
        }
    }
}

extension VideoMode: ExpressibleByArgument {}

struct Unlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let people into a room again.", discussion: "EXAMPLE\n  confabctl unlock demo")

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let room = try await client.unlock(target.room)
            options.show(room) { _ in TerminalText.safe("Unlocked \(room.name).") + "\n" }
        }
    }
}
