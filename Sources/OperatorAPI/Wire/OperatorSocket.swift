// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import Glibc

/// Where the operator socket is, and what is found there.
package enum OperatorSocket {
    /// The places where a focus listens when it is not told where: the system's, then the user's own. confabctl looks in
    /// the same ones.
    ///
    /// - Parameters:
    ///   - environment: The environment variables.
    ///   - user: Numeric user id.
    package static func standardPaths(environment: [String: String], user: UInt32) -> [String] {
        var paths = ["/run/confab/confabd.sock"]
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
            paths.append(runtime + "/confab/confabd.sock")
        }
        paths.append("/tmp/confab-\(user)/confabd.sock")
        return paths
    }

    /// Where a focus of this user listens when it is not told where.
    package static func standardPath(environment: [String: String], user: UInt32) -> String {
        let paths = standardPaths(environment: environment, user: user)
        return user == 0 ? paths[0] : paths[1]
    }

    /// What stands at a path.
    package enum Condition: Hashable, Sendable {
        /// Somebody listens.
        case live
        /// A socket file whose process is gone.
        case stale
        case missing
        /// This process may not connect.
        case denied
        /// A file of another kind.
        case notASocket
        /// What the system says, as an error number.
        case failed(Int32)
    }

    /// Tries to connect. Returns at once.
    package static func probe(_ path: String) -> Condition {
        let descriptor = socket(AF_UNIX, streamCloseOnExecNonBlocking, 0)
        guard descriptor >= 0 else { return .failed(errno) }
        defer { close(descriptor) }
        guard let address = addressBytes(path) else { return .failed(ENAMETOOLONG) }
        let result = unsafe address.withUnsafeBytes { bytes in
            unsafe connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        if result == 0 { return .live }
        switch errno {
        case ENOENT, ENOTDIR: return .missing
        case EACCES, EPERM: return .denied
        case ECONNREFUSED: return isSocket(path) ? .stale : .notASocket
        // The queue of waiting connections is full: somebody listens, and is busy.
        case EAGAIN: return .live
        case let error: return .failed(error)
        }
    }

    /// `SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK` as Linux numbers them. The members of C enumerations and structures
    /// belong to another C module as soon as NIO is imported beside, and which one the compiler sees depends on the
    /// order of files: so neither these nor `sockaddr_un` are taken from Glibc.
    private static let streamCloseOnExecNonBlocking: Int32 = 0o1 | 0o2_000_000 | 0o4000

    /// A `sockaddr_un`: the family, then the path with a zero behind. nil when the path is too long.
    private static func addressBytes(_ path: String) -> [UInt8]? {
        let longest = MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size - 1
        guard !path.isEmpty, path.utf8.count <= longest, !path.utf8.contains(0) else { return nil }
        let family = sa_family_t(AF_UNIX)
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_un>.size)
        bytes.replaceSubrange(0..<2, with: unsafe withUnsafeBytes(of: family) { unsafe Array($0) })
        bytes.replaceSubrange(2..<(2 + path.utf8.count), with: path.utf8)
        return bytes
    }

    /// Connecting to a plain file is refused just as to a dead socket.
    private static func isSocket(_ path: String) -> Bool {
        let resolved = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let attributes = try? FileManager.default.attributesOfItem(atPath: resolved)
        return attributes?[.type] as? FileAttributeType == .typeSocket
    }

    /// What the system calls an error.
    static func words(_ error: Int32) -> String { unsafe String(cString: strerror(error)) }
}
