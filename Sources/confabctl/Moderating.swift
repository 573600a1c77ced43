// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import OperatorAPI

/// A room, for the commands that name one.
struct RoomArgument: ParsableArguments {
    @Argument(help: RoomName.help, transform: RoomName.of) var room: String
}

/// A room and a member of it.
struct MemberArguments: ParsableArguments {
    @Argument(help: RoomName.help, transform: RoomName.of) var room: String
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

/// A command of the operator's that is a command of the room.
protocol RoomCommanding: AsyncParsableCommand {
    var room: String { get }
    var command: RoomCommand { get }
    var options: Options { get }
}

extension RoomCommanding {
    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            options.show(try await client.command(command, in: room), of: command, in: room)
        }
    }
}

/// One that needs nothing but the room.
protocol WholeRoomCommanding: RoomCommanding {
    var target: RoomArgument { get }
}

extension WholeRoomCommanding {
    var room: String { target.room }
}

/// One that is for a member.
protocol MemberCommanding: RoomCommanding {
    var target: MemberArguments { get }
}

extension MemberCommanding {
    var room: String { target.room }
    var member: RoomCommand.Target { .named(target.member) }
}

struct Cancel: WholeRoomCommanding {
    static let configuration = CommandConfiguration(
        abstract: "End a conference: everybody is sent away, and later callers get 410 Gone.",
        discussion: "EXAMPLE\n  confabctl cancel demo")

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options
    var command: RoomCommand { .cancel }
}

struct Lock: WholeRoomCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Let nobody into a room any more; those inside stay.",
        discussion: "EXAMPLE\n  confabctl lock demo")

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options
    var command: RoomCommand { .lock }
}

struct Unlock: WholeRoomCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Let people into a room again.",
        discussion: "EXAMPLE\n  confabctl unlock demo")

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options
    var command: RoomCommand { .unlock }
}

struct MuteAll: WholeRoomCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Keep everybody quiet but the creator and moderators.",
        discussion: "EXAMPLE\n  confabctl mute-all demo")

    @OptionGroup var target: RoomArgument
    @OptionGroup var options: Options
    var command: RoomCommand { .muteAll }
}

struct Video: WholeRoomCommanding {
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
    var command: RoomCommand { .showVideo(mode) }
}

struct RecordCommand: WholeRoomCommanding {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record what is said and seen in a room.",
        discussion: """
            Members are told by voice, or by a note, when it begins or goes on, and read a
            line when it pauses and ends too. Needs `recording.folder` in the configuration.
            Without a kind it is as the room's `record-as` or `recording.kind` says there.

            KINDS
              --video        one file: all in one picture, and what they say
              --audio-only   one file: what all say
              --tracks       that, and a file for what each member says; all begin
                             at the same moment, for editors

            EXAMPLES
              confabctl record demo start --tracks
              confabctl record demo pause       what is said meanwhile is not kept
              confabctl record demo resume
              confabctl record demo stop
            """)

    @OptionGroup var target: RoomArgument
    @Argument(help: "start, pause, resume or stop.") var verb: RecordingVerb
    @Flag(help: "What the recording consists of.") var kind: RecordingKind?
    @OptionGroup var options: Options
    var command: RoomCommand { .record(verb, as: kind) }

    func validate() throws {
        guard kind == nil || verb == .start else { throw ValidationError("A kind goes with start only") }
    }
}

struct Mute: MemberCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Keep a member quiet. Only an operator can lift it again.",
        discussion: "EXAMPLE\n  confabctl mute demo bob")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options
    var command: RoomCommand { .mute(member) }
}

struct Unmute: MemberCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Let a member be heard again, whoever muted it; who muted itself is asked to.",
        discussion: "EXAMPLE\n  confabctl unmute demo bob")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options
    var command: RoomCommand { .unmute(member) }
}

struct Kick: MemberCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Remove a member. It may dial again, unless the room is locked.",
        discussion: "EXAMPLE\n  confabctl kick demo 3")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options
    var command: RoomCommand { .kick(member) }
}

struct Ban: MemberCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Remove a member, and let that person in no more while the room stands.",
        discussion: "EXAMPLE\n  confabctl ban demo 3")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options
    var command: RoomCommand { .ban(member) }
}

