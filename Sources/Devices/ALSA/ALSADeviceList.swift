// SPDX-License-Identifier: GPL-3.0-or-later

import CALSA
import Glibc

/// One line of `confab devices`.
package struct AudioDeviceDescription: Hashable, Sendable {
    /// What to write after `--mic alsa:` or `--speaker alsa:`.
    package var name: String
    /// What a person would call it; lines of ALSA's own text joined by a comma.
    package var summary: String
    package var canCapture: Bool
    package var canPlay: Bool
}

/// ALSA's own list of what can be opened, from its hints.
enum ALSADeviceList {
    static func read() -> [AudioDeviceDescription] {
        confab_alsa_quiet()
        var allocated: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        guard unsafe snd_device_name_hint(-1, "pcm", &allocated) >= 0, let hints = unsafe allocated else { return [] }
        defer { unsafe snd_device_name_free_hint(hints) }
        var devices: [AudioDeviceDescription] = []
        var index = 0
        while let hint = unsafe hints[index] {
            index += 1
            guard let name = unsafe text("NAME", of: hint) else { continue }
            let direction = unsafe text("IOID", of: hint)
            let summary = unsafe text("DESC", of: hint) ?? ""
            devices.append(
                AudioDeviceDescription(
                    name: name, summary: summary.split(separator: "\n").joined(separator: ", "),
                    canCapture: direction != "Output", canPlay: direction != "Input"))
        }
        return devices
    }

    @unsafe private static func text(_ key: String, of hint: UnsafeMutableRawPointer) -> String? {
        guard let text = unsafe snd_device_name_get_hint(hint, key) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}
