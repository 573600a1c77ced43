// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
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

    @Option(
        help: ArgumentHelp(
            """
            Log in as sip:ann@pbx.example where a server asks; the password is read from --password-file or from the variable \
            CONFAB_PASSWORD.
            """, valueName: "address"))
    var account: String?

    @Option(help: ArgumentHelp("The name to log in with, where it is not that of --account.", valueName: "name"))
    var login: String?

    @Option(
        help: ArgumentHelp(
            "Read the password from the first line of this file; - is standard input.", valueName: "file"))
    var passwordFile: String?

    var options: UserAgent.Options {
        var options = UserAgent.Options()
        if let name { options.displayName = name }
        if let user { options.user = user }
        options.listen = listen
        options.transport = transport
        if let account { options.account = .init(address: account, password: password ?? "", login: login) }
        return options
    }

    private var password: String? {
        guard let passwordFile else { return ProcessInfo.processInfo.environment["CONFAB_PASSWORD"] }
        let data =
            passwordFile == "-"
            ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: passwordFile)
        return data.map { String(decoding: $0, as: UTF8.self).prefix { !$0.isNewline }.description }
    }

    private static func transport(_ name: String) throws -> UserAgent.Transport {
        guard let transport = UserAgent.Transport(rawValue: name.lowercased()) else {
            throw ValidationError("\"\(name)\" is no transport: udp and tcp are")
        }
        return transport
    }

    func validate() throws {
        guard account != nil || (login == nil && passwordFile == nil) else {
            throw ValidationError("--login and --password-file are for --account")
        }
        if account != nil, password == nil {
            throw ValidationError("--account needs a password: --password-file FILE, or CONFAB_PASSWORD")
        }
        if user?.isEmpty == true { throw ValidationError("--user is empty") }
    }
}
