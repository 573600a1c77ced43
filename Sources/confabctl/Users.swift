// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import Foundation
import OperatorAPI

struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who may log in, where the configuration says `auth: {mode: users}`.",
        discussion: """
            Accounts outlive the focus where `storage.file` is set. A softphone logs in with
            the user name, the password, and this host as its domain or proxy.

            EXAMPLES
              confabctl user add ann --display-name "Ann Lee"    asks for a password
              confabctl user add bob --generate                  makes one and prints it
              confabctl user password ann --password-file -      reads it from standard input
              confabctl user list
            """,
        subcommands: [Add.self, List.self, Password.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account.")

        @Argument(help: "The user name: what stands before the @ of its address.") var name: String
        @Option(help: "The name that others see.") var displayName: String?
        @OptionGroup var secret: PasswordOptions
        @OptionGroup var options: Options

        func run() async throws {
            let password = try secret.password(for: name)
            try await options.run { client throws(OperatorClientError) in
                let user = try await client.setUser(
                    SetUser(name: name, displayName: displayName, password: password), isNew: true)
                secret.show(user, password, options) { "User \(user.name) may log in." }
                if try await client.version().hasAccounts == false {
                    Output.complain("nobody is asked to log in: auth.mode is none in the configuration")
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts, and where they are registered.")

        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client throws(OperatorClientError) in
                let users = try await client.users()
                options.show(users) { _ in RecordText.users(users, colours: Output.hasColours) }
            }
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give an account another password.")

        @Argument(help: "The user name.") var name: String
        @OptionGroup var secret: PasswordOptions
        @OptionGroup var options: Options

        func run() async throws {
            let password = try secret.password(for: name)
            try await options.run { client throws(OperatorClientError) in
                let user = try await client.setUser(
                    SetUser(name: name, displayName: nil, password: password), isNew: false)
                secret.show(user, password, options) { "User \(user.name) has another password." }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an account away. Calls that stand go on.")

        @Argument(help: "The user name.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client throws(OperatorClientError) in
                let removed = try await client.removeUser(name)
                options.show(removed) { _ in TerminalText.safe("User \(removed.name) is gone.") + "\n" }
            }
        }
    }
}

/// Where a password comes from: never from the command line, which everybody on the machine can read.
struct PasswordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read the password from the first line of this file; - is standard input.", valueName: "file"))
    var passwordFile: String?

    @Flag(help: "Make a password and print it.") var generate = false

    func validate() throws {
        if generate, passwordFile != nil { throw ValidationError("--generate and --password-file exclude each other") }
    }

    func password(for name: String) throws -> String {
        if generate {
            let letters = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
            var random = SystemRandomNumberGenerator()
            return String((0..<16).map { _ in letters.randomElement(using: &random) ?? "x" })
        }
        if let passwordFile {
            let data =
                passwordFile == "-"
                ? FileHandle.standardInput.readDataToEndOfFile()
                : try Data(contentsOf: URL(filePath: passwordFile))
            let line = String(decoding: data, as: UTF8.self).prefix { $0 != "\n" && $0 != "\r\n" && $0 != "\r" }
            return String(line)
        }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("There is no terminal to ask for a password: use --password-file or --generate")
        }
        let first = try Self.ask("Password for \(name): ")
        guard try Self.ask("Once more: ") == first else { throw ValidationError("They differ.") }
        return first
    }

    /// Says what was done, and the password where it was made here.
    func show(_ user: UserSummary, _ password: String, _ options: Options, _ words: () -> String) {
        let made = AccountMade(user: user, password: generate ? password : nil)
        options.show(made) { _ in
            TerminalText.safe(words()) + "\n" + (made.password.map { "Password: \($0)\n" } ?? "")
        }
    }

    private static func ask(_ prompt: String) throws -> String {
        var settings = termios()
        _ = unsafe tcgetattr(STDIN_FILENO, &settings)
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        FileHandle.standardError.write(Data(prompt.utf8))
        guard let line = readLine(), !line.isEmpty else { throw ValidationError("No password.") }
        return line
    }
}

/// What `user add` and `user password` print with --json.
private struct AccountMade: Encodable {
    var user: UserSummary
    /// Only where it was made here.
    var password: String?
}
