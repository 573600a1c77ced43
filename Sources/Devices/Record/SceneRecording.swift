// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Picture

/// What `--video-out` names.
package enum SceneRecording: Hashable, Sendable {
    /// A folder of PNG files, numbered from 000001.
    case pictures(folder: String)
    /// A movie file; of further calls `seen-2.mkv` and so on.
    case movie(path: String)

    /// - Throws: `DeviceError.badSpec` for a file of a kind that cannot be written.
    package init(parsing path: String) throws(DeviceError) {
        switch path.split(separator: "/").last?.split(separator: ".").dropFirst().last?.lowercased() {
        case "mkv", "webm", "mp4": self = .movie(path: path)
        case "avi", "mov", "mpg", "mpeg", "ts", "m4v", "ogv", "gif", "png", "jpg", "jpeg":
            throw .badSpec(path, advice: "a movie is .mkv, .webm or .mp4; or name a folder, for PNG files")
        default: self = .pictures(folder: path)
        }
    }

    var path: String {
        switch self {
        case .pictures(let path), .movie(let path): path
        }
    }

    /// Pictures a second.
    var usualRate: Double {
        switch self {
        case .pictures: 1
        case .movie: 15
        }
    }

    /// Sees whether it can be written to.
    func prepare() throws(DeviceError) {
        switch self {
        case .pictures(let folder): try PNGSequence.makeFolder(folder)
        case .movie(let path):
            let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw .badFile(path: path, reason: FileBytes.systemMessage(errno)) }
            close(descriptor)
        }
    }

    /// - Parameter position: of the call: 1 for the first.
    static func numbered(_ path: String, _ position: Int) -> String {
        guard position > 1, let dot = path.lastIndex(of: ".") else { return path }
        return path[..<dot] + "-\(position)" + path[dot...]
    }
}

/// Takes pictures, one after the other. One thread at a time.
protocol SceneSink: AnyObject {
    /// - Parameter time: nanoseconds since the recording began.
    func write(_ picture: PictureFrame, at time: Int64) throws(DeviceError)
    func finish() throws(DeviceError)
}
