// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import OperatorAPI

struct InviteCommand: AsyncParsableCommand {
    /// What `confabctl` ends with where somebody did not come.
    private static let notReached: Int32 = 5

    static let configuration = CommandConfiguration(
        commandName: "invite",
        abstract: "Call people into a room.",
        discussion: """
            They ring at once, each of them, also where another cannot be called. With --wait
            each line says what becomes of a call, with --json as an event; without it
            `confabctl watch ROOM` shows the same. Whom may be called is said by
            `conference.dial-out` in the configuration.

            EXAMPLES
              confabctl invite demo ann bob            who is registered here
              confabctl invite demo sip:201@192.0.2.7  with dial-out: any
              confabctl invite demo ann --wait || echo "ann does not come"
            """)

    @OptionGroup var target: RoomArgument
    @Argument(help: "User names that are registered here, or SIP addresses.") var addresses: [String]
    @Flag(help: "Wait until each has answered or is not reached; exit code 5 where somebody is not.") var wait = false
    @OptionGroup var options: Options

    func run() async throws {
        var exitCode: Int32 = 0
        try await options.run { client throws(OperatorClientError) in
            if wait {
                exitCode = try await follow(client)
            } else {
                for address in addresses { _ = try await call(address, client, &exitCode) }
            }
        }
        if exitCode != 0 { throw ExitCode(exitCode) }
    }

    /// - Parameter exitCode: Changed where the focus says no.
    private func call(
        _ address: String, _ client: OperatorClient, _ exitCode: inout Int32
    ) async throws(OperatorClientError) -> MemberDetail? {
        let command = RoomCommand.invite(address)
        do throws(OperatorClientError) {
            let outcome = try await client.command(command, in: target.room)
            // Events stand alone in their output: each is a line, which a command's answer is not.
            if !(wait && options.json) { options.show(outcome, of: command, in: target.room) }
            return outcome.member
        } catch .answered(let refusal) {
            let error = OperatorClientError.answered(refusal)
            Output.complain("\(address) is not called: \(error)")
            exitCode = error.exitCode
            return nil
        }
    }

    private enum News: Sendable {
        case ready
        case event(ConferenceEvent)
        case over(OperatorClientError)
    }

    /// Calls, and tells what becomes of it until nobody is being called any more.
    private func follow(_ client: OperatorClient) async throws(OperatorClientError) -> Int32 {
        let room = try await client.room(target.room).summary.name
        let (news, teller) = AsyncStream.makeStream(of: News.self)
        let watching = Task {
            do throws(OperatorClientError) {
                try await client.watch(room: room, onReady: { teller.yield(.ready) }) { teller.yield(.event($0)) }
                teller.yield(.over(.stopped))
            } catch {
                teller.yield(.over(error))
            }
        }
        defer { watching.cancel() }
        var exitCode: Int32 = 0
        var called: Set<String> = []
        for await item in news {
            switch item {
            case .ready:
                for address in addresses {
                    if let member = try await call(address, client, &exitCode) { called.insert(member.id) }
                }
            case .event(let event):
                guard let member = event.member, called.contains(member) else { continue }
                switch event.kind {
                case .calledRinging: break
                case .calledAnswered: called.remove(member)
                case .calledNotReached:
                    called.remove(member)
                    exitCode = Self.notReached
                default: continue
                }
                options.show(event)
            case .over(let error): throw error
            }
            if called.isEmpty { break }
        }
        return exitCode
    }
}
