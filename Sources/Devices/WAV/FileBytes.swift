// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// Whole files in and positioned writes out, with the system's own words for what went wrong.
enum FileBytes {
    /// Longest file that is read whole, in bytes.
    static let limit = 512 << 20

    /// - Throws: `DeviceError.badFile`.
    static func read(path: String) throws(DeviceError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .badFile(path: path, reason: systemMessage(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .badFile(path: path, reason: systemMessage(errno)) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw .badFile(path: path, reason: "is a folder, not a file") }
        guard status.st_size <= limit else {
            throw .badFile(path: path, reason: "is over \(limit >> 20) MiB; give a shorter piece")
        }
        var failure: Int32 = 0
        let size = Int(status.st_size)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = 0
            while count < size {
                let got = unsafe Glibc.read(descriptor, buffer.baseAddress.map { unsafe $0 + count }, size - count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                count += got
            }
        }
        guard failure == 0 else { throw .badFile(path: path, reason: systemMessage(failure)) }
        return bytes
    }

    /// Writes all of `bytes` at `offset`.
    /// - Returns: 0, or the `errno` of the failure.
    static func write(_ bytes: RawSpan, to descriptor: Int32, at offset: Int64) -> Int32 {
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
                let wrote = unsafe pwrite(descriptor, rest.baseAddress, rest.count, Int(offset) + done)
                if wrote < 0, errno == EINTR { continue }
                if wrote < 0 { return errno }
                if wrote == 0 { return EIO }
                done += wrote
            }
            return 0
        }
    }

    /// What the system says of an `errno`: `No such file or directory`.
    static func systemMessage(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
