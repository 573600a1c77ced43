// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Programs that tests use and nobody wants to run as a service.
enum UnpackedFiles {
    /// Where `Conf/setup unpack` has put a section: in `.build`, which the programs of these tests are in too. nil where it has not.
    static func folder(_ section: String, with program: String) -> String? {
        var folder = URL(filePath: OwnProgram.confabd.path)
        while folder.pathComponents.count > 1 {
            folder.deleteLastPathComponent()
            let files = folder.appending(path: section).path(percentEncoded: false)
            if FileManager.default.isExecutableFile(atPath: "\(files)/\(program)") { return files }
        }
        return nil
    }
}
