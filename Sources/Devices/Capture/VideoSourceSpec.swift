// SPDX-License-Identifier: GPL-3.0-or-later

package import Picture

/// What `--camera` and `--share` name: `default`, `camera:/dev/video0`, `screen`, `file:x.mp4?once`, `pattern:Ada` …
package enum VideoSourceSpec: Hashable, Sendable {
    /// A camera by its device file or by part of its name; the first one when nil.
    case camera(String?)
    /// The whole screen, or the window with `window` in its title.
    case screen(window: String?)
    /// A video file with its sound, again and again unless `once`.
    case file(path: String, once: Bool)
    /// A PNG or JPEG file.
    case image(path: String)
    /// Moving bars, a running clock, the name (nobody's when nil) and a patch in `color`, made from the name when nil.
    case pattern(name: String?, color: PictureColor?)
    /// No pictures.
    case none

    /// What can be said, for help texts and errors.
    package static let advice = """
        say default, camera:/dev/video0 (`confab devices` lists cameras), screen, screen:WINDOW TITLE, file:PATH.mp4 \
        (loops; file:PATH.mp4?once plays once), image:PATH.png, pattern, pattern:NAME, or none
        """

    /// - Throws: `DeviceError.badSpec` that names what would be right.
    package init(parsing text: String) throws(DeviceError) {
        if let path = text.dropping(prefix: "file:") {
            let (path, once) = try path.withoutPlayOption(in: text, example: "file:talk.mp4")
            self = .file(path: path, once: once)
        } else if let path = text.dropping(prefix: "image:") {
            guard !path.isEmpty else {
                throw .badSpec(text, advice: "the file name is missing: image:portrait.png")
            }
            self = .image(path: path)
        } else if let title = text.dropping(prefix: "screen:") {
            guard !title.isEmpty else {
                throw .badSpec(text, advice: "part of the window's title is missing: screen:Slides; or say screen")
            }
            self = .screen(window: title)
        } else if let name = text.dropping(prefix: "pattern:") {
            self = try Self.pattern(name, in: text)
        } else if let name = text.dropping(prefix: "camera:") {
            guard !name.isEmpty else { throw .badSpec(text, advice: "the camera is missing: camera:/dev/video0") }
            self = .camera(name)
        } else {
            self = try Self.word(text)
        }
    }

    private static func word(_ text: String) throws(DeviceError) -> Self {
        switch text {
        case "default", "camera": return .camera(nil)
        case "screen": return .screen(window: nil)
        case "pattern": return .pattern(name: nil, color: nil)
        case "none": return .none
        default: break
        }
        if text.hasPrefix("/dev/") { throw .badSpec(text, advice: "this looks like a camera: write camera:\(text)") }
        switch text.split(separator: ".").last?.lowercased() {
        case "png", "jpg", "jpeg": throw .badSpec(text, advice: "this looks like an image: write image:\(text)")
        case "mp4", "mkv", "webm", "mov", "avi":
            throw .badSpec(text, advice: "this looks like a video file: write file:\(text)")
        default: throw .badSpec(text, advice: advice)
        }
    }

    private static func pattern(_ rest: String, in text: String) throws(DeviceError) -> Self {
        guard let mark = rest.lastIndex(of: "@") else {
            guard !rest.isEmpty else {
                throw .badSpec(text, advice: "the name is missing: pattern:Ada; or say pattern")
            }
            return .pattern(name: rest, color: nil)
        }
        let digits = rest[rest.index(after: mark)...]
        guard digits.count == 6, digits.allSatisfy(\.isHexDigit), let number = UInt32(digits, radix: 16) else {
            throw .badSpec(text, advice: "after @ comes a colour as six hexadecimal digits: pattern:Ada@20C040")
        }
        let color = PictureColor(
            red: UInt8(number >> 16), green: UInt8(number >> 8 & 0xFF), blue: UInt8(number & 0xFF))
        return .pattern(name: String(rest[..<mark]), color: color)
    }

    /// The same, where it is a pattern without a name with that one.
    package func named(_ name: String) -> Self {
        guard case .pattern(nil, let color) = self else { return self }
        return .pattern(name: name, color: color)
    }

    /// The source itself, not yet started. Devices are opened by `start`; files are looked into here, which blocks.
    ///
    /// The sound of a file is not to be had this way: `MediaFile.open` gives both.
    package func open() throws(DeviceError) -> any PictureSource {
        switch self {
        case .pattern(let name, let color): return PatternSource(name: name ?? "", color: color)
        case .none: return NoPictureSource()
        case .camera(let wanted): return CameraSource(wanted)
        case .screen(let window): return ScreenSource(window: window)
        case .file(let path, let once): return try MediaFile.open(path, once: once).pictures
        case .image(let path): return try ImageSource(path: path)
        }
    }
}
