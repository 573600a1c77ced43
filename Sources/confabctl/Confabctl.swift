// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference

@main
struct Confabctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confabctl",
        abstract: "Look into a running confabd and moderate its conferences.",
        discussion: """
            Talks to confabd on this machine over its operator socket; whoever may write to
            the socket may command. A room is named by what stands before the @ of its
            address: demo for sip:demo@host.

            EXAMPLES
              confabctl list                   the rooms there are
              confabctl show demo              who is in room demo, and how the lines are
              confabctl watch                  what happens, as it happens
              confabctl mute demo 3            keep member 3 quiet
              confabctl kick demo bob          remove member bob
              confabctl invite demo ann        call ann into it
              confabctl cancel demo            end the conference for everybody
              confabctl create demo            open a room, also one that was cancelled
              confabctl room set board --pin 4711
                                               arrange a room that asks for a PIN
              confabctl user add ann           let ann log in
              confabctl record demo start      record what is said
              confabctl records                calls that are over
              confabctl list --json | jq .     for scripts

            A member is named by its number in `confabctl show`, its SIP URI, or its user
            name or display name where only one member has it.

            EXIT CODES
              0   done
              1   something else went wrong
              2   no focus is running
              3   no such room or member
              4   refused: not allowed, in conflict, full, or permission denied
              5   somebody whom `invite --wait` called did not come
              64  wrong usage

            ENVIRONMENT
              CONFAB_SOCKET   path of the operator socket, where --socket is not given
              NO_COLOR        no colours, even on a terminal
            """,
        version: "confabctl \(Release.version)",
        subcommands: [
            List.self, Show.self, Explain.self, Watch.self, Create.self, Cancel.self, InviteCommand.self, Play.self,
            Kick.self,
            Ban.self, Mute.self, Unmute.self, MuteAll.self, LowerHand.self, Volume.self, Move.self, Breakout.self,
            Role.self, Lock.self,
            Unlock.self, Video.self, RecordCommand.self, Recordings.self, RoomCommands.self, User.self, Records.self,
            Audit.self, Messages.self, Export.self, Stats.self, Version.self,
        ])

    static func main() async {
        await main(Options.afterCommand(Array(CommandLine.arguments.dropFirst())))
    }
}
