// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// The process's streams, unbuffered: a script that reads our events must see each at once.
enum Output {
    static func line(_ text: String) {
        write(printable(text) + "\n")
    }

    static func error(_ text: String) {
        write(printable(text) + "\n", to: STDERR_FILENO)
    }

    /// Writes as it is, escape sequences and all.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // A reader that went away is no reason to stop a call; what cannot be said is not said.
            guard written > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(0, written))
        }
    }

    /// Names come from strangers: without what a terminal would obey.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