struct LowerHand: MemberCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Lower a member's hand: it has had the word.",
        discussion: "EXAMPLE\n  confabctl lower-hand demo bob")

    @OptionGroup var target: MemberArguments
    @OptionGroup var options: Options
    var command: RoomCommand { .lowerHand(member) }
}

struct Role: MemberCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Make a member a moderator, a presenter, or an attendee again.",
        discussion: """
            ROLES
              moderator   may mute, remove, lock, record, and give roles
              presenter   is heard where only presenters are
              attendee    what everybody is

            EXAMPLE
              confabctl role board ann moderator
            """)

    @OptionGroup var target: MemberArguments
    @Argument(help: "moderator, presenter or attendee.") var role: MemberRole
    @OptionGroup var options: Options
    var command: RoomCommand { .giveRole(role, member) }
}

struct Volume: MemberCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Make a member, or a film, louder or softer for everybody.",
        discussion: """
            EXAMPLES
              confabctl volume demo film.mp4 -- -6    six decibels softer
              confabctl volume demo bob 0             as it is
            """)

    @OptionGroup var target: MemberArguments
    @Argument(help: "Decibels from -40 to 20 beside how loud it is.") var decibels: Int
    @OptionGroup var options: Options
    var command: RoomCommand { .volume(decibels, member) }

    func validate() throws {
        guard RoomCommand.volumes.contains(decibels) else {
            throw ValidationError("decibels are a number from -40 to 20; a negative one stands behind --")
        }
    }
}

struct Move: MemberCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Take a member to another room; its call goes on.",
        discussion: """
            The room is made where it does not stand. A lock and a PIN do not keep out whom
            an operator brings; a full room and a ban do.

            EXAMPLE
              confabctl move demo bob board
            """)

    @OptionGroup var target: MemberArguments
    @Argument(help: "Where to: a room's name or address.", transform: RoomName.of) var destination: String
    @OptionGroup var options: Options
    var command: RoomCommand { .move(to: destination, member) }
}

struct Breakout: WholeRoomCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Spread all but moderators over rooms of their own, and bring them back.",
        discussion: """
            EXAMPLES
              confabctl breakout demo 3       into demo-1, demo-2 and demo-3
              confabctl breakout demo end     everybody back
            """)

    @OptionGroup var target: RoomArgument
    @Argument(help: "How many rooms, from 1 to 50, or end.") var rooms: String
    @OptionGroup var options: Options
    var command: RoomCommand { .breakout(Int(rooms)) }

    func validate() throws {
        guard rooms == "end" || Int(rooms).map(RoomCommand.breakouts.contains) == true else {
            throw ValidationError("say how many rooms, from 1 to 50, or end")
        }
    }
}

struct Play: WholeRoomCommanding {
    static let configuration = CommandConfiguration(
        abstract: "Play a video file into a room, picture and sound.",
        discussion: """
            It joins as a member named after the file, and leaves when it is over. The file is
            on the focus's machine. `confabctl volume` makes it louder or softer, `confabctl
            mute` keeps its sound out, `confabctl show` lists it with the members.

            EXAMPLES
              confabctl play demo talk.mp4
              confabctl play demo logo.mp4 --loop     again and again
              confabctl play demo --stop              all films; --stop talk.mp4 for one

            --stop where nothing plays says so, and is no error.
            """)

    @OptionGroup var target: RoomArgument
    @Argument(help: "What to play, or with --stop to stop.", completion: .file()) var file: String?
    @Flag(help: "Again and again.") var loop = false
    @Flag(help: "Stop what is played.") var stop = false
    @OptionGroup var options: Options

    func validate() throws {
        guard stop || file != nil else { throw ValidationError("name a file, or --stop") }
        if stop, loop { throw ValidationError("--loop and --stop exclude each other") }
    }

    var command: RoomCommand {
        stop
            ? .stop(file.map(FilmName.of))
            : .play("file:\(options.absolute(file ?? ""))\(loop ? "" : "?once")")
    }
}

extension VideoMode: ExpressibleByArgument {}
extension RecordingVerb: ExpressibleByArgument {}

extension RecordingKind: ExpressibleByArgument, EnumerableFlag {
    static func name(for kind: RecordingKind) -> NameSpecification {
        switch kind {
        case .video: .customLong("video")
        case .audio: .customLong("audio-only")
        case .tracks: .customLong("tracks")
        }
    }
}
extension MemberRole: ExpressibleByArgument {}
