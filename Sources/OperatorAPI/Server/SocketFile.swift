// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import Glibc

/// The socket file of a server: checked before, put in place with its permissions, removed after.
///
/// The server binds to a name beside the final one, gives that file its mode and group, and renames it: so nobody ever
/// finds the socket with other permissions, and the file of a dead process is replaced in one step.
struct SocketFile: Sendable {
    let path: String
    let mode: UInt32
    let group: String?

    /// Where the server binds.
    var bindPath: String { "\(path).\(getpid())" }

    /// Makes the folder if it is missing, and sees that no other focus has the socket.
    func prepare() throws(OperatorServerError) {
        guard path.hasPrefix("/"), bindPath.utf8.count < 108 else {
            throw .badPath(path, "the path must be absolute and have 90 bytes at most")
        }
        switch OperatorSocket.probe(path) {
        case .live: throw .alreadyRunning(path)
        case .notASocket: throw .badPath(path, "another kind of file stands there")
        case .denied: throw .badPath(path, "permission denied")
        case .failed(let error): throw .badPath(path, OperatorSocket.words(error))
        case .stale, .missing: try makeFolder()
        }
    }

    /// Makes the folder if it is missing. A folder of our own under `/tmp` is private, and must not be somebody else's
    /// trap; any other is left as it is, the socket's own mode guards it.
    private func makeFolder() throws(OperatorServerError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        guard !folder.isEmpty else { return }
        let isPrivate = folder == "/tmp/confab-\(getuid())"
        if unsafe mkdir(folder, isPrivate ? 0o700 : 0o755) != 0, errno != EEXIST {
            throw .badPath(path, "cannot make the folder \(folder): \(OperatorSocket.words(errno))")
        }
        guard isPrivate else { return }
        let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: folder)) != nil
        // Only the owner may change permissions.
        guard !isLink, unsafe chmod(folder, 0o700) == 0 else {
            throw .badPath(path, "the folder \(folder) belongs to somebody else")
        }
    }

    /// Gives the bound file its permissions and its name.
    func publish() throws(OperatorServerError) {
        if let group {
            guard let id = unsafe getgrnam(group)?.pointee.gr_gid else { throw .unknownGroup(group) }
            guard unsafe chown(bindPath, uid_t.max, id) == 0 else {
                throw .badPath(path, "cannot give it to group \(group): \(OperatorSocket.words(errno))")
            }
        }
        guard unsafe chmod(bindPath, mode_t(mode)) == 0, unsafe rename(bindPath, path) == 0 else {
            throw .badPath(path, OperatorSocket.words(errno))
        }
    }

    /// Removes what is ours, after the server has closed. A file that another focus has put there since is alive and
    /// stays.
    func remove() {
        unsafe unlink(bindPath)
        if OperatorSocket.probe(path) == .stale { unsafe unlink(path) }
    }
}

/// Why the operator server cannot start. The text is one clear line.
package enum OperatorServerError: Error, Hashable, Sendable, CustomStringConvertible {
    case alreadyRunning(String)
    case badPath(String, String)
    case unknownGroup(String)
    case cannotBind(String, String)

    package var description: String {
        switch self {
        case .alreadyRunning(let path):
            "operator socket \(path): another confabd is running there; stop it, or choose another operator.socket"
        case .badPath(let path, let why): "operator socket \(path): \(why)"
        case .unknownGroup(let group): "operator.group: there is no group \(group)"
        case .cannotBind(let place, let why): "cannot listen at \(place): \(why)"
        }
    }
}
