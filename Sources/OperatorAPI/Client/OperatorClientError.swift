// SPDX-License-Identifier: GPL-3.0-or-later

/// Why a command came to nothing, in one line, and the exit code that goes with it.
package enum OperatorClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody listens at any of these paths.
    case notRunning(looked: [String])
    /// The socket is there, but not for this user.
    case permissionDenied(path: String)
    /// Something else than a focus listens there, or the path is no socket.
    case notAFocus(path: String, why: String)
    /// The focus speaks another version of the API.
    case versionMismatch(ours: Int, theirs: String)
    /// The focus said no.
    case answered(APIError)
    /// It ran, and is stopping: the end of watching.
    case stopped
    /// The connection broke.
    case connectionLost(String)

    package var description: String {
        switch self {
        case .notRunning(let paths):
            "no focus is running (looked at \(paths.joined(separator: ", "))); start it with `systemctl start confabd`"
                + " or `confabd --config FILE`, or name its socket with --socket"
        case .permissionDenied(let path):
            "permission denied: \(path); run as root or as a member of the socket's group (operator.group in"
                + " confabd.yaml)"
        case .notAFocus(let path, let why):
            "\(path): \(why)"
        case .versionMismatch(let ours, let theirs):
            "the focus speaks version \(theirs) of the operator API, this confabctl version \(ours): install the same"
                + " release of both"
        case .answered(let error):
            error.message + (error.hint.map { ". \($0)" } ?? "")
        case .stopped:
            "the focus is stopping"
        case .connectionLost(let why):
            "the focus closed the connection: \(why)"
        }
    }

    /// 1 general, 2 not running, 3 unknown room or member, 4 refused.
    package var exitCode: Int32 {
        switch self {
        case .notRunning, .stopped: 2
        case .permissionDenied: 4
        case .notAFocus, .versionMismatch, .connectionLost: 1
        case .answered(let error):
            switch error.code {
            case .unknownRoom, .unknownMember: 3
            case .refused, .conflict, .ambiguousMember, .limit, .draining: 4
            case .invalid, .unknownRoute, .internal: 1
            }
        }
    }
}
