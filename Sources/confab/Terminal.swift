// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc
import Synchronization

/// The terminal while it shows a live call: keys come one by one and unseen, the cursor hides. Put back by `restore`, whatever happens.
enum Terminal {
    private static let saved = Mutex<termios?>(nil)

    /// Whether a person sits at both ends.
    static var isThere: Bool { isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1 }

    static func takeOver() {
        var settings = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
        let before = settings
        saved.withLock { if $0 == nil { $0 = before } }
        // Signals stay: Ctrl-C is heard as such.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        Output.write("\u{1B}[?25l")
    }

    /// From any thread; again does nothing.
    static func restore() {
        let before = saved.withLock { saved in
            defer { saved = nil }
            return saved
        }
        guard var before else { return }
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &before)
        Output.write("\u{1B}[?25h")
    }

    /// Columns; 80 where nobody knows.
    static var width: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
