// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Foundation
import TestSupport

/// A folder for one program of one test. Gone with its last reference, unless `CONFAB_KEEP` is set.
final class InteropFolder: Sendable {
    let path: String

    init(_ name: String) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "confab-interop-\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path(percentEncoded: false)
    }

    deinit {
        if ProcessInfo.processInfo.environment["CONFAB_KEEP"] == nil {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    func path(_ name: String) -> String {
        "\(path)/\(name)"
    }

    func write(_ text: String, as name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    /// A 16-bit mono WAV file with a steady tone, a whole number of periods long so that it may be looped.
    /// - Parameter level: dBFS.
    func writeTone(_ frequency: Double, seconds: Int, level: Double = -12, rate: Int, as name: String) throws {
        var tone = ToneGenerator(frequency: frequency, level: level, sampleRate: rate)
        var writer = try WAVWriter(path: path(name), sampleRate: rate)
        // A whole number of periods: each second is like the first.
        let second = tone.next(rate)
        for _ in 0..<seconds { try writer.append(second.span) }
        try writer.finish()
    }
}
