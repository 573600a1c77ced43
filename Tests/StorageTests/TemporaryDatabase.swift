// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Calls `body` with the path of a database that is not there yet, and takes it away afterwards.
func withFile(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appending(path: "confab.sqlite").path)
}
