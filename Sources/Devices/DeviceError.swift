// SPDX-License-Identifier: GPL-3.0-or-later

/// Why a source or sink could not be had, in words for the person who asked for it.
package enum DeviceError: Error, Hashable, CustomStringConvertible {
    /// The text that names a source or sink makes no sense; `advice` says what would.
    case badSpec(String, advice: String)
    /// A file cannot be read or written, or is not what it should be.
    case badFile(path: String, reason: String)
    /// A sound device cannot be opened.
    case unavailable(device: String, reason: String)
    /// A camera or screen gives no pictures; `source` is what a person would call it.
    case noPictures(source: String, reason: String)
    /// The system refused a thread.
    case noThread(errno: Int32)

    package var description: String {
        switch self {
        case .badSpec(let text, let advice): "\"\(text)\": \(advice)"
        case .badFile(let path, let reason): "\(path): \(reason)"
        case .unavailable(let device, let reason): "sound device \"\(device)\": \(reason)"
        case .noPictures(let source, let reason): "\(source): \(reason)"
        case .noThread(let code): "cannot start a thread for a device (errno \(code))"
        }
    }
}

/// What a device tells its owner while it runs. Called on the device's own thread.
package enum DeviceEvent: Hashable, Sendable, CustomStringConvertible {
    /// The device went away (unplugged, server gone). It is tried again each second until `stop`.
    case vanished(device: String, reason: String)
    /// A vanished device is back.
    case returned(device: String)
    /// The device over- or underran and was restarted; `count` is the total since it was opened.
    case glitch(device: String, count: Int)
    /// No usable device: the user agent goes on with nothing instead.
    case substituted(device: String, reason: String)
    /// A recording cannot go on (disk full, 4 GiB reached). What was written is kept.
    case recordingStopped(path: String, reason: String)

    package var description: String {
        switch self {
        case .vanished(let device, let reason): "sound device \"\(device)\" went away (\(reason)); trying again"
        case .returned(let device): "sound device \"\(device)\" is back"
        case .glitch(let device, let count): "sound device \"\(device)\" was interrupted (\(count) so far)"
        case .substituted(let device, let reason): "no sound device (\(device): \(reason)); going on without"
        case .recordingStopped(let path, let reason): "\(path): recording stopped: \(reason)"
        }
    }
}

/// Receives device events on the device's own thread; it must return promptly.
package typealias DeviceEventHandler = @Sendable (DeviceEvent) -> Void
