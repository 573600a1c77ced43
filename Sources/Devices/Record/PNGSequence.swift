// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Picture

/// Pictures as `000001.png`, `000002.png` and so on. A file is there under its name only when it is whole.
final class PNGSequence: SceneSink {
    private let folder: String
    /// Of the next file.
    private var number: Int

    init(folder: String, number: Int) {
        self.folder = folder
        self.number = number
    }

    /// Makes the folder where there is none, and sees whether it can be written to.
    static func makeFolder(_ path: String) throws(DeviceError) {
        if unsafe mkdir(path, 0o777) != 0, errno != EEXIST {
            throw .badFile(path: path, reason: FileBytes.systemMessage(errno) + "; name a folder in one that is there")
        }
        guard unsafe access(path + "/.", W_OK | X_OK) == 0 else {
            throw .badFile(path: path, reason: FileBytes.systemMessage(errno) + "; pictures need a folder to go to")
        }
    }

    /// Writes the next file; one of an earlier call of that name is replaced.
    func write(_ picture: PictureFrame, at time: Int64) throws(DeviceError) {
        let digits = String(number)
        let path = folder + "/" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
        let bytes: [UInt8]
        do throws(PNGError) {
            bytes = try PNG.encode(picture)
        } catch {
            throw .badFile(path: path, reason: "\(error)")
        }
        let part = path + ".part"
        let descriptor = unsafe open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .badFile(path: path, reason: FileBytes.systemMessage(errno)) }
        let failure = unsafe FileBytes.write(bytes.span.bytes, to: descriptor, at: 0)
        close(descriptor)
        guard failure == 0, unsafe rename(part, path) == 0 else {
            let code = failure == 0 ? errno : failure
            _ = unsafe unlink(part)
            throw .badFile(path: path, reason: FileBytes.systemMessage(code))
        }
        number += 1
    }

    func finish() {}
}
