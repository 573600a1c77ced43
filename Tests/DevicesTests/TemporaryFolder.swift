// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// A folder that is gone when the test is.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "confab-devices-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func path(_ name: String) -> String {
        url.appending(path: name).path(percentEncoded: false)
    }

    func write(_ bytes: [UInt8], as name: String) throws -> String {
        try Data(bytes).write(to: url.appending(path: name))
        return path(name)
    }
}

/// The bytes of a WAV file made by hand.
struct WAVBytes {
    var tag: UInt16 = 1
    var bits: UInt16 = 16
    var channels: UInt16 = 1
    var rate: UInt32 = 8000
    var data: [UInt8] = []
    var claimed: UInt32?
    var before: [UInt8] = []

    var bytes: [UInt8] {
        func number(_ value: UInt32, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
        }
        let block = UInt32(channels * bits / 8)
        let format =
            Array("fmt ".utf8) + number(16, 4) + number(UInt32(tag), 2) + number(UInt32(channels), 2)
            + number(rate, 4) + number(rate * block, 4) + number(block, 2) + number(UInt32(bits), 2)
        let samples = Array("data".utf8) + number(claimed ?? UInt32(data.count), 4) + data
        let body = Array("WAVE".utf8) + before + format + samples
        return Array("RIFF".utf8) + number(UInt32(body.count), 4) + body
    }
}
