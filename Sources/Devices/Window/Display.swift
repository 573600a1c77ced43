// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// The screen that the environment names.
enum Display {
    static var isNamed: Bool { !name.isEmpty }

    static var name: String { value("DISPLAY") ?? value("WAYLAND_DISPLAY") ?? value("SDL_VIDEODRIVER") ?? "" }

    /// SDL's names of what may be there. Others would take over a console without asking, and a library that looks in vain
    /// for its server complains on standard error.
    static var drivers: String {
        [value("DISPLAY").map { _ in "x11" }, value("WAYLAND_DISPLAY").map { _ in "wayland" }]
            .compactMap(\.self).joined(separator: ",")
    }

    private static func value(_ variable: String) -> String? {
        guard let text = unsafe getenv(variable), unsafe text[0] != 0 else { return nil }
        return unsafe String(cString: text)
    }
}
