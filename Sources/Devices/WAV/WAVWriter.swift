// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// Writes a 16-bit mono WAV file whose header is right at any moment but the last half second.
///
/// A process that is killed leaves a file every player opens: the sizes are rewritten each half second of sound, and
/// samples reach the file before the sizes that count them.
package struct WAVWriter: ~Copyable {
    private static let headerBytes: Int64 = 44
    private static let limit = Int64(UInt32.max) - 64

    private let path: String
    private let sampleRate: Int
    private let descriptor: Int32
    private var dataBytes: Int64 = 0
    private var statedBytes: Int64 = 0

    /// Creates `path`, or empties it. Blocks on the file.
    /// - Throws: `DeviceError.badFile`.
    package init(path: String, sampleRate: Int) throws(DeviceError) {
        self.path = path
        self.sampleRate = sampleRate
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .badFile(path: path, reason: FileBytes.systemMessage(errno)) }
        try writeHeader()
    }

    deinit {
        _ = Self.writeHeader(to: descriptor, sampleRate: sampleRate, dataBytes: dataBytes)
        close(descriptor)
    }

    /// Samples written so far.
    package var sampleCount: Int { Int(dataBytes / 2) }

    /// Adds samples at the end. Blocks on the file.
    /// - Throws: `DeviceError.badFile`: disk full, or 4 GiB reached. What was written before stays valid.
    package mutating func append(_ samples: Span<Int16>) throws(DeviceError) {
        guard dataBytes + Int64(samples.count) * 2 <= Self.limit else {
            throw .badFile(path: path, reason: "a WAV file ends at 4 GiB")
        }
        // WAV is little-endian, and so is every Linux that Swift runs on.
        let code = unsafe FileBytes.write(samples.bytes, to: descriptor, at: Self.headerBytes + dataBytes)
        guard code == 0 else { throw .badFile(path: path, reason: FileBytes.systemMessage(code)) }
        dataBytes += Int64(samples.count) * 2
        if dataBytes - statedBytes >= Int64(sampleRate) { try writeHeader() }
    }

    /// Brings the sizes in the header up to date and closes the file.
    /// - Throws: `DeviceError.badFile`.
    package consuming func finish() throws(DeviceError) {
        try writeHeader()
    }

    private mutating func writeHeader() throws(DeviceError) {
        let code = Self.writeHeader(to: descriptor, sampleRate: sampleRate, dataBytes: dataBytes)
        guard code == 0 else { throw .badFile(path: path, reason: FileBytes.systemMessage(code)) }
        statedBytes = dataBytes
    }

    private static func writeHeader(to descriptor: Int32, sampleRate: Int, dataBytes: Int64) -> Int32 {
        var header: [UInt8] = []
        header.reserveCapacity(Int(headerBytes))
        func add(_ text: String) { header.append(contentsOf: text.utf8) }
        func add(_ value: UInt32, bytes: Int) {
            for index in 0..<bytes { header.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index))) }
        }
        add("RIFF")
        add(UInt32(dataBytes + headerBytes - 8), bytes: 4)
        add("WAVEfmt ")
        add(16, bytes: 4)
        add(1, bytes: 2)
        add(1, bytes: 2)
        add(UInt32(sampleRate), bytes: 4)
        add(UInt32(sampleRate * 2), bytes: 4)
        add(2, bytes: 2)
        add(16, bytes: 2)
        add("data")
        add(UInt32(dataBytes), bytes: 4)
        return unsafe FileBytes.write(header.span.bytes, to: descriptor, at: 0)
    }
}
