// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// The messages of RFC 4475, as its archive (Appendix A) holds them.
package enum TortureMessages {
    private static var folder: URL { Bundle.module.bundleURL.appendingPathComponent("Messages") }

    /// In the order of the alphabet.
    package static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).map { $0.replacing(".dat", with: "") }.sorted()
    }

    package static func bytes(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appendingPathComponent(name + ".dat")))
    }
}
