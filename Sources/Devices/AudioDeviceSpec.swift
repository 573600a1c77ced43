// SPDX-License-Identifier: GPL-3.0-or-later

/// What `--mic` names: `default`, `alsa:hw:0,0`, `file:x.wav`, `file:x.wav?once`, `tone:440@-20`, `none`.
package enum AudioSourceSpec: Hashable, Sendable {
    /// Nothing was asked for: the system's microphone, or silence with a message where there is none.
    case automatic
    /// An ALSA capture device by its name.
    case alsa(String)
    /// A WAV file, from its start; again and again unless `once`.
    case file(path: String, once: Bool)
    /// A sine of `frequency` Hz whose peak is `level` dB below full scale (`level` ≤ 0).
    case tone(frequency: Double, level: Double)
    /// Silence.
    case none

    /// What can be said, for help texts and errors.
    package static let advice = """
        say default, an ALSA device (alsa:hw:0,0; `confab devices` lists them), file:PATH.wav (loops; \
        file:PATH.wav?once plays once), tone:HZ or tone:HZ@DB (tone:440@-20), or none
        """

    /// - Throws: `DeviceError.badSpec` that names what would be right.
    package init(parsing text: String) throws(DeviceError) {
        if let path = text.dropping(prefix: "file:") {
            let (path, once) = try path.withoutPlayOption(in: text, example: "file:speech.wav")
            self = .file(path: path, once: once)
        } else if let tone = text.dropping(prefix: "tone:") {
            self = try Self.tone(tone, in: text)
        } else if text == "none" {
            self = .none
        } else {
            self = .alsa(try alsaName(in: text, advice: Self.advice))
        }
    }

    private static func tone(_ rest: String, in text: String) throws(DeviceError) -> Self {
        let parts = rest.split(separator: "@", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let frequency = Double(first),
            (20...20_000).contains(frequency)
        else {
            throw .badSpec(text, advice: "a tone is tone:HZ with 20 to 20000 Hz, such as tone:440 or tone:440@-20")
        }
        guard parts.count == 2 else { return .tone(frequency: frequency, level: ToneSource.defaultLevel) }
        guard let level = Double(parts[1]), (-90...0).contains(level) else {
            throw .badSpec(text, advice: "a tone's level is -90 to 0 dB below full scale, such as tone:440@-20")
        }
        return .tone(frequency: frequency, level: level)
    }
}

/// What `--speaker` names: `default`, `alsa:hw:0,0`, `file:x.wav`, `none`.
package enum AudioSinkSpec: Hashable, Sendable {
    /// Nothing was asked for: the system's loudspeaker, or nowhere with a message where there is none.
    case automatic
    /// An ALSA playback device by its name.
    case alsa(String)
    /// A WAV file to write, 16-bit mono; an old file of that name is replaced.
    case file(path: String)
    /// Nowhere.
    case none

    /// What can be said, for help texts and errors.
    package static let advice = """
        say default, an ALSA device (alsa:hw:0,0; `confab devices` lists them), file:PATH.wav to record, or none
        """

    /// - Throws: `DeviceError.badSpec` that names what would be right.
    package init(parsing text: String) throws(DeviceError) {
        if let path = text.dropping(prefix: "file:") {
            guard !path.isEmpty else { throw .badSpec(text, advice: "the file name is missing: file:heard.wav") }
            guard !path.hasSuffix("?once"), !path.hasSuffix("?loop") else {
                throw .badSpec(text, advice: "?once and ?loop are for microphones; a recording is file:heard.wav")
            }
            self = .file(path: path)
        } else if text == "none" {
            self = .none
        } else if text.hasPrefix("tone:") {
            throw .badSpec(text, advice: "a tone can be a microphone, not a speaker; \(Self.advice)")
        } else {
            self = .alsa(try alsaName(in: text, advice: Self.advice))
        }
    }
}

/// Anything that is not one of our own words is an ALSA name, except what is plainly a slip.
private func alsaName(in text: String, advice: String) throws(DeviceError) -> String {
    let name = text.dropping(prefix: "alsa:") ?? text
    guard !name.isEmpty else { throw .badSpec(text, advice: advice) }
    if name.hasSuffix(".wav") || name.hasSuffix(".WAV") || name.hasPrefix("/") || name.hasPrefix("./") {
        throw .badSpec(text, advice: "this looks like a file: write file:\(name)")
    }
    if Double(name) != nil {
        throw .badSpec(text, advice: "this is only a number: did you mean tone:\(name)? Or \(advice)")
    }
    guard name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
        throw .badSpec(text, advice: "a device name has no blanks; \(advice)")
    }
    return name
}

extension String {
    /// The rest after `prefix`, or nil where the text does not begin with it.
    func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }

    /// The path and whether `?once` stands behind it in place of `?loop` or nothing.
    /// - Throws: `DeviceError.badSpec` about `text`, the whole of what was said, with an `example` of a right one.
    func withoutPlayOption(in text: String, example: String) throws(DeviceError) -> (path: String, once: Bool) {
        var path = self
        var once = false
        if let mark = lastIndex(of: "?") {
            switch self[index(after: mark)...] {
            case "once": once = true
            case "loop": once = false
            case let option:
                throw .badSpec(text, advice: "?\(option) is not known after a file: use ?once or ?loop")
            }
            path = String(self[..<mark])
        }
        guard !path.isEmpty else { throw .badSpec(text, advice: "the file name is missing: \(example)") }
        return (path, once)
    }
}
