// SPDX-License-Identifier: GPL-3.0-or-later

package import Glibc
import Synchronization

/// Another program running beside us, in a process group of its own, that never outlives its owner.
///
/// It is ended by its id only. Dropping the last reference kills it; so does the death of our own process, however
/// sudden: a guard (`sh` reading from a pipe of ours) sees the pipe close and kills the group.
package final class ChildProcess: Sendable {
    /// What to run and how.
    package struct Launch: Sendable {
        /// A path, or a name to look for in PATH.
        package var program: String
        package var arguments: [String]
        /// Added to our own environment.
        package var environment: [String: String] = [:]
        /// Where it runs; our own folder where nil.
        package var folder: String?
        /// File that takes its standard output; emptied first. Nowhere where nil.
        package var output: String?
        /// File that takes its standard error; the same as `output` where nil.
        package var errors: String?
        /// Whether it reads what `write` says; else its standard input is empty.
        package var takesInput = false

        package init(_ program: String, _ arguments: [String] = []) {
            self.program = program
            self.arguments = arguments
        }
    }

    /// How it ended.
    package enum Exit: Hashable, Sendable {
        case status(Int32)
        case signal(Int32)

        package var isSuccess: Bool { self == .status(0) }
    }

    private struct State {
        var exit: Exit?
        var input: Int32
        var guardian: pid_t
        var guardPipe: Int32
    }

    /// Writing to a program that just ended must be an error and not our own end.
    private static let ignoringBrokenPipes: Bool = {
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        return true
    }()

    private let launch: Launch
    /// Its process id, which is that of its group too.
    package let pid: pid_t
    private let state: Mutex<State>

    /// - Throws: `ChildProcessError` where it cannot be started. A name not found in PATH ends with status 127 instead.
    package init(_ launch: Launch) throws(ChildProcessError) {
        self.launch = launch
        _ = Self.ignoringBrokenPipes
        let input = launch.takesInput ? try Pipe() : nil
        let guardPipe = try Pipe()
        var command = ["env"]
        if let folder = launch.folder { command += ["--chdir=\(folder)"] }
        command += launch.environment.map { "\($0.key)=\($0.value)" }.sorted() + [launch.program] + launch.arguments
        var spawn = Spawn()
        spawn.standardInput = input?.reading
        spawn.output = launch.output
        spawn.errors = launch.errors
        pid = try spawn.run(command)
        var watch = Spawn()
        watch.standardInput = guardPipe.reading
        let guardian = try? watch.run(["sh", "-c", "read -r line; kill -s KILL -- -$0", "\(pid)"])
        input?.closeReading()
        guardPipe.closeReading()
        state = Mutex(
            State(
                exit: nil, input: input?.writing ?? -1, guardian: guardian ?? 0, guardPipe: guardPipe.writing))
    }

    deinit {
        kill()
    }

    /// How it ended, or nil while it runs.
    package var exit: Exit? {
        state.withLock { state in
            if state.exit == nil { reap(&state, blocking: false) }
            return state.exit
        }
    }

    package var isRunning: Bool { exit == nil }

    /// Sends `text` and a newline to its standard input. What cannot be sent (it ended) is dropped.
    package func write(line text: String) { write(text + "\n") }

    /// The same without a newline.
    package func write(_ text: String) {
        let bytes = Array(text.utf8)
        state.withLock { state in
            guard state.input >= 0 else { return }
            _ = unsafe Glibc.write(state.input, bytes, bytes.count)
        }
    }

    /// Ends its standard input.
    package func closeInput() {
        state.withLock { state in
            if state.input >= 0 { close(state.input) }
            state.input = -1
        }
    }

    /// Sends a signal to it alone, not to its group.
    package func signal(_ number: Int32) {
        state.withLock { state in
            if state.exit == nil { reap(&state, blocking: false) }
            if state.exit == nil { _ = Glibc.kill(pid, number) }
        }
    }

    /// Asks it to end with `number`, and kills it and all it started where it has not after `patience`.
    @discardableResult
    package func stop(_ number: Int32 = SIGTERM, within patience: Duration = .seconds(3)) async -> Exit? {
        signal(number)
        _ = await waitForExit(within: patience)
        kill()
        return exit
    }

    /// Waits until it has ended.
    /// - Returns: how, or nil where it runs still.
    package func waitForExit(within patience: Duration) async -> Exit? {
        _ = await Condition.holds(within: patience) { self.exit != nil }
        return exit
    }

    /// Kills it and all it started, at once. Safe to call twice.
    package func kill() {
        state.withLock { state in
            if state.exit == nil {
                _ = Glibc.kill(-pid, SIGKILL)
                reap(&state, blocking: true)
            }
        }
    }

    /// Closes the guard's pipe, as our own death would: for the test of the guard.
    package func abandon() {
        state.withLock { state in
            close(state.guardPipe)
            state.guardPipe = -1
        }
    }

    /// What it printed so far, where `launch.output` names a file.
    package var printed: String {
        launch.output.map(Self.text(of:)) ?? ""
    }

    /// The text of a file as it stands; empty where there is none.
    package static func text(of path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = unsafe read(descriptor, &chunk, chunk.count)
            if got < 0, errno == EINTR { continue }
            if got <= 0 { break }
            bytes.append(contentsOf: chunk[..<got])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func reap(_ state: inout State, blocking: Bool) {
        var status: Int32 = 0
        var reaped = unsafe waitpid(pid, &status, blocking ? 0 : WNOHANG)
        while reaped < 0, errno == EINTR { reaped = unsafe waitpid(pid, &status, blocking ? 0 : WNOHANG) }
        guard reaped != 0 else { return }
        let number = status & 0x7F
        state.exit = number == 0 ? .status((status >> 8) & 0xFF) : .signal(number)
        // What it started and left behind goes too; the group's id stays taken while any of it lives.
        _ = Glibc.kill(-pid, SIGKILL)
        if state.input >= 0 { close(state.input) }
        state.input = -1
        if state.guardian > 0 {
            _ = Glibc.kill(-state.guardian, SIGKILL)
            _ = waitpid(state.guardian, nil, 0)
        }
        if state.guardPipe >= 0 { close(state.guardPipe) }
    }
}

/// Why a program could not be started.
package struct ChildProcessError: Error, CustomStringConvertible {
    package let description: String

    init(_ step: String, _ code: Int32) {
        let text = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        description = "\(step): \(text)"
    }
}
