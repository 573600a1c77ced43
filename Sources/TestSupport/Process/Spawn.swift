// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Synchronization

/// One `posix_spawn` into a new process group.
struct Spawn {
    /// Descriptor that becomes its standard input; empty where nil.
    var standardInput: Int32?
    /// File for its standard output, nowhere where nil.
    var output: String?
    /// File for its standard error; the same as `output` where nil.
    var errors: String?

    /// - Parameter command: program and arguments; the program is looked for in PATH.
    func run(_ command: [String]) throws(ChildProcessError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let standardInput {
            unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        let create = O_WRONLY | O_CREAT | O_TRUNC
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", create, 0o644)
        if let errors {
            unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, create, 0o644)
        } else {
            unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        unsafe sigemptyset(&defaults)
        for number in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { unsafe sigaddset(&defaults, number) }
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
        unsafe posix_spawnattr_setsigmask(&attributes, &mask)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var arguments = unsafe command.map { unsafe strdup($0) }
        defer { unsafe arguments.forEach { unsafe free($0) } }
        unsafe arguments.append(nil)
        var pid = pid_t()
        let code = Pipe.opening.withLock { _ in
            unsafe posix_spawnp(&pid, command[0], &actions, &attributes, arguments, environ)
        }
        guard code == 0 else { throw ChildProcessError(command.joined(separator: " "), code) }
        return pid
    }
}

/// A pipe whose ends no other child inherits.
struct Pipe {
    /// Held while descriptors exist that are not yet marked, and while a child is made.
    static let opening = Mutex(())

    let reading: Int32
    let writing: Int32

    init() throws(ChildProcessError) {
        var ends: [Int32] = [-1, -1]
        let code = Self.opening.withLock { _ -> Int32 in
            guard unsafe pipe(&ends) == 0 else { return errno }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return 0
        }
        guard code == 0 else { throw ChildProcessError("pipe", code) }
        reading = ends[0]
        writing = ends[1]
    }

    func closeReading() {
        close(reading)
    }
}
