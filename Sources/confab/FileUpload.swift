// SPDX-License-Identifier: GPL-3.0-or-later
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import UserAgent

/// A file on its way to the conference: asked for by `/upload NAME`, put to where the answer says.
enum FileUpload {
    /// Bytes that a file has at most; what a server takes is mostly less.
    private static let most = 1 << 30

    /// - Throws: why it did not get there, for a person.
    static func put(_ path: String, to address: String) async throws(UserAgentError) {
        do {
            let file = URL(filePath: (path as NSString).expandingTildeInPath)
            let size = try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            guard size <= most else { throw UserAgentError.wrongState("\(path) is too large") }
            let data = try Data(contentsOf: file, options: .mappedIfSafe)
            var request = HTTPClientRequest(url: address)
            request.method = .PUT
            request.body = .bytes(ByteBuffer(bytes: data))
            let response = try await HTTPClient.shared.execute(request, timeout: .minutes(10))
            guard response.status.code >= 300 else { return }
            let words = try? await response.body.collect(upTo: 4096)
            let reason = words.map { String(buffer: $0).trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
            throw UserAgentError.wrongState("\(path) was refused: \(reason.isEmpty ? "\(response.status)" : reason)")
        } catch let error as UserAgentError {
            throw error
        } catch {
            throw .wrongState("\(path) was not sent: \(error.localizedDescription)")
        }
    }
}
