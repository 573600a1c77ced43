// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import UserAgent

/// Who we are and how we reach others: what every command that talks SIP takes.
struct AgentOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How others see you; by default your full name.", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The user part of your SIP address; by default your user name. Who created a conference can cancel it under this name.",
            valueName: "user"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "Where to listen for SIP, such as 192.0.2.1:5060 or :5060; by default any free port.", valueName: "address")
    )
    var listen: String?

    @Option(
        help: ArgumentHelp("Transport where the address names none: udp or tcp.", valueName: "udp|tcp"),
        transform: Self.transport)
    var transport = UserAgent.Transport.udp

    var options: UserAgent.Options {
        var options = UserAgent.Options()
        if let name { options.displayName = name }
        if let user { options.user = user }
        options.listen = listen
        options.transport = transport
        return options
    }

    private static func transport(_ name: String) throws -> UserAgent.Transport {
        guard let transport = UserAgent.Transport(rawValue: name.lowercased()) else {
            throw ValidationError("\"\(name)\" is no transport: udp and tcp are")
        }
        return transport
    }

    func validate() throws {
        if user?.isEmpty == true { throw ValidationError("--user is empty") }
    }
}
