// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Other people's programs, where this machine has them: `.enabled(if: Program.baresip.isInstalled)`.
enum Program: String, CaseIterable {
    case baresip
    case linphonec
    case sipp
    case ffmpeg

    var isInstalled: Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").contains { folder in
            FileManager.default.isExecutableFile(atPath: "\(folder)/\(rawValue)")
        }
    }
}
